import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { LiveHub } from '../../src/services/live/hub.js';
import type { PollTarget } from '../../src/services/live/poll-target.js';
import { until } from '../support/gateway.js';
import { FakeSource, SLOW, type Thing } from './fake-source.js';
import { END, followThing, timers, untilSeen } from './updates.js';

let hub: LiveHub;
let source: FakeSource;
beforeEach(() => {
  hub = new LiveHub();
  source = new FakeSource();
});
afterEach(() => hub.close());

const follow = (target: PollTarget<Thing>) => followThing(hub, target);

describe('subscriber', () => {
  it('a subscriber that reads slowly sees only the newest value', async () => {
    source.put('a', 1);
    const target = source.target('a');
    const slow = hub.watch(target);
    const quick = follow(target);
    expect(await slow.next()).toMatchObject({ value: { value: 1 } });
    for (let value = 2; value <= 5; value += 1) {
      source.put('a', value);
      await untilSeen(quick, value);
    }
    expect(await slow.next()).toMatchObject({ value: { value: 5 } });
    source.put('a', 6, true);
    await quick.ended;
    expect(await slow.next()).toMatchObject({ value: { value: 6 } });
    expect(await slow.next()).toEqual(END);
  });

  it('a subscriber can leave while waiting', async () => {
    source.put('a', 1);
    const events = hub.watch(source.target('a', { pace: SLOW }));
    await events.next();
    const [one, other] = [events.next(), events.next()];
    expect(await events.return()).toEqual(END);
    expect(await Promise.all([one, other, events.next()])).toEqual([END, END, END]);
    expect(hub.size).toBe(0);
  });

  it('a subscriber can leave with an error, which is thrown back', async () => {
    source.put('a', 1);
    const events = hub.watch(source.target('a', { pace: SLOW }));
    await events.next();
    await expect(events.throw(new Error('enough'))).rejects.toThrow('enough');
    expect(hub.size).toBe(0);
  });

  it('a subscriber that has not requested a value holds no resources', async () => {
    const events = hub.watch(source.target('a'));
    expect(hub.size).toBe(0);
    await events.return();
    expect(await events.next()).toEqual(END);
    expect(source.reads).toEqual([]);
  });

  it('a subscriber sees the end when the hub closes', async () => {
    for (const id of ['a', 'b']) source.put(id, 1);
    const before = timers();
    const followers = ['a', 'a', 'b'].map((id) => follow(source.target(id, { pace: SLOW })));
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    hub.close();
    await Promise.all(followers.map(({ ended }) => ended));
    expect([hub.size, timers()]).toEqual([0, before]);
    expect(await hub.watch(source.target('a')).next()).toEqual(END);
  });
});

describe('read that fails', () => {
  const failure = (kind: UpstreamError['kind'], retryAfterMs?: number) =>
    new UpstreamError('astria', kind, 'in other words', retryAfterMs === undefined ? {} : { retryAfterMs });

  it.each(['UNAVAILABLE', 'UNAUTHENTICATED', 'RATE_LIMITED', 'BAD_RESPONSE'] as const)(
    'a read that fails with %s at first is shown and ends the subscription',
    async (kind) => {
      source.things.set('a', failure(kind));
      const follower = follow(source.target('a'));
      await follower.ended;
      expect(follower.seen).toEqual([failure(kind)]);
      expect(hub.size).toBe(0);
    },
  );

  it('a read that fails by throwing is shown and not thrown to the subscriber', async () => {
    const follower = follow(source.target('a', { readAll: () => Promise.reject(new Error('a secret')) }));
    await follower.ended;
    expect(follower.seen).toEqual([new Error('a secret')]);
  });

  it('a read that fails with a temporary error after a value is not shown', async () => {
    source.put('a', 1);
    const follower = follow(source.target('a'));
    await untilSeen(follower, 1);
    for (const kind of ['UNAVAILABLE', 'TIMEOUT', 'BAD_RESPONSE', 'RATE_LIMITED'] as const) {
      source.things.set('a', failure(kind));
      const reads = source.reads.length;
      await until(
        () => source.reads.length,
        (length) => length > reads + 1,
      );
    }
    source.put('a', 2, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2]);
  });

  it('a read that fails with a permanent error ends the subscription', async () => {
    source.put('a', 1);
    const follower = follow(source.target('a'));
    await untilSeen(follower, 1);
    source.things.set('a', failure('UNAUTHENTICATED'));
    await follower.ended;
    expect(follower.seen.at(-1)).toEqual(failure('UNAUTHENTICATED'));
  });

  it('a read that fails with a Retry-After delays all reads of its account, and of no other account', async () => {
    const other = new FakeSource('other');
    for (const one of [source, other]) one.put('a', 1);
    source.put('b', 1);
    const elsewhere = { group: 'more things of main' };
    const followers = [
      follow(source.target('a')),
      follow(source.target('b', elsewhere)),
      follow(other.target('a')),
    ];
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    source.things.set('a', failure('RATE_LIMITED', 400));
    await until(
      () => source.reads.length,
      (length) => length > 2,
    );
    await pause(60);
    const [reads, others] = [source.reads.length, other.reads.length];
    source.put('a', 2);
    hub.invalidate(source.target('a').key);
    await until(
      () => other.reads.length,
      (length) => length > others + 5,
    );
    expect(source.reads.length).toBe(reads);
    await until(
      () => source.reads.length,
      (length) => length > reads + 1,
    );
    expect(new Set(source.reads.slice(reads).flat())).toEqual(new Set(['a', 'b']));
  });

  it('a read that fails with a Retry-After shows a new subscriber the last value, or the rate limit if there is none', async () => {
    for (const id of ['known', 'limited']) source.put(id, 1);
    const pace = { ...SLOW, firstMs: 1_200 };
    const [known, limited] = ['known', 'limited'].map((id) => follow(source.target(id, { pace })));
    if (!known || !limited) throw new Error('two are followed');
    await Promise.all([known, limited].map((follower) => untilSeen(follower, 1)));
    source.things.set('limited', failure('RATE_LIMITED', 60_000));
    await until(
      () => source.reads.length,
      (length) => length > 1,
    );
    await pause(1_100);
    const reads = source.reads.length;
    const late = [follow(source.target('known', { pace })), follow(source.target('limited', { pace }))];
    const others = [follow(source.target('a')), follow(source.target('b', { group: 'more things of main' }))];
    await Promise.all(late.map((follower) => untilSeen(follower, 1)));
    await Promise.all(others.map(({ ended }) => ended));
    expect(late.map(({ values }) => values())).toEqual([[1], [1]]);
    for (const { seen } of others) {
      expect(seen).toEqual([failure('RATE_LIMITED')]);
      const { retryAfterMs } = seen[0] instanceof UpstreamError ? seen[0] : { retryAfterMs: 0 };
      expect(retryAfterMs).toBeGreaterThan(50_000);
      expect(retryAfterMs).toBeLessThan(59_000);
    }
    expect([source.reads.length, hub.size]).toEqual([reads, 2]);
  });
});
