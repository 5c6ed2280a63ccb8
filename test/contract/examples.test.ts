import { describe, expect, it } from '@jest/globals';
import { CALLBACKS } from './astria/callbacks.js';
import { astria } from './astria/index.js';
import { checkExchange } from './check-exchange.js';
import { type Example, readExamples } from './examples.js';
import type { Exchange } from './exchange.js';
import { fieldProblems } from './issues.js';
import { portkey } from './portkey/index.js';

const APIS = { astria, portkey };

function problemsOf(example: Example): unknown[] {
  if ('callback' in example) return fieldProblems(CALLBACKS[example.callback], example.body);
  const [method = '', path = ''] = example.endpoint.split(' ');
  const exchange: Exchange = {
    upstream: example.upstream,
    method,
    path,
    query: {},
    headers: {},
    body: null,
    fault: false,
    status: example.status,
    responseText: example.body === undefined ? '' : JSON.stringify(example.body),
    contentType: 'application/json',
  };
  return checkExchange(exchange).filter(({ side }) => side === 'response');
}

const examples = readExamples();
const documented = Object.entries(APIS).flatMap(([upstream, { endpoints }]) =>
  endpoints.map(({ method, path }) => `${upstream} ${method} ${path}`),
);

describe('examples of real responses', () => {
  it.each(
    examples.map(
      (example) =>
        [`${'endpoint' in example ? example.endpoint : 'callback'}: ${example.name}`, example] as const,
    ),
  )('%s complies with the contract', (_title, example) => {
    expect(problemsOf(example)).toEqual([]);
  });

  it('the examples of real responses only name documented endpoints', () => {
    const named = examples.flatMap((example) =>
      'endpoint' in example ? [`${example.upstream} ${example.endpoint}`] : [],
    );
    expect(named.filter((endpoint) => !documented.includes(endpoint))).toEqual([]);
  });
});

describe('contracts', () => {
  it('the contracts describe every endpoint once', () => {
    expect(documented).toEqual([...new Set(documented)]);
  });

  it('the contracts find each endpoint by its path', () => {
    for (const { endpoints } of Object.values(APIS)) {
      for (const endpoint of endpoints) {
        const first = endpoints.find(
          ({ method, path }) => method === endpoint.method && isMatch(path, endpoint.path),
        );
        expect(first?.path).toBe(endpoint.path);
      }
    }
  });
});

/** Matches a path against a pattern. The order of the tables must put static paths before patterns that match them. */
function isMatch(pattern: string, path: string): boolean {
  const [expected, actual] = [pattern.split('/'), path.split('/')];
  return (
    expected.length === actual.length &&
    expected.every((segment, index) => segment.startsWith(':') || segment === actual[index])
  );
}
