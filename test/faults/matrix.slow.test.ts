import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { BREAKER } from '../../src/upstream/breaker.js';
import { MAX_RESPONSE_BYTES } from '../../src/upstream/transport.js';
import { library } from '../replication/replicating.js';
import { type FaultyUpstream, type Place, startFaultyUpstream } from '../support/faulty-upstream.js';
import { type Answer, at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { FAULTS, LEAKS, type Row, type Shapes, STALL_DEADLINE_MS, STALLS, taken } from './table.js';

/** About 40 operations run concurrently with other tests. */
const PATIENCE_MS = 180_000;

const TUNE = '2690418';
const SETTINGS = {
  // Disables the breaker, which would stop the faults and has separate tests.
  config: {
    upstreamTimes: { writeGraceMs: 200, breaker: { ...BREAKER, minimum: 1_000_000 } },
  },
};

let sandbox: Sandbox;
let upstream: FaultyUpstream;
let gateway: TestGateway;
/** Gateway with a short deadline, which is still enough for calls that do not stall. */
let hasty: TestGateway;
/** Results of the faults that last until the deadline. */
let stalled: ReadonlyMap<Endpoint, Outcomes>;
/** Numbers of active resources of the idle process, by kind. */
let idle: Record<string, number>;
const ids = { prompt: '', portkeyPrompt: '', collection: '' };
/** Closes connections of the test, so that they do not count as connections of the gateway. */
const CLOSING = { connection: 'close' };

const through = (env: Record<string, string> = {}) =>
  startTestGateway({
    ...SETTINGS,
    env: {
      ASTRIA_BASE_URL: upstream.astriaUrl,
      PORTKEY_BASE_URL: upstream.portkeyUrl,
      ...env,
    },
  });

beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 50 });
  // Keeps the library small, because each plan reads all prompts.
  for (const { id } of library(sandbox).slice(3)) sandbox.portkey.prompts.delete(id);
  upstream = await startFaultyUpstream(sandbox);
  [gateway, hasty] = await Promise.all([
    through(),
    through({ UPSTREAM_TIMEOUT_MS: String(STALL_DEADLINE_MS) }),
  ]);
  idle = resources();
  const all = '{ prompts(first: 1) { nodes { id } } portkeyPrompts(first: 1) { nodes { id } } }';
  const { data } = await gateway.graphql(all, {}, CLOSING);
  ids.collection = sandbox.portkey.addCollection().id;
  ids.prompt = String(at(data, 'prompts.nodes.0.id'));
  ids.portkeyPrompt = String(at(data, 'portkeyPrompts.nodes.0.id'));
  // All endpoints run together, so that the test waits for only one deadline.
  stalled = new Map(
    await Promise.all(
      ENDPOINTS.map(async (endpoint) => [endpoint, await meet(endpoint, STALLS, hasty)] as const),
    ),
  );
}, PATIENCE_MS);
afterAll(async () => {
  await gateway.close();
  await hasty.close();
  await upstream.close();
  await sandbox.close();
});

function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

interface Endpoint {
  readonly place: Place;
  /** Calls the endpoint as `target`. `near` is another endpoint of the same API, `far` one of the other API. */
  readonly query: string;
  readonly shapes: Shapes;
  /** Result of a 404 that is not an error. */
  readonly absent?: 'null' | 'empty';
  /** Codes that differ from the table at this endpoint. */
  readonly instead?: Readonly<Record<string, string | null>>;
}

const TUNES = 'tunes(first: 2) { nodes { id title } }';
const PROMPTS = 'prompts(first: 2) { nodes { id text } }';
const LIBRARY = 'portkeyPrompts(first: 2) { nodes { id name } }';
const PLAN = `replicatePrompts(targetModel: "gpt-5", dryRun: true, selection: { ids: [$portkeyPrompt] }) {
  replication { id } userErrors { code } }`;
const PLAN_INTO = PLAN.replace('dryRun: true', 'dryRun: true, options: { collectionId: $collection }');
const CREATE = `createPrompt(tuneId: ${TUNE}, input: { text: $text, seed: 1 }) {
  prompt { id } userErrors { code message } }`;
const DUPLICATE = `duplicatePrompt(id: $prompt, overrides: { text: $text, seed: 2 }) {
  prompt { id } userErrors { code message } }`;

/** Builds an operation that declares only the variables that it uses. */
const ask = (kind: 'query' | 'mutation', target: string, near: string, far: string) => {
  const fields = `target: ${target} near: ${near} far: ${far}`;
  const types = { prompt: 'ID!', portkeyPrompt: 'ID!', collection: 'ID!', text: 'String!' };
  const used = Object.entries(types).filter(([name]) => new RegExp(`\\$${name}\\b`).test(fields));
  const declared = used.map(([name, type]) => `$${name}: ${type}`).join(', ');
  return `${kind} ${declared && `(${declared})`} { ${fields} }`;
};
const list = { other: { id: 1 }, withoutId: [{ title: 'x', text: 'x' }] };
const single = { other: [], withoutId: { title: 'x', text: 'x', name: 'x' } };
const page = { other: [], withoutId: { total: 1, data: [{ name: 'x' }] } };

