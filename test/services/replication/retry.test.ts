import { describe, expect, it } from '@jest/globals';
import { UpstreamError, type UpstreamErrorKind } from '../../../src/domain/upstream-error.js';
import {
  type AttemptCounts,
  type IsFinal,
  isRefusal,
  isRefusalOfOne,
  JOB_RETRY,
  retryDecision,
} from '../../../src/services/replication/jobs/retry.js';

const { maxAttempts, maxThrottled } = JOB_RETRY;

const failure = (kind: UpstreamErrorKind, retryAfterMs?: number) =>
  new UpstreamError('portkey', kind, 'no', retryAfterMs === undefined ? {} : { retryAfterMs });
const once = { attempts: 1, throttled: 0 };
const repeat = (waitMs: number, holdsAll = false) => ({ type: 'REPEAT', waitMs, holdsAll });
const decide = (error: UpstreamError, counts: AttemptCounts, isFinal: IsFinal, random: number) =>
  retryDecision(error, counts, isFinal, JOB_RETRY, random);

describe('retryDecision', () => {
  it.each(['KEY_MISSING', 'UNAUTHENTICATED', 'FORBIDDEN', 'CANCELLED'] as const)(
    'retryDecision stops the job on %s',
    (kind) => {
      expect(decide(failure(kind), once, isRefusal, 0)).toEqual({ type: 'STOP' });
    },
  );

  it.each(['REJECTED', 'CONFLICT', 'NOT_FOUND'] as const)('retryDecision fails the item on %s', (kind) => {
    expect(decide(failure(kind), once, isRefusal, 0)).toEqual({ type: 'FAIL' });
  });

  it('retryDecision fails one prompt on 403, and stops the job on an exhausted budget', () => {
    const refused = (status: number) => new UpstreamError('portkey', 'FORBIDDEN', 'no', { status });
    expect(decide(refused(403), once, isRefusalOfOne, 0)).toEqual({ type: 'FAIL' });
    expect(decide(refused(403), once, isRefusal, 0)).toEqual({ type: 'STOP' });
    expect(decide(refused(412), once, isRefusalOfOne, 0)).toEqual({ type: 'STOP' });
  });

  it.each(['TIMEOUT', 'UNAVAILABLE', 'BAD_RESPONSE'] as const)('retryDecision retries after %s', (kind) => {
    expect(decide(failure(kind), once, isRefusal, 0)).toEqual(repeat(400));
    expect(decide(failure(kind), once, (error) => error.kind === kind, 0)).toEqual({ type: 'FAIL' });
  });

  it('retryDecision waits longer after each attempt, with jitter, and fails after the last', () => {
    const waits = Array.from({ length: maxAttempts - 1 }, (_, n) => 400 * 2 ** n);
    for (const [n, wait] of waits.entries()) {
      const counts = { attempts: n + 1, throttled: 0 };
      expect(decide(failure('TIMEOUT'), counts, isRefusal, 0)).toEqual(repeat(wait));
      expect(decide(failure('TIMEOUT'), counts, isRefusal, 0.8)).toEqual(repeat(wait * 1.2));
    }
    const last = { attempts: maxAttempts, throttled: 0 };
    expect(decide(failure('TIMEOUT'), last, isRefusal, 0)).toEqual({ type: 'FAIL' });
  });

  it('retryDecision delays all calls as long as a rate limit asks for, and does not count that as an attempt', () => {
    const counts = { attempts: 25, throttled: 20 };
    expect(decide(failure('RATE_LIMITED', 7000), counts, isRefusal, 0.5)).toEqual(repeat(7000, true));
    expect(decide(failure('RATE_LIMITED'), counts, isRefusal, 0)).toEqual(repeat(30_000, true));
    expect(decide(failure('TIMEOUT'), counts, isRefusal, 0)).toEqual(repeat(400 * 2 ** 4));
    const tooMany = { attempts: maxThrottled + 1, throttled: maxThrottled + 1 };
    expect(decide(failure('RATE_LIMITED', 0), tooMany, isRefusal, 0)).toEqual({ type: 'FAIL' });
  });
});
