import { describe, expect, it } from '@jest/globals';
import { UpstreamError, type UpstreamErrorKind } from '../../../src/domain/upstream-error.js';
import {
  isRefusal,
  isRefusalOfOne,
  MAX_ATTEMPTS,
  MAX_RATE_LIMITED,
  nextStep,
  persist,
} from '../../../src/services/replication/persist.js';
import { RateGate } from '../../../src/services/replication/rate-gate.js';
import { Stop, Stopped } from '../../../src/services/replication/stop.js';

const failure = (kind: UpstreamErrorKind, retryAfterMs?: number) =>
  new UpstreamError('portkey', kind, 'no', retryAfterMs === undefined ? {} : { retryAfterMs });
const once = { attempts: 1, limited: 0 };
const again = (waitMs: number, holdsAll = false) => ({ type: 'AGAIN', waitMs, holdsAll });

describe('nextStep', () => {
  it.each(['KEY_MISSING', 'UNAUTHENTICATED', 'FORBIDDEN', 'CANCELLED'] as const)(
    'stops the job on %s',
    (kind) => {
      expect(nextStep(failure(kind), once, isRefusal, 0)).toEqual({ type: 'STOP' });
    },
  );

  it.each(['REJECTED', 'CONFLICT', 'NOT_FOUND'] as const)('gives up on %s', (kind) => {
    expect(nextStep(failure(kind), once, isRefusal, 0)).toEqual({ type: 'GIVE_UP' });
  });

  it('gives up on one prompt that is refused with 403, and stops the job on a budget that is spent', () => {
    const refused = (status: number) => new UpstreamError('portkey', 'FORBIDDEN', 'no', { status });
    expect(nextStep(refused(403), once, isRefusalOfOne, 0)).toEqual({ type: 'GIVE_UP' });
    expect(nextStep(refused(403), once, isRefusal, 0)).toEqual({ type: 'STOP' });
    expect(nextStep(refused(412), once, isRefusalOfOne, 0)).toEqual({ type: 'STOP' });
  });

  it.each(['TIMEOUT', 'UNAVAILABLE', 'BAD_RESPONSE'] as const)('tries again after %s', (kind) => {
    expect(nextStep(failure(kind), once, isRefusal, 0)).toEqual(again(400));
    expect(nextStep(failure(kind), once, (error) => error.kind === kind, 0)).toEqual({ type: 'GIVE_UP' });
  });

  it('waits longer from attempt to attempt, with jitter, and gives up after the last', () => {
    const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, n) => 400 * 2 ** n);
    for (const [n, wait] of waits.entries()) {
      const tries = { attempts: n + 1, limited: 0 };
      expect(nextStep(failure('TIMEOUT'), tries, isRefusal, 0)).toEqual(again(wait));
      expect(nextStep(failure('TIMEOUT'), tries, isRefusal, 0.8)).toEqual(again(wait * 1.2));
    }
    const last = { attempts: MAX_ATTEMPTS, limited: 0 };
    expect(nextStep(failure('TIMEOUT'), last, isRefusal, 0)).toEqual({ type: 'GIVE_UP' });
  });

  it('holds everything back for as long as a rate limit asks, and does not count it as an attempt', () => {
    const tries = { attempts: 25, limited: 20 };
    expect(nextStep(failure('RATE_LIMITED', 7000), tries, isRefusal, 0.5)).toEqual(again(7000, true));
    expect(nextStep(failure('RATE_LIMITED'), tries, isRefusal, 0)).toEqual(again(30_000, true));
    expect(nextStep(failure('TIMEOUT'), tries, isRefusal, 0)).toEqual(again(400 * 2 ** 4));
    const tooMany = { attempts: MAX_RATE_LIMITED + 1, limited: MAX_RATE_LIMITED + 1 };
    expect(nextStep(failure('RATE_LIMITED', 0), tooMany, isRefusal, 0)).toEqual({ type: 'GIVE_UP' });
  });
});

describe('persist', () => {
  const run = (work: () => Promise<string>) => persist(new RateGate(), new Stop(), work);

  it('gives the value and the number of attempts', async () => {
    let left = 3;
    const work = async () => {
      left -= 1;
      if (left > 0) throw failure('RATE_LIMITED', 0);
      return 'done';
    };
    expect(await run(work)).toEqual({ value: 'done', attempts: 3 });
  });

  it('gives the failure that it gave up on', async () => {
    const error = failure('REJECTED');
    expect(await run(() => Promise.reject(error))).toEqual({ error, attempts: 1 });
  });

  it('throws what ends the job, and what is no failure of an upstream', async () => {
    await expect(run(() => Promise.reject(failure('FORBIDDEN')))).rejects.toThrow('no');
    await expect(run(() => Promise.reject(new TypeError('a bug')))).rejects.toThrow('a bug');
  });

  it('begins nothing, and waits no longer, when the job is to stop', async () => {
    const stop = new Stop();
    let tries = 0;
    const waiting = persist(new RateGate(), stop, () => {
      tries += 1;
      return Promise.reject(failure('TIMEOUT'));
    });
    setImmediate(() => stop.request('CANCELLED'));
    await expect(waiting).rejects.toThrow(Stopped);
    await expect(persist(new RateGate(), stop, async () => 'done')).rejects.toThrow(Stopped);
    expect(tries).toBe(1);
  });
});
