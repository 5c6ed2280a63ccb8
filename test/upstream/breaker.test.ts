import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { type AttemptResult, Breaker, type BreakerOptions } from '../../src/upstream/breaker.js';
import { SignalScope } from '../../src/upstream/cancel-scope.js';
import type { ObservedAttempt } from '../../src/upstream/outcomes.js';
import { portkeyClient } from '../../src/upstream/portkey/client.js';
import { until } from '../support/gateway.js';
import { type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';

const QUICK: BreakerOptions = {
  windowMs: 10_000,
  minimum: 10,
  threshold: 0.8,
  halfOpenAfterMs: 60,
  longestMs: 150,
};

/** Creates a breaker, and records its log lines. */
function setUp(options: Partial<BreakerOptions> = {}) {
  const lines: unknown[] = [];
  const note = (fields: object) => void lines.push('breaker' in fields ? fields.breaker : fields);
  const log = { debug: note, info: note, warn: note, error: note };
  const breaker = new Breaker('astria', { ...QUICK, ...options }, log);
  /** Starts an attempt, and returns the function that ends it. */
  const begin = () => {
    const permit = breaker.allow();
    return (result: AttemptResult) => breaker.record(permit, result);
  };
  const attempts = (result: AttemptResult, count: number) => {
    for (let n = 0; n < count; n += 1) begin()(result);
  };
  return { breaker, lines, attempts, begin };
}

/** Returns the error that the breaker rejects calls with, or null. */
function refusal(breaker: Breaker): UpstreamError | null {
  try {
    breaker.record(breaker.allow(), 'success');
    return null;
  } catch (error) {
    if (error instanceof UpstreamError && error.kind === 'CIRCUIT_OPEN') return error;
    throw error;
  }
}

describe('breaker', () => {
  let now = 0;
  const pass = (ms: number) => {
    now += ms;
  };
  beforeEach(() => {
    now = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('a breaker opens when nearly all of enough attempts fail, and reports until when', () => {
    const { breaker, lines, attempts } = setUp({ halfOpenAfterMs: 30_000, longestMs: 30_000 });
    attempts('success', 2);
    attempts('failure', 8);
    expect(breaker.state).toBe('closed');
    attempts('failure', 1);
    expect(breaker.state).toBe('open');
    const error = refusal(breaker);
    expect(error).toMatchObject({ upstream: 'astria', outcomeUnknown: false, status: null });
    expect(error?.message).toMatch(
      /^Astria is failing, so nothing was sent\. The gateway tries again at \d\d:\d\d:\d\d UTC\.$/,
    );
    expect(error?.retryAfterMs).toBe(30_000);
    expect(lines).toEqual(['open']);
  });

  it.each<[string, AttemptResult[], Partial<BreakerOptions>?]>([
    ['few failures', Array.from({ length: 9 }, () => 'failure')],
    ['a third of failures', Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? 'failure' : 'success'))],
    ['four fifths of failures', Array.from({ length: 300 }, (_, n) => (n % 5 === 0 ? 'success' : 'failure'))],
    ['cancelled calls', Array.from({ length: 300 }, () => 'ignored')],
  ])('a breaker stays closed after %s', (_name, results) => {
    const { breaker, begin } = setUp();
    for (const result of results) begin()(result);
    expect(breaker.state).toBe('closed');
  });

  it('a breaker forgets attempts that are older than its window', () => {
    const { breaker, attempts } = setUp({ windowMs: 50 });
    attempts('failure', 9);
    pass(60);
    attempts('failure', 9);
    expect(breaker.state).toBe('closed');
    attempts('failure', 1);
    expect(breaker.state).toBe('open');
  });

  it('a breaker forgets a tenth of its window at a time', () => {
    const { breaker, attempts } = setUp({ windowMs: 100 });
    attempts('success', 10);
    pass(50);
    attempts('failure', 35);
    pass(49);
    attempts('failure', 1);
    expect(breaker.state).toBe('closed');
    pass(1);
    attempts('failure', 1);
    expect(breaker.state).toBe('open');
  });

  it('a breaker lets one probe through at a time, and closes when it succeeds', () => {
    const { breaker, lines, attempts, begin } = setUp();
    attempts('failure', 10);
    pass(QUICK.halfOpenAfterMs - 1);
    expect(refusal(breaker)).toMatchObject({ retryAfterMs: 1 });
    pass(1);
    const end = begin();
    expect(breaker.state).toBe('half-open');
    expect(refusal(breaker)).toMatchObject({ retryAfterMs: QUICK.halfOpenAfterMs });
    end('success');
    expect(breaker.state).toBe('closed');
    // The breaker starts counting again.
    attempts('failure', 8);
    expect(breaker.state).toBe('closed');
    expect(lines).toEqual(['open', 'half-open', 'closed']);
  });

  it('a breaker stays open for twice as long each time, up to a limit', () => {
    const { breaker, attempts, begin } = setUp();
    attempts('failure', 10);
    for (const longest of [60, 120, 150, 150]) {
      const error = refusal(breaker);
      expect(error?.retryAfterMs).toBe(longest);
      pass(longest);
      begin()('failure');
      expect(breaker.state).toBe('open');
    }
  });

  it('a breaker lets the next call through immediately when the caller cancels a probe', () => {
    const { breaker, attempts, begin } = setUp({ halfOpenAfterMs: 200, longestMs: 60_000 });
    attempts('failure', 10);
    pass(200);
    begin()('ignored');
    expect(breaker.state).toBe('open');
    expect(refusal(breaker)).toBeNull();
    expect(breaker.state).toBe('closed');
  });

  it('a breaker does not count attempts that started before it opened', () => {
    const { breaker, attempts, begin } = setUp({ minimum: 2 });
    const end = begin();
    attempts('failure', 2);
    pass(QUICK.halfOpenAfterMs);
    const finish = begin();
    end('failure');
    expect(breaker.state).toBe('half-open');
    finish('success');
    expect(breaker.state).toBe('closed');
  });
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

describe('breaker of a failing API', () => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const connect = async (handler: RawHandler, breaker: Partial<BreakerOptions> = {}, deadlineMs = 10_000) => {
    const upstream = await startRawUpstream(handler);
    const observed: ObservedAttempt[] = [];
    const options = { ...QUICK, halfOpenAfterMs: 60_000, longestMs: 60_000, ...breaker };
    const client = portkeyClient({
      ...{ baseUrl: upstream.url, deadlineMs, log: quiet, breaker: options, writeGraceMs: 0 },
      observe: (attempt) => observed.push(attempt),
    });
    opened.push(client, upstream);
    let calls = 0;
    const call = (method: 'GET' | 'POST' = 'GET', signal?: AbortSignal) => {
      calls += 1;
      const request = { endpoint: `${method} /things/:n`, params: [String(calls)] } as const;
      return client
        .forCaller({ key: 'k', ...(signal && { cancelScope: new SignalScope(signal) }) })
        .call(request)
        .then(
          () => 'ok',
          (error: unknown) => (error instanceof UpstreamError ? error.kind : String(error)),
        );
    };
    return { client, upstream, observed, call };
  };
  const answer =
    (status: number): RawHandler =>
    (_request, response) =>
      reply(response, status, {}, { 'retry-after': '0' });

  it('the breaker of a failing API counts each retry, and ends a call during its retries', async () => {
    const { client, upstream, observed, call } = await connect(answer(503), { minimum: 4 });
    // The first call makes three attempts. The breaker ends the second call after its first one.
    expect([await call(), await call(), await call()]).toEqual([
      'UNAVAILABLE',
      'UNAVAILABLE',
      'CIRCUIT_OPEN',
    ]);
    expect(client.breakerState).toBe('open');
    expect(upstream.requests).toHaveLength(4);
    const seen = { endpoint: 'GET /things/:n', status: 503, outcome: 'error', seconds: expect.any(Number) };
    expect(observed).toEqual(Array.from({ length: 4 }, () => seen));
  });

  it.each([500, 502, 504])('the breaker of a failing API opens after responses with %i', async (status) => {
    const { client, upstream, call } = await connect(answer(status));
    for (let n = 0; n < 12; n += 1) await call('POST');
    expect([client.breakerState, upstream.requests.length]).toEqual(['open', 10]);
  });

  it.each([400, 401, 402, 403, 404, 408, 409, 412, 413, 422, 429, 501])(
    'the breaker of a failing API stays closed after responses with %i',
    async (status) => {
      const { client, call } = await connect(answer(status));
      await Promise.all(Array.from({ length: 30 }, () => call('POST')));
      expect(client.breakerState).toBe('closed');
    },
  );

  it('the breaker of a failing API stays closed after unreadable responses and cancelled calls', async () => {
    const { client, observed, call } = await connect((request, response) => {
      if (request.method === 'GET') response.writeHead(200).end('<html>');
    });
    await Promise.all(Array.from({ length: 15 }, () => call()));
    const hangUp = new AbortController();
    setMaxListeners(0, hangUp.signal);
    const calls = Promise.all(Array.from({ length: 15 }, () => call('POST', hangUp.signal)));
    setTimeout(() => hangUp.abort(), 50);
    expect(new Set(await calls)).toEqual(new Set(['CANCELLED']));
    expect(client.breakerState).toBe('closed');
    expect(new Set(observed.map(({ outcome }) => outcome))).toEqual(new Set(['success', 'cancelled']));
  });

  it('the breaker of a failing API opens after timeouts and lost connections', async () => {
    for (const [handler, outcome, deadlineMs] of [
      [() => {}, 'timeout', 200],
      [(_request, response) => void response.destroy(), 'connection', 10_000],
    ] satisfies [RawHandler, string, number][]) {
      const { client, observed, call } = await connect(handler, {}, deadlineMs);
      await Promise.all(Array.from({ length: 12 }, () => call('POST')));
      expect(client.breakerState).toBe('open');
      expect(new Set(observed.map((attempt) => attempt.outcome))).toEqual(new Set([outcome]));
      expect(await call('POST')).toBe('CIRCUIT_OPEN');
    }
  });

  it('the breaker of a failing API closes by itself after the API has recovered', async () => {
    let status = 500;
    const { client, upstream, call } = await connect((_request, response) => reply(response, status, {}), {
      halfOpenAfterMs: 50,
      longestMs: 50,
    });
    await Promise.all(Array.from({ length: 10 }, () => call('POST')));
    expect(client.breakerState).toBe('open');
    status = 200;
    const sent = upstream.requests.length;
    await until(
      () => call('POST'),
      (kind) => kind === 'ok',
    );
    expect(upstream.requests).toHaveLength(sent + 1);
    expect(client.breakerState).toBe('closed');
  });
});
