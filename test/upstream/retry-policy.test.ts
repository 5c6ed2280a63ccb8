import { describe, expect, it } from '@jest/globals';
import {
  astriaRetryPolicy,
  type FailedAttempt,
  parseRetryAfter,
  portkeyRetryPolicy,
  type RetryPolicy,
} from '../../src/upstream/retry-policy.js';

const POLICIES = { Astria: astriaRetryPolicy, Portkey: portkeyRetryPolicy };
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const STATUSES = Array.from({ length: 105 }, (_, n) => 400 + n);
const MOST_ATTEMPTS = 3;

/** Returns the waits after each attempt until the policy gives up. */
function waits(policy: RetryPolicy, method: string, failure: FailedAttempt, random = 0): number[] {
  const found: number[] = [];
  for (let attempts = 1; attempts <= 10; attempts += 1) {
    const wait = policy({ method, attempts, failure, random });
    if (wait === null) break;
    found.push(wait);
  }
  return found;
}

const status = (code: number, retryAfterMs: number | null = null): FailedAttempt => ({
  type: 'status',
  status: code,
  retryAfterMs,
});

/** Waits for the statuses that are retried, by API and method. Any other status ends the call. */
const REPEATED: Record<string, Record<string, Record<number, number[]>>> = {
  Astria: {
    GET: { 429: [500, 1000], 500: [30_000, 60_000], 502: [200, 400], 503: [200, 400] },
    POST: { 429: [500, 1000] },
    PUT: { 429: [500, 1000] },
    DELETE: { 429: [500, 1000] },
  },
  Portkey: {
    GET: {
      408: [200, 400],
      429: [500, 1000],
      500: [200, 400],
      501: [200, 400],
      502: [200, 400],
      503: [200, 400],
      504: [200, 400],
    },
    POST: { 429: [500, 1000] },
    PUT: { 429: [500, 1000] },
    DELETE: { 429: [500, 1000] },
  },
};

describe.each(Object.entries(POLICIES))('the retry policy of %s', (name, policy) => {
  it.each(METHODS)('covers every status of a %s', (method) => {
    const actual = STATUSES.map((code) => [code, waits(policy, method, status(code))]);
    const expected = STATUSES.map((code) => [code, REPEATED[name]?.[method]?.[code] ?? []]);
    expect(actual).toEqual(expected);
  });

  it.each([
    // Nothing was sent, so any request may be repeated.
    ['GET', false, [200, 400]],
    ['POST', false, [200, 400]],
    ['PUT', false, [200, 400]],
    // The upstream may have processed the request, so only reads may be repeated.
    ['GET', true, [200, 400]],
    ['POST', true, []],
    ['PUT', true, []],
    ['DELETE', true, []],
  ])('covers a %s whose connection failed (sent: %s)', (method, sent, expected) => {
    expect(waits(policy, method, { type: 'connection', sent })).toEqual(expected);
  });

  it.each([
    [0, [0, 0]],
    [1000, [1000, 1000]],
    [2000, [2000, 2000]],
    [2001, []],
    [60_000, []],
    [null, [500, 1000]],
  ])('waits as long as a 429 asks for, up to a limit: %s ms', (retryAfterMs, expected) => {
    for (const method of METHODS) expect(waits(policy, method, status(429, retryAfterMs))).toEqual(expected);
  });

  it('adds at most 25% jitter, and waits whole milliseconds', () => {
    const lost: FailedAttempt = { type: 'connection', sent: true };
    expect(waits(policy, 'GET', lost, 0.5)).toEqual([225, 450]);
    const [longest = 0] = waits(policy, 'GET', lost, 0.999_999);
    expect(longest).toBeGreaterThan(225);
    expect(longest).toBeLessThanOrEqual(250);
    for (const random of [0.1, 0.123, 0.777])
      expect(waits(policy, 'GET', lost, random).every(Number.isInteger)).toBe(true);
  });

  it('never allows a fourth attempt', () => {
    const failures = [
      ...STATUSES.map((code) => status(code, 0)),
      { type: 'connection', sent: false } as const,
    ];
    for (const method of METHODS) {
      for (const failure of failures)
        expect(policy({ method, attempts: MOST_ATTEMPTS, failure, random: 0 })).toBeNull();
    }
  });
});

describe('parseRetryAfter', () => {
  const now = Date.UTC(2026, 7, 1, 12, 0, 0);
  it.each([
    ['0', 0],
    ['1', 1000],
    [' 120 ', 120_000],
    ['0.25', 250],
    ['999999999', 999_999_999_000],
    ['Sat, 01 Aug 2026 12:00:30 GMT', 30_000],
    ['Sat, 01 Aug 2026 11:00:00 GMT', 0],
    ['Saturday, 01-Aug-26 12:00:05 GMT', 5000],
    ['', null],
    ['-1', null],
    ['1e3', null],
    ['12345678901', null],
    ['soon', null],
    ['soon 5', null],
    ['Infinity', null],
    [undefined, null],
  ])('parseRetryAfter converts %j to %j ms', (value, expected) => {
    expect(parseRetryAfter(value, undefined, now)).toBe(expected);
  });

  it.each([
    ['Sat, 01 Aug 2026 12:00:30 GMT', 'Sat, 01 Aug 2026 12:00:10 GMT', 20_000],
    ['Sat, 01 Aug 2026 12:30:30 GMT', 'Sat, 01 Aug 2026 12:30:00 GMT', 30_000],
    ['Sat, 01 Aug 2026 11:00:00 GMT', ' Sat, 01 Aug 2026 12:30:00 GMT', 0],
    ['Sat, 01 Aug 2026 12:00:30 GMT', 'noon', 30_000],
    ['Sat, 01 Aug 2026 12:00:30 GMT', '', 30_000],
    ['30', 'Sat, 01 Aug 2026 11:00:00 GMT', 30_000],
  ])('parseRetryAfter converts %j in a response with the date %j to %j ms', (value, sentAt, expected) => {
    expect(parseRetryAfter(value, sentAt, now)).toBe(expected);
  });
});
