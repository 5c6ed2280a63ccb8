import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { Breaker, type BreakerOptions, type Verdict } from '../../src/upstream/breaker.js';
import type { ObservedAttempt } from '../../src/upstream/http-client.js';
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

/** A breaker, and what it has logged. */
function setUp(options: Partial<BreakerOptions> = {}) {
  const lines: unknown[] = [];
  const note = (fields: object) => void lines.push('breaker' in fields ? fields.breaker : fields);
  const log = { debug: note, info: note, warn: note, error: note };
  const breaker = new Breaker('astria', { ...QUICK, ...options }, log);
  const attempt = (verdict: Verdict) => breaker.run(async () => ({ value: verdict, verdict }));
  const attempts = async (verdict: Verdict, count: number) => {
    for (let n = 0; n < count; n += 1) await attempt(verdict);
  };
  /** Begins the attempt that finds out; `end` waits until its verdict counts. */
  const probe = async () => {
    let decide: (verdict: Verdict) => void = () => {};
    const verdict = new Promise<Verdict>((resolve) => {
      decide = resolve;
    });
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const call = breaker.run(async () => {
      begun();
      return { value: null, verdict: await verdict };
    });
    await Promise.race([hasBegun, call]);
    return async (given: Verdict) => {
      decide(given);
      await call;
    };
  };
  return { breaker, lines, attempt, attempts, probe };
}

/** The error that calls are held back with; null where they are not. */
async function refusal(call: Promise<unknown>): Promise<UpstreamError | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (error instanceof UpstreamError && error.kind === 'HELD_BACK') return error;
    throw error;
  }
}

describe('a breaker', () => {
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

  it('opens when nearly all of enough attempts fail, and says until when', async () => {
    const { breaker, lines, attempt, attempts } = setUp({ halfOpenAfterMs: 30_000 });
    await attempts('WELL', 2);
    await attempts('ILL', 8);
    expect(breaker.state).toBe('closed');
    await attempts('ILL', 1);
    expect(breaker.state).toBe('open');
    const error = await refusal(attempt('WELL'));
    expect(error).toMatchObject({ upstream: 'astria', outcomeUnknown: false, status: null });
    expect(error?.message).toMatch(
      /^Astria is failing: nothing was sent, .* tried again at \d\d:\d\d:\d\d UTC$/,
    );
    expect(error?.retryAfterMs).toBe(30_000);
    expect(lines).toEqual(['open']);
  });

  it.each<[string, Verdict[], Partial<BreakerOptions>?]>([
    ['few attempts', Array.from({ length: 9 }, () => 'ILL')],
    ['one in three', Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? 'ILL' : 'WELL'))],
    ['four in five', Array.from({ length: 300 }, (_, n) => (n % 5 === 0 ? 'WELL' : 'ILL'))],
    ['callers who hang up', Array.from({ length: 300 }, () => 'NOTHING')],
  ])('stays closed for %s', async (_name, verdicts) => {
    const { breaker, attempt } = setUp();
    for (const verdict of verdicts) expect(await attempt(verdict)).toBe(verdict);
    expect(breaker.state).toBe('closed');
  });

  it('forgets what is older than its window', async () => {
    const { breaker, attempts } = setUp({ windowMs: 50 });
    await attempts('ILL', 9);
    pass(60);
    await attempts('ILL', 9);
    expect(breaker.state).toBe('closed');
    await attempts('ILL', 1);
    expect(breaker.state).toBe('open');
  });

  it('lets one attempt at a time find out, and closes when that goes well', async () => {
    const { breaker, lines, attempt, attempts, probe } = setUp();
    await attempts('ILL', 10);
    pass(QUICK.halfOpenAfterMs - 1);
    expect(await refusal(attempt('WELL'))).toMatchObject({ retryAfterMs: 1 });
    pass(1);
    const end = await probe();
    expect(breaker.state).toBe('half-open');
    expect(await refusal(attempt('WELL'))).toMatchObject({ retryAfterMs: QUICK.halfOpenAfterMs });
    await end('WELL');
    expect(breaker.state).toBe('closed');
    // It counts anew.
    await attempts('ILL', 8);
    expect(breaker.state).toBe('closed');
    expect(lines).toEqual(['open', 'half-open', 'closed']);
  });

  it('holds back for twice as long each time, up to a limit', async () => {
    const { breaker, attempt, attempts, probe } = setUp();
    await attempts('ILL', 10);
    for (const longest of [60, 120, 150, 150]) {
      const error = await refusal(attempt('WELL'));
      expect(error?.retryAfterMs).toBe(longest);
      pass(longest);
      await (await probe())('ILL');
      expect(breaker.state).toBe('open');
    }
  });

  it('learns nothing from a caller who hangs up: the next one finds out, at once', async () => {
    const { breaker, attempt, attempts, probe } = setUp({ halfOpenAfterMs: 200, longestMs: 60_000 });
    await attempts('ILL', 10);
    pass(200);
    await (await probe())('NOTHING');
    expect(breaker.state).toBe('open');
    expect(await refusal(attempt('WELL'))).toBeNull();
    expect(breaker.state).toBe('closed');
  });

  it('does not count what began before it opened', async () => {
    const { breaker, attempts, probe } = setUp({ minimum: 2 });
    let end: (verdict: Verdict) => void = () => {};
    const late = breaker.run(async () => ({
      value: 1,
      verdict: await new Promise<Verdict>((resolve) => {
        end = resolve;
      }),
    }));
    await attempts('ILL', 2);
    pass(QUICK.halfOpenAfterMs);
    const finish = await probe();
    end('ILL');
    expect(await late).toBe(1);
    expect(breaker.state).toBe('half-open');
    await finish('WELL');
    expect(breaker.state).toBe('closed');
  });
});

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