const READS: readonly Endpoint[] = [
  {
    place: { api: 'astria', method: 'GET', path: /^\/tunes$/ },
    ...{ query: ask('query', TUNES, PROMPTS, LIBRARY), shapes: list },
  },
  {
    place: { api: 'astria', method: 'GET', path: /^\/tunes\/\d+$/ },
    query: ask('query', `tune(id: ${TUNE}) { id title }`, TUNES, LIBRARY),
    ...{ shapes: single, absent: 'null' },
  },
  {
    place: { api: 'astria', method: 'GET', path: /^\/prompts$/ },
    ...{ query: ask('query', PROMPTS, TUNES, LIBRARY), shapes: list },
  },
  {
    place: { api: 'astria', method: 'GET', path: /^\/tunes\/\d+\/prompts$/ },
    query: ask('query', `prompts(filter: { tuneId: ${TUNE} }) { nodes { id text } }`, PROMPTS, LIBRARY),
    ...{ shapes: list, absent: 'empty' },
  },
  {
    place: { api: 'astria', method: 'GET', path: /^\/prompts\/\d+\.json$/ },
    query: ask('query', 'prompt(id: $prompt) { id text }', PROMPTS, LIBRARY),
    ...{ shapes: single, absent: 'null' },
  },
  {
    place: { api: 'portkey', method: 'GET', path: /^\/prompts$/ },
    query: ask('query', LIBRARY, 'portkeyPrompt(id: $portkeyPrompt) { id template }', PROMPTS),
    shapes: page,
  },
  {
    place: { api: 'portkey', method: 'GET', path: /^\/prompts\/[^/]+$/ },
    query: ask('query', 'portkeyPrompt(id: $portkeyPrompt) { id template }', LIBRARY, PROMPTS),
    ...{ shapes: single, absent: 'null' },
  },
  {
    place: { api: 'portkey', method: 'GET', path: /^\/collections\/[^/]+$/ },
    ...{ query: ask('mutation', PLAN_INTO, PLAN, CREATE), shapes: single },
    // A key without access to collections may still use them. Other rejections mean an unknown collection.
    instead: {
      ...{ 402: null, 403: null, 412: null },
      ...{ 400: 'NOT_FOUND', 404: 'NOT_FOUND', 413: 'NOT_FOUND', 422: 'NOT_FOUND' },
    },
  },
];
const CREATES: readonly Endpoint[] = [
  {
    place: { api: 'astria', method: 'POST', path: /^\/tunes\/\d+\/prompts$/ },
    ...{ query: ask('mutation', CREATE, DUPLICATE, PLAN), shapes: single },
  },
  {
    place: { api: 'astria', method: 'POST', path: /^\/prompts\/\d+\/duplicate$/ },
    ...{ query: ask('mutation', DUPLICATE, CREATE, PLAN), shapes: single },
  },
];
const ENDPOINTS = [...READS, ...CREATES];

const nameOf = ({ api, method, path }: Place) => `${api} ${method} ${path.source}`;

/** Returns the error codes of a field. */
function codesOf({ data, errors = [] }: Answer, field: string): unknown[] {
  const userErrors: unknown = at(data, `${field}.userErrors`);
  return [
    ...errors.filter(({ path }) => path?.[0] === field).map(({ extensions }) => extensions.code),
    ...(Array.isArray(userErrors) ? userErrors.map((error) => at(error, 'code')) : []),
  ];
}

/** Returns true if the field has its data. */
function isUnharmed({ data }: Answer, field: string): boolean {
  const value = at(data, field);
  const found = [
    at(value, 'id'),
    at(value, 'nodes.0.id'),
    at(value, 'prompt.id'),
    at(value, 'replication.id'),
  ];
  return found.some((id) => typeof id === 'string');
}

