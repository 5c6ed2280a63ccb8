import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/index.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, startTestGateway, type TestGateway } from '../support/gateway.js';
import { sampleOf } from '../support/sampling.js';

const gateway = describeGateway();
beforeEach(() => gateway.sandbox.reset());

const ALL =
  '{ tunes(first: 2) { nodes { id } } prompts(first: 2) { nodes { id } } portkeyPrompts(first: 2) { nodes { id } } }';
/** The root fields that are to fail, by their upstream; `prompts` is not. */
const TARGETS = [
  { upstream: 'astria', path: '/tunes', field: 'tunes' },
  { upstream: 'portkey', path: '/prompts', field: 'portkeyPrompts' },
] as const;

type Case = [
  name: string,
  fault: Omit<Fault, 'upstream' | 'path' | 'times'>,
  code: string,
  /** How often Astria and Portkey are asked before it is given up. */
  attempts: [astria: number, portkey: number],
  more?: Record<string, unknown>,
];
const secret = { error: 'sd_sandbox at http://internal.example/path' };
const CASES: Case[] = [
  ['a refused key', { kind: 'status', status: 401 }, 'UPSTREAM_UNAUTHENTICATED', [1, 1]],
  ['a spent budget', { kind: 'status', status: 402, body: secret }, 'FORBIDDEN', [1, 1]],
  ['a forbidden thing', { kind: 'status', status: 403, body: secret }, 'FORBIDDEN', [1, 1]],
  [
    'a limit with a long wait',
    { kind: '429', retryAfter: 60 },
    'UPSTREAM_RATE_LIMITED',
    [1, 1],
    { retryAfter: 60 },
  ],
  [
    'a limit with no wait',
    { kind: '429', retryAfter: 0 },
    'UPSTREAM_RATE_LIMITED',
    [3, 3],
    { retryAfter: 0 },
  ],
  ['a limit that does not say', { kind: '429' }, 'UPSTREAM_RATE_LIMITED', [3, 3]],
  ['a server error', { kind: '500' }, 'UPSTREAM_UNAVAILABLE', [1, 3]],
  ['a bad gateway', { kind: '502' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['an unavailable service', { kind: '503' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a gateway timeout', { kind: '504-before' }, 'UPSTREAM_TIMEOUT', [1, 3]],
  ['a gateway timeout after the work', { kind: '504-after' }, 'UPSTREAM_TIMEOUT', [1, 3]],
  ['a connection lost before', { kind: 'drop-before' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a connection lost after', { kind: 'drop-after' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a body cut short', { kind: 'truncated-json' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['broken JSON', { kind: 'broken-json' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['a page of HTML', { kind: 'html' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['another shape', { kind: 'wrong-shape' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['nothing at all', { kind: 'status', status: 204 }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['a redirect', { kind: 'status', status: 302, body: secret }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
];

/** One of each kind. `test/faults/codes.test.ts` has the code of every status. */
const SAMPLE = new Set([
  ...['a forbidden thing', 'a limit with a long wait', 'a limit with no wait', 'a server error'],
  ...['a connection lost after', 'a body cut short', 'a page of HTML', 'another shape'],
]);

/** What must never reach a client. */
const LEAKS =
  /sd_|pk-|127\.0\.0\.1|https?:|internal|sign in|unterminated|Rate limit exceeded|\.ts\b|\.js\b|stack| {4}at /i;

/** Both upstreams misbehave in the same way at the same time, which halves the waiting. */
function addFaults({ sandbox }: TestGateway, fault: Omit<Fault, 'upstream' | 'path'>): void {
  for (const { upstream, path } of TARGETS) sandbox.addFault({ ...fault, upstream, path });
}

/** Asks for everything: what was hit fails with this code, its neighbour does not. */
async function expectFailure(gateway: TestGateway, code: string, more: object = {}): Promise<void> {
  const { status, data, errors } = await gateway.graphql(ALL);
  expect(status).toBe(200);
  expect(errors).toHaveLength(TARGETS.length);
  for (const { upstream, field } of TARGETS) {
    const error = errors?.find(({ path }) => path?.[0] === field);
    expect(error?.path).toEqual([field]);
    expect(error?.extensions).toEqual({ code, upstream, ...more });
    expect(at(data, field)).toBeNull();
  }
  expect(at(data, 'prompts.nodes')).toHaveLength(2);
  expect(JSON.stringify(errors)).not.toMatch(LEAKS);
}

const asked = ({ sandbox }: TestGateway) =>
  TARGETS.map(({ upstream, path }) => sandbox.requests({ upstream, path }).length);

/** A gateway for one test, with upstreams of its own: most of each test is waiting, so they run side by side. */
async function withGateway(
  env: Record<string, string>,
  test: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  const own = await startTestGateway({ env });
  try {
    await test(own);
  } finally {
    await own.close();
  }
}

describe('a fault of both upstreams', () => {
  it.concurrent.each(sampleOf(CASES, ([name]) => SAMPLE.has(name)))(
    '%s',
    (_name, fault, code, attempts, more = {}) =>
      withGateway({}, async (own) => {
        addFaults(own, { ...fault, times: 0 });
        await expectFailure(own, code, more);
        expect(asked(own)).toEqual(attempts);
      }),
  );

  it.concurrent.each<Fault['kind']>(['stall-headers', 'stall-body'])('%s: the deadline ends it', (kind) =>
    withGateway({ UPSTREAM_TIMEOUT_MS: '2000' }, async (own) => {
      addFaults(own, { kind, times: 0 });
      await expectFailure(own, 'UPSTREAM_TIMEOUT');
      expect(asked(own)).toEqual([1, 1]);
    }),
  );

  const passing = ['429', '502', '503', 'drop-before', 'drop-after', 'truncated-json', 'slow-body'] as const;
  it.concurrent.each<Fault['kind']>(sampleOf(passing, (kind) => kind === '503' || kind === 'slow-body'))(
    'is not seen where it passes: %s',
    (kind) =>
      withGateway({}, async (own) => {
        addFaults(own, { kind, times: 1, delayMs: 60 });
        const { data, errors } = await own.graphql(ALL);
        expect(errors).toBeUndefined();
        for (const { field } of TARGETS) expect(at(data, `${field}.nodes`)).toHaveLength(2);
      }),
  );

  it('tells how long to wait also where the upstream names a date', async () => {
    addFaults(gateway, { kind: '429', retryAfter: new Date(Date.now() + 60_000).toUTCString(), times: 0 });
    const { errors } = await gateway.graphql(ALL);
    expect(errors).toHaveLength(2);
    for (const { extensions } of errors ?? []) {
      expect(extensions.retryAfter).toBeGreaterThan(30);
      expect(extensions.retryAfter).toBeLessThanOrEqual(60);
    }
  });

  it('leaves lines in the log that say where, and no key', async () => {
    const before = gateway.logLines.length;
    addFaults(gateway, { kind: 'wrong-shape' });
    addFaults(gateway, { kind: 'html' });
    await gateway.graphql(ALL);
    await gateway.graphql(ALL);
    const lines = gateway.logLines.slice(before).map((line): unknown => JSON.parse(line));
    for (const { upstream, path } of TARGETS) {
      const place = { upstream, endpoint: `GET ${path}` };
      expect(lines).toContainEqual(expect.objectContaining({ ...place, msg: 'Unexpected response.' }));
      expect(lines).toContainEqual(expect.objectContaining({ ...place, status: 200 }));
    }
    expect(gateway.logLines.join('')).not.toMatch(/sd_sandbox|pk-sandbox|sign in/);
  });
});

describe('a fault in one place', () => {
  it('of a list of Portkey prompts harms the fields that come from there', async () => {
    const listed = await gateway.graphql('{ portkeyPrompts(first: 3) { nodes { id } } }');
    const id = at(listed.data, 'portkeyPrompts.nodes.1.id');
    gateway.sandbox.addFault({
      upstream: 'portkey',
      path: `/prompts/${id}`,
      kind: 'status',
      status: 403,
      times: 0,
    });
    const { data, errors } = await gateway.graphql(
      '{ portkeyPrompts(first: 3) { nodes { id name template version } } }',
    );
    expect(errors?.map(({ path }) => path).sort()).toEqual([
      ['portkeyPrompts', 'nodes', 1, 'template'],
      ['portkeyPrompts', 'nodes', 1, 'version'],
    ]);
    expect(at(data, 'portkeyPrompts.nodes.1')).toMatchObject({
      id,
      name: expect.any(String),
      template: null,
    });
    for (const n of [0, 2])
      expect(at(data, `portkeyPrompts.nodes.${n}.template`)).toEqual(expect.any(String));
  });

  it('of the tunes leaves the prompts', async () => {
    gateway.sandbox.addFault({ upstream: 'astria', path: '/tunes**', kind: 'status', status: 403, times: 0 });
    const { data, errors } = await gateway.graphql(
      '{ prompts(first: 5) { nodes { id text tune { title } } } }',
    );
    expect(errors).toHaveLength(5);
    expect(errors).toMatchObject([
      { path: ['prompts', 'nodes', 0, 'tune'], extensions: { code: 'FORBIDDEN' } },
      {},
      {},
      {},
      {},
    ]);
    expect(at(data, 'prompts.nodes')).toHaveLength(5);
    expect(at(data, 'prompts.nodes.4')).toMatchObject({ text: expect.any(String), tune: null });
  });

  it('of a single read leaves those that were read together with it', async () => {
    gateway.sandbox.addFault({ upstream: 'astria', path: '/tunes/1504944', kind: '500', times: 0 });
    const { data, errors } = await gateway.graphql(
      '{ a: tune(id: 1504944) { id } b: tune(id: 690204) { id } }',
    );
    expect(data).toEqual({ a: null, b: { id: '690204' } });
    expect(errors).toMatchObject([{ path: ['a'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
  });

  it('is none for an enum word that the schema lacks: it is null', async () => {
    const own = [...gateway.sandbox.astria.prompts.values()].filter(({ owner }) => owner === 'main');
    const [prompt] = own;
    Object.assign(prompt ?? {}, { scheduler: 'unipc', style: 'Cinematic' });
    const query =
      'query ($id: ID!) { prompt(id: $id) { text style scheduler } prompts(first: 500) { nodes { scheduler } } }';
    const { data, errors } = await gateway.graphql(query, { id: prompt?.id });
    expect(at(data, 'prompt')).toEqual({ text: prompt?.text, style: 'CINEMATIC', scheduler: null });
    expect(errors).toBeUndefined();
    expect(at(data, 'prompts.nodes')).toHaveLength(own.length);
  });

  it.each(['current_version', 'versions', 'flat'] as const)(
    'is none in a prompt that is %s',
    async (shape) => {
      gateway.sandbox.setDialect({ promptShape: shape });
      const { data, errors } = await gateway.graphql(
        '{ portkeyPrompts(first: 50) { nodes { model template version variables } } }',
      );
      expect(errors).toBeUndefined();
      for (let n = 0; n < 50; n += 1)
        expect(at(data, `portkeyPrompts.nodes.${n}.template`)).toEqual(expect.any(String));
      expect(calls(gateway.sandbox)).toHaveLength(51);
    },
  );
});