describe('calls of an API that fails', () => {
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
      const request = { method, path: ['things', String(calls)], endpoint: `${method} /things` };
      return client.call(request, { key: 'k', signal }).then(
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

  it('end with it, each repeat counted', async () => {
    const { client, upstream, observed, call } = await connect(answer(503), { minimum: 4 });
    // Three attempts for the first call; the second one is cut off at its first.
    expect([await call(), await call(), await call()]).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'HELD_BACK']);
    expect(client.breakerState).toBe('open');
    expect(upstream.requests).toHaveLength(4);
    const seen = { endpoint: 'GET /things', status: 503, outcome: 'error', seconds: expect.any(Number) };
    expect(observed).toEqual(Array.from({ length: 4 }, () => seen));
  });

  it.each([500, 502, 504])('end where it answers %i', async (status) => {
    const { client, upstream, call } = await connect(answer(status));
    for (let n = 0; n < 12; n += 1) await call('POST');
    expect([client.breakerState, upstream.requests.length]).toEqual(['open', 10]);
  });

  it.each([400, 401, 402, 403, 404, 408, 409, 412, 413, 422, 429, 501])(
    'go on where it answers %i',
    async (status) => {
      const { client, call } = await connect(answer(status));
      await Promise.all(Array.from({ length: 30 }, () => call('POST')));
      expect(client.breakerState).toBe('closed');
    },
  );

  it('go on where it answers what is not understood, or callers hang up', async () => {
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

  it('are over once none is answered in time, or each connection is lost', async () => {
    for (const [handler, outcome, deadlineMs] of [
      [() => {}, 'timeout', 200],
      [(_request, response) => void response.destroy(), 'connection', 10_000],
    ] satisfies [RawHandler, string, number][]) {
      const { client, observed, call } = await connect(handler, {}, deadlineMs);
      await Promise.all(Array.from({ length: 12 }, () => call('POST')));
      expect(client.breakerState).toBe('open');
      expect(new Set(observed.map((attempt) => attempt.outcome))).toEqual(new Set([outcome]));
      expect(await call('POST')).toBe('HELD_BACK');
    }
  });

  it('go on by themselves once it has recovered', async () => {
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
