import { afterEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { astriaClient } from '../../src/upstream/astria/client.js';
import type { UpstreamRequest } from '../../src/upstream/call.js';
import { SignalScope } from '../../src/upstream/cancel-scope.js';
import { UpstreamClient } from '../../src/upstream/http-client.js';
import { portkeyClient } from '../../src/upstream/portkey/client.js';
import { portkeyRetryPolicy, type RetryQuestion } from '../../src/upstream/retry-policy.js';
import { until } from '../support/gateway.js';
import { refusingUrl } from '../support/ports.js';
import { type RawHandler, type RawUpstream, reply, startRawUpstream } from '../support/raw-upstream.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

interface Setup {
  client: UpstreamClient;
  upstream: RawUpstream;
}

async function setUp(
  handler: RawHandler,
  { make = portkeyClient, prefix = '', deadlineMs = 60_000 } = {},
): Promise<Setup> {
  const upstream = await startRawUpstream(handler);
  const client = make({ baseUrl: upstream.url + prefix, deadlineMs, log: quiet });
  opened.push(client, upstream);
  return { client, upstream };
}

const get = (...params: string[]): UpstreamRequest => ({
  endpoint: `GET /${params.map(() => ':part').join('/')}`,
  params,
});
const post = (json: unknown = {}): UpstreamRequest => ({
  endpoint: 'POST /things',
  json,
});
const caller = { key: 'k-1' };
const ok: RawHandler = (_request, response) => reply(response, 200, { ok: true });

/** Returns the error of a failing call. */
async function failure(call: Promise<unknown>): Promise<UpstreamError> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof UpstreamError) return error;
  throw error ?? new Error('it succeeded');
}

describe('request', () => {
  it.each([
    '../x',
    'a/b',
    '%2e',
    '%2e%2e',
    '..%2f',
    '?x=1',
    '#x',
    'a b',
    'grüße ☃ 🖼',
    '...',
    '\u0000',
    'a\r\nb: c',
  ])('a request has one path segment for the id %j', async (id) => {
    const { client, upstream } = await setUp(ok, { prefix: '/api/v1' });
    await client.forCaller(caller).call(get('prompts', id, 'versions'));
    expect(upstream.requests[0]?.target).toBe(`/api/v1/prompts/${encodeURIComponent(id)}/versions`);
  });

  it.each(['', '.', '..', '\ud800', 'a\udfffb'])(
    'a request is not sent for the id %j, which no URL can contain',
    async (id) => {
      const { client, upstream } = await setUp(ok);
      expect(await failure(client.forCaller(caller).call(get('prompts', id)))).toMatchObject({
        kind: 'NOT_FOUND',
      });
      expect(upstream.requests).toEqual([]);
    },
  );

  it.each(['', '/', '/v1', '/v1/', '/deep/er/'])(
    'a request extends the base URL with the path %j',
    async (prefix) => {
      const { client, upstream } = await setUp(ok, { prefix });
      await client.forCaller(caller).call({ ...get('a'), query: new URLSearchParams({ search: 'x & y/z' }) });
      expect(upstream.requests[0]?.target).toBe(`${prefix.replace(/\/$/, '')}/a?search=x+%26+y%2Fz`);
    },
  );

  it('a request carries the key in the header of its API', async () => {
    const portkey = await setUp(ok);
    await portkey.client.forCaller(caller).call(get('a'));
    expect(portkey.upstream.requests[0]?.headers).toMatchObject({
      'x-portkey-api-key': 'k-1',
      accept: 'application/json',
    });
    const astria = await setUp(ok, { make: astriaClient });
    await astria.client.forCaller(caller).call(post({ prompt: { text: 'ü' } }));
    expect(astria.upstream.requests[0]).toMatchObject({
      headers: { authorization: 'Bearer k-1', 'content-type': 'application/json' },
      body: '{"prompt":{"text":"ü"}}',
    });
  });

  it('a request is not sent without a key', async () => {
    const { client, upstream } = await setUp(ok);
    const error = await failure(client.forCaller({ key: null }).call(get('a')));
    expect(error).toMatchObject({
      kind: 'KEY_MISSING',
      message: expect.stringContaining('x-portkey-api-key'),
    });
    expect(upstream.requests).toEqual([]);
  });

  it('a request reuses connections', async () => {
    const { client, upstream } = await setUp(ok);
    for (let n = 0; n < 20; n += 1) await client.forCaller(caller).call(get('a'));
    expect(upstream.requests).toHaveLength(20);
    // A second connection opens if the first has not been released yet.
    expect(upstream.connections()).toBeLessThanOrEqual(2);
  });
});

describe('response', () => {
  it('a response is parsed as JSON, or undefined for an empty body', async () => {
    const { client } = await setUp((_request, response, index) => {
      if (index === 0) reply(response, 201, [1]);
      else response.end();
    });
    expect(await client.forCaller(caller).call(get('a'))).toEqual([1]);
    expect(await client.forCaller(caller).call(get('a'))).toBeUndefined();
  });

  it('a response is rejected if it is a redirect, which the client does not follow', async () => {
    const { client, upstream } = await setUp((_request, response) =>
      reply(response, 302, {}, { location: '/elsewhere' }),
    );
    expect(await failure(client.forCaller(caller).call(get('a')))).toMatchObject({
      kind: 'BAD_RESPONSE',
      status: 302,
    });
    expect(upstream.requests).toHaveLength(1);
  });

  it('a response is rejected if it is not JSON', async () => {
    const { client, upstream } = await setUp((_request, response) => response.end('<html>Please sign in'));
    const error = await failure(client.forCaller(caller).call(get('a')));
    expect(error.kind).toBe('BAD_RESPONSE');
    expect(error.message).not.toMatch(/sign in|127\.0\.0\.1/);
    expect(upstream.requests).toHaveLength(1);
  });

  it('a response is rejected if it is endless', async () => {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    const { client, upstream } = await setUp((_request, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', pour);
      };
      pour();
    });
    expect(await failure(client.forCaller(caller).call(get('a')))).toMatchObject({ kind: 'BAD_RESPONSE' });
    await until(() => upstream.requests[0]?.hungUp, Boolean);
  });
});