/** Returns the actual and the expected result of a response. */
function verdicts(answer: Answer, endpoint: Endpoint, row: Row, name: string) {
  const isRead = READS.includes(endpoint);
  const isAbsent = isRead && name === '404' && endpoint.absent;
  const { instead = {} } = endpoint;
  const code = isAbsent ? null : name in instead ? instead[name] : isRead ? row.read : row.write;
  const error = answer.errors?.find(({ path }) => path?.[0] === 'target');
  const value = at(answer.data, 'target');
  const content = isAbsent === 'null' ? value : isAbsent === 'empty' ? at(value, 'nodes.length') : undefined;
  return {
    is: {
      codes: codesOf(answer, 'target'),
      content,
      isThere: isUnharmed(answer, 'target'),
      upstream: error?.extensions.upstream,
      retryAfter: error?.extensions.retryAfter,
      others: [...codesOf(answer, 'near'), ...codesOf(answer, 'far')],
      unharmed: [isUnharmed(answer, 'near'), isUnharmed(answer, 'far')],
      leak: LEAKS.exec(JSON.stringify(answer.errors ?? []) + JSON.stringify(answer.data))?.[0],
    },
    should: {
      codes: code === null ? [] : [code],
      content: isAbsent === 'null' ? null : isAbsent === 'empty' ? 0 : undefined,
      isThere: code === null && !isAbsent,
      upstream: error ? endpoint.place.api : undefined,
      retryAfter: row.retryAfter && error ? expect.any(Number) : undefined,
      others: [],
      unharmed: [true, true],
      leak: undefined,
    },
  };
}

let keys = 0;

/** Actual and expected result of each fault. */
type Outcomes = readonly (readonly [name: string, is: object, should: object])[];

/** Injects the faults into an endpoint concurrently, each under its own key. */
function meet(
  endpoint: Endpoint,
  faults: Readonly<Record<string, Row>>,
  through: TestGateway,
): Promise<Outcomes> {
  return Promise.all(
    Object.entries(faults).map(async ([name, row]) => {
      keys += 1;
      const key = `sd_fault-${keys}`;
      upstream.arm(key, endpoint.place, row.fault(endpoint.shapes));
      const headers = { ...CLOSING, 'x-astria-api-key': key, 'x-portkey-api-key': key };
      // Lists also contain the prompts of other faults, so the text must not look like a key.
      const variables = { ...ids, text: `text ${keys} of a fault` };
      const answer = await through.graphql(endpoint.query, variables, headers);
      const { is, should } = verdicts(answer, endpoint, row, name);
      const isMet = upstream.met(key) > 0;
      return [name, { ...is, isMet }, { ...should, isMet: true }] as const;
    }),
  );
}

async function tryAll(endpoint: Endpoint): Promise<void> {
  const others = await meet(endpoint, FAULTS, gateway);
  const outcomes = [...(stalled.get(endpoint) ?? []), ...others];
  expect(outcomes).toHaveLength(Object.keys(STALLS).length + Object.keys(FAULTS).length);
  const is = Object.fromEntries(outcomes.map(([name, seen]) => [name, seen]));
  expect(is).toEqual(Object.fromEntries(outcomes.map(([name, , should]) => [name, should])));
}

describe('fault', () => {
  // Sequential, because all endpoints together would exceed the deadline of 30 s on a busy machine.
  it.each(ENDPOINTS.map((endpoint) => [nameOf(endpoint.place), endpoint] as const))(
    'a fault of %s affects only the fields of that endpoint',
    (_name, endpoint) => tryAll(endpoint),
    PATIENCE_MS,
  );

  it('a fault with a body of 50 MB is not read to its end', () => {
    // Both sides also buffer several megabytes each.
    expect(taken.most).toBeGreaterThanOrEqual(MAX_RESPONSE_BYTES);
    expect(taken.most).toBeLessThan(MAX_RESPONSE_BYTES * 4);
  });

  it.concurrent.each(['astria', 'portkey'] as const)(
    'a fault in which %s refuses connections affects only the fields of that API',
    async (api) => {
      const name = api === 'astria' ? 'ASTRIA_BASE_URL' : 'PORTKEY_BASE_URL';
      const own = await through({ [name]: await refusingUrl() });
      const answers = await Promise.all(
        ENDPOINTS.filter(({ place }) => place.api === api).map(({ query }) =>
          own.graphql(query, { ...ids, text: 'x' }, CLOSING),
        ),
      );
      await own.close();
      for (const answer of answers) {
        expect([codesOf(answer, 'target'), codesOf(answer, 'near'), codesOf(answer, 'far')]).toEqual([
          ['UPSTREAM_UNAVAILABLE'],
          ['UPSTREAM_UNAVAILABLE'],
          [],
        ]);
        expect(isUnharmed(answer, 'far')).toBe(true);
        expect(JSON.stringify(answer.errors)).not.toMatch(LEAKS);
      }
    },
  );

  it('a fault leaves no connection, timer or secret behind', async () => {
    await until(upstream.open, (open) => open === 0);
    const more = () => Object.entries(resources()).filter(([kind, count]) => count > (idle[kind] ?? 0));
    await until(more, (kinds) => kinds.length === 0);
    for (const { logLines } of [gateway, hasty])
      expect(logLines.join('')).not.toMatch(/sd_|pk-sandbox|internal\.example|xxxx/);
  });
});
