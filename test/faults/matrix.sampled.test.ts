import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { BREAKER } from '../../src/upstream/breaker.js';
import { MAX_RESPONSE_BYTES } from '../../src/upstream/transport.js';
import { library } from '../replication/replicating.js';
import { type FaultyUpstream, type Place, startFaultyUpstream } from '../support/faulty-upstream.js';
import { type Answer, at, startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { LEAKS, type Row, type Shapes, STALL_DEADLINE_MS, STALLS, TABLE, taken } from './table.js';

/** Some 40 operations run side by side, on a machine that is busy with other tests as well. */
const PATIENCE_MS = 180_000;

const TUNE = '2690418';
const SETTINGS = {
  // Nothing but faults: the breaker would end that, and has tests of its own.
  config: {
    upstreamTimes: { writeGraceMs: 200, breaker: { ...BREAKER, minimum: 1_000_000 } },
  },
};

let sandbox: Sandbox;
let upstream: FaultyUpstream;
let gateway: TestGateway;
/** One whose calls have less time, but enough for those that do not stall, however busy the machine is. */
let hasty: TestGateway;
/** What has come of the faults that last until the deadline. */
let stalled: ReadonlyMap<Endpoint, Outcomes>;
/** What keeps the process alive while nothing is going on, by kind. */
let idle: Record<string, number>;
const ids = { prompt: '', portkeyPrompt: '', collection: '' };
/** The test's own connections are not to be taken for some of the gateway. */
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
  // Each plan reads all of them.
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
  // All endpoints at once, and nothing else meanwhile: it is one deadline that is waited for.
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
  /** Calls it as `target`; `near` is another endpoint of the same API, `far` one of the other. */
  readonly query: string;
  readonly shapes: Shapes;
  /** What a 404 is, if no error: null, or nothing in a list. */
  readonly absent?: 'null' | 'empty';
  /** What some faults come to here in place of what the table says. */
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

/** Unused variables are an error. */
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
    // A key that may not read collections may still use them; what is refused is not there.
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

/** The codes that a field has failed with, and each error's other extensions. */
function codesOf({ data, errors = [] }: Answer, field: string): unknown[] {
  const mendable: unknown = at(data, `${field}.userErrors`);
  return [
    ...errors.filter(({ path }) => path?.[0] === field).map(({ extensions }) => extensions.code),
    ...(Array.isArray(mendable) ? mendable.map((error) => at(error, 'code')) : []),
  ];
}

/** Whether a field has brought what it was asked for. */
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

/** What is to be seen of an answer, as it is and as it should be. */
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

/** What is to be seen of each fault, as it is and as it should be. */
type Outcomes = readonly (readonly [name: string, is: object, should: object])[];

/** Meets an endpoint with faults, each under a key of its own, all at the same time. */
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
      // What others create meanwhile is listed as well: it must not look like a key.
      const variables = { ...ids, text: `text ${keys} of a fault` };
      const answer = await through.graphql(endpoint.query, variables, headers);
      const { is, should } = verdicts(answer, endpoint, row, name);
      const isMet = upstream.met(key) > 0;
      return [name, { ...is, isMet }, { ...should, isMet: true }] as const;
    }),
  );
}

async function tryAll(endpoint: Endpoint): Promise<void> {
  const others = await meet(endpoint, TABLE, gateway);
  const outcomes = [...(stalled.get(endpoint) ?? []), ...others];
  expect(outcomes).toHaveLength(Object.keys(STALLS).length + Object.keys(TABLE).length);
  const is = Object.fromEntries(outcomes.map(([name, seen]) => [name, seen]));
  expect(is).toEqual(Object.fromEntries(outcomes.map(([name, , should]) => [name, should])));
}

describe('every fault', () => {
  // One after the other: all together would be late for the deadline of 30 s on a busy machine.
  it.each(ENDPOINTS.map((endpoint) => [nameOf(endpoint.place), endpoint] as const))(
    'of %s harms what comes from there, and nothing else',
    (_name, endpoint) => tryAll(endpoint),
    PATIENCE_MS,
  );

  it('is left alone after the most that an answer may be', () => {
    // The buffers of both sides come on top, several megabytes each; the response has no end.
    expect(taken.most).toBeGreaterThanOrEqual(MAX_RESPONSE_BYTES);
    expect(taken.most).toBeLessThan(MAX_RESPONSE_BYTES * 4);
  });

  it.concurrent.each(['astria', 'portkey'] as const)(
    'connections that %s refuses are one, too',
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

  it('leaves no connection, timer or secret behind', async () => {
    await until(upstream.open, (open) => open === 0);
    const more = () => Object.entries(resources()).filter(([kind, count]) => count > (idle[kind] ?? 0));
    await until(more, (kinds) => kinds.length === 0);
    for (const { logLines } of [gateway, hasty])
      expect(logLines.join('')).not.toMatch(/sd_|pk-sandbox|internal\.example|xxxx/);
  });
});