describe('deadline', () => {
  const stalls: [string, RawHandler][] = [
    ['headers', () => {}],
    [
      'the end of a body',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"half":');
      },
    ],
    ['the end of an error body', (_request, response) => void response.writeHead(500).write('{')],
  ];
  it.each(stalls)('the deadline covers missing %s', async (_name, handler) => {
    const { client, upstream } = await setUp(handler, { deadlineMs: 400 });
    expect(await failure(client.forCaller(caller).call(get('a')))).toMatchObject({
      kind: 'TIMEOUT',
      outcomeUnknown: false,
    });
    await until(() => upstream.requests[0]?.hungUp, Boolean);
    expect(upstream.requests).toHaveLength(1);
  });

  it('the deadline ends a call early if the next attempt would be too late', async () => {
    const { client, upstream } = await setUp(
      (_request, response) => reply(response, 429, {}, { 'retry-after': '2' }),
      { deadlineMs: 1500 },
    );
    const error = await failure(client.forCaller(caller).call(get('a')));
    expect(error).toMatchObject({ kind: 'RATE_LIMITED', retryAfterMs: 2000 });
    expect(upstream.requests).toHaveLength(1);
  });

  it('the deadline covers all attempts together', async () => {
    const { client, upstream } = await setUp(
      (_request, response) => {
        if (upstream.requests.length === 1) reply(response, 503, {});
      },
      { deadlineMs: 1500 },
    );
    expect(await failure(client.forCaller(caller).call(get('a')))).toMatchObject({ kind: 'TIMEOUT' });
    expect(upstream.requests).toHaveLength(2);
  });
});

describe('caller that cancels', () => {
  it('a caller that cancels ends its call', async () => {
    const { client, upstream } = await setUp(() => {});
    for (const request of [get('a'), post()]) {
      const hangUp = new AbortController();
      const call = failure(
        client.forCaller({ ...caller, cancelScope: new SignalScope(hangUp.signal) }).call(request),
      );
      const sent = await until(
        () => upstream.requests.at(-1),
        (last) => last !== undefined && request.endpoint.startsWith(`${last.method} `),
      );
      hangUp.abort();
      expect(await call).toMatchObject({ kind: 'CANCELLED' });
      await until(() => sent?.hungUp, Boolean);
    }
  });

  it('a caller that cancels does not end the same call of another caller', async () => {
    const answers: (() => void)[] = [];
    const { client, upstream } = await setUp((_request, response) => {
      answers.push(() => reply(response, 200, { ok: true }));
    });
    const hangUp = new AbortController();
    const left = failure(
      client.forCaller({ ...caller, cancelScope: new SignalScope(hangUp.signal) }).call(get('a')),
    );
    const stayed = client
      .forCaller({ ...caller, cancelScope: new SignalScope(new AbortController().signal) })
      .call(get('a'));
    await until(
      () => upstream.requests.length,
      (count) => count === 1,
    );
    hangUp.abort();
    expect(await left).toMatchObject({ kind: 'CANCELLED' });
    answers[0]?.();
    expect(await stayed).toEqual({ ok: true });
    expect(upstream.requests).toMatchObject([{ hungUp: false }]);
  });
});

describe('parallel calls', () => {
  const slowly: RawHandler = (_request, response) => void setTimeout(() => reply(response, 200, {}), 50);
  it.each([
    ['share one request if they are the same', [get('a'), 'k-1', get('a'), 'k-1'], 1],
    ['make two requests if their keys differ', [get('a'), 'k-1', get('a'), 'k-2'], 2],
    ['make two requests if their paths differ', [get('a'), 'k-1', get('b'), 'k-1'], 2],
    ['make two requests if they write', [post(), 'k-1', post(), 'k-1'], 2],
  ] as const)('%s', async (_name, [first, firstKey, second, secondKey], expected) => {
    const { client, upstream } = await setUp(slowly);
    await Promise.all([
      client.forCaller({ key: firstKey }).call(first),
      client.forCaller({ key: secondKey }).call(second),
    ]);
    expect(upstream.requests).toHaveLength(expected);
  });
});

describe('refused connection', () => {
  it.each(['GET', 'POST'] as const)(
    'a refused connection is attempted three times for a %s',
    async (method) => {
      const asked: RetryQuestion[] = [];
      const client = new UpstreamClient({
        upstream: 'portkey',
        baseUrl: await refusingUrl(),
        retryPolicy: (question) => {
          asked.push(question);
          return portkeyRetryPolicy(question);
        },
        deadlineMs: 10_000,
        authorize: () => [],
        parseFieldErrors: () => [],
        log: quiet,
      });
      opened.push(client);
      const error = await failure(
        client.forCaller(caller).call({ ...post(), endpoint: `${method} /things` }),
      );
      expect(error).toMatchObject({ kind: 'UNAVAILABLE', outcomeUnknown: false });
      expect(asked.map(({ attempts, failure }) => [attempts, failure])).toEqual(
        [1, 2, 3].map((attempts) => [attempts, { type: 'connection', sent: false }]),
      );
    },
  );
});
