import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/index.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, startTestGateway, type TestGateway } from '../support/gateway.js';
import { sampleOf } from '../support/sampling.js';

const gateway = describeGateway();
beforeEach(() => gateway.sandbox.reset());

const ALL =
  '{ tunes(first: 2) { nodes { id } } prompts(first: 2) { nodes { id } } portkeyPrompts(first: 2) { nodes { id } } }';
/** Root fields that fail, with their upstream. `prompts` must not fail. */
const TARGETS = [
  { upstream: 'astria', path: '/tunes', field: 'tunes' },
  { upstream: 'portkey', path: '/prompts', field: 'portkeyPrompts' },
] as const;

type Case = [
  name: string,
  fault: Omit<Fault, 'upstream' | 'path' | 'times'>,
  code: string,
  /** Number of calls to Astria and Portkey until the gateway gives up. */
  attempts: [astria: number, portkey: number],
  more?: Record<string, unknown>,
];
const secret = { error: 'sd_sandbox at http://internal.example/path' };
const CASES: Case[] = [
  ['a rejected key', { kind: 'status', status: 401 }, 'UPSTREAM_UNAUTHENTICATED', [1, 1]],
  ['an exhausted budget', { kind: 'status', status: 402, body: secret }, 'FORBIDDEN', [1, 1]],
  ['a forbidden resource', { kind: 'status', status: 403, body: secret }, 'FORBIDDEN', [1, 1]],
  [
    'a rate limit with a long wait',
    { kind: '429', retryAfter: 60 },
    'UPSTREAM_RATE_LIMITED',
    [1, 1],
    { retryAfter: 60 },
  ],
  [
    'a rate limit without a wait',
    { kind: '429', retryAfter: 0 },
    'UPSTREAM_RATE_LIMITED',
    [3, 3],
    { retryAfter: 0 },
  ],
  ['a rate limit without Retry-After', { kind: '429' }, 'UPSTREAM_RATE_LIMITED', [3, 3]],
  ['a server error', { kind: '500' }, 'UPSTREAM_UNAVAILABLE', [1, 3]],
  ['a bad gateway', { kind: '502' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['an unavailable service', { kind: '503' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a gateway timeout before processing', { kind: '504-before' }, 'UPSTREAM_TIMEOUT', [1, 3]],
  ['a gateway timeout after processing', { kind: '504-after' }, 'UPSTREAM_TIMEOUT', [1, 3]],
  ['a connection lost before processing', { kind: 'drop-before' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a connection lost after processing', { kind: 'drop-after' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['a truncated body', { kind: 'truncated-json' }, 'UPSTREAM_UNAVAILABLE', [3, 3]],
  ['broken JSON', { kind: 'broken-json' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['an HTML page', { kind: 'html' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['an unexpected shape', { kind: 'wrong-shape' }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['an empty response', { kind: 'status', status: 204 }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
  ['a redirect', { kind: 'status', status: 302, body: secret }, 'UPSTREAM_BAD_RESPONSE', [1, 1]],
];

/** One fault of each kind. `test/faults/codes.test.ts` covers the code of every status. */
const SAMPLE = new Set([
  ...[
    'a forbidden resource',
    'a rate limit with a long wait',
    'a rate limit without a wait',
    'a server error',
  ],
  ...['a connection lost after processing', 'a truncated body', 'an HTML page', 'an unexpected shape'],
]);

/** Strings that must never reach a client. */
const LEAKS =
  /sd_|pk-|127\.0\.0\.1|https?:|internal|sign in|unterminated|Rate limit exceeded|\.ts\b|\.js\b|stack| {4}at /i;

/** Adds a fault to both upstreams, which halves the waiting time. */
function addFaults({ sandbox }: TestGateway, fault: Omit<Fault, 'upstream' | 'path'>): void {
  for (const { upstream, path } of TARGETS) sandbox.addFault({ ...fault, upstream, path });
}

/** Queries all fields, and expects the code for the fields with a fault and data for `prompts`. */
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

const callCounts = ({ sandbox }: TestGateway) =>
  TARGETS.map(({ upstream, path }) => sandbox.requests({ upstream, path }).length);

/** Starts a gateway and upstreams for one test. The tests run in parallel, because they mostly wait. */
async function withOwnGateway(
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

describe('fault of both upstreams', () => {
  it.concurrent.each(sampleOf(CASES, ([name]) => SAMPLE.has(name)))(
    'a fault of both upstreams makes their fields fail: %s',
    (_name, fault, code, attempts, more = {}) =>
      withOwnGateway({}, async (own) => {
        addFaults(own, { ...fault, times: 0 });
        await expectFailure(own, code, more);
        expect(callCounts(own)).toEqual(attempts);
      }),
  );

  it.concurrent.each<Fault['kind']>(['stall-headers', 'stall-body'])('ends at the deadline: %s', (kind) =>
    withOwnGateway({ UPSTREAM_TIMEOUT_MS: '2000' }, async (own) => {
      addFaults(own, { kind, times: 0 });
      await expectFailure(own, 'UPSTREAM_TIMEOUT');
      expect(callCounts(own)).toEqual([1, 1]);
    }),
  );

  const transient = [
    '429',
    '502',
    '503',
    'drop-before',
    'drop-after',
    'truncated-json',
    'slow-body',
  ] as const;
  it.concurrent.each<Fault['kind']>(sampleOf(transient, (kind) => kind === '503' || kind === 'slow-body'))(
    'a fault of both upstreams is invisible if it is transient: %s',
    (kind) =>
      withOwnGateway({}, async (own) => {
        addFaults(own, { kind, times: 1, delayMs: 60 });
        const { data, errors } = await own.graphql(ALL);
        expect(errors).toBeUndefined();
        for (const { field } of TARGETS) expect(at(data, `${field}.nodes`)).toHaveLength(2);
      }),
  );

  it('a fault of both upstreams sets retryAfter from a date in Retry-After', async () => {
    addFaults(gateway, { kind: '429', retryAfter: new Date(Date.now() + 60_000).toUTCString(), times: 0 });
    const { errors } = await gateway.graphql(ALL);
    expect(errors).toHaveLength(2);
    for (const { extensions } of errors ?? []) {
      expect(extensions.retryAfter).toBeGreaterThan(30);
      expect(extensions.retryAfter).toBeLessThanOrEqual(60);
    }
  });

  it('a fault of both upstreams is logged with its endpoint and without keys', async () => {
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

describe('one upstream endpoint', () => {
  it('one upstream endpoint that fails for a Portkey prompt affects only the fields that it provides', async () => {
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

  it('one upstream endpoint that fails for tunes leaves prompts intact', async () => {
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

  it('one upstream endpoint that fails for one tune leaves other tunes of the same query intact', async () => {
    gateway.sandbox.addFault({ upstream: 'astria', path: '/tunes/1504944', kind: '500', times: 0 });
    const { data, errors } = await gateway.graphql(
      '{ a: tune(id: 1504944) { id } b: tune(id: 690204) { id } }',
    );
    expect(data).toEqual({ a: null, b: { id: '690204' } });
    expect(errors).toMatchObject([{ path: ['a'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
  });

  it('one upstream endpoint that returns an unknown enum value makes that field null without an error', async () => {
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
    'one upstream endpoint may return prompts in the shape %s',
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
