import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

describe('followed object', () => {
  it('a followed object is shown immediately, then at each change until it has settled', async () => {
    source.put('a', 1);
    const follower = follow(source.target('a'));
    await untilSeen(follower, 1);
    source.put('a', 2);
    await untilSeen(follower, 2);
    source.put('a', 3, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2, 3]);
    expect(hub.size).toBe(0);
  });

  it('a followed object is shown once when it has already settled', async () => {
    source.put('a', 1, true);
    const follower = follow(source.target('a'));
    await follower.ended;
    expect(follower.values()).toEqual([1]);
    expect(source.reads).toEqual([['a']]);
  });

  it('a followed object is shown as null, as the last value, when it does not exist or is deleted', async () => {
    source.put('b', 1);
    const [missing, removed] = [follow(source.target('a')), follow(source.target('b'))];
    await missing.ended;
    await untilSeen(removed, 1);
    source.things.delete('b');
    await removed.ended;
    expect(missing.values()).toEqual([null]);
    expect(removed.values()).toEqual([1, null]);
  });

  it('a followed object is not shown again while its relevant value does not change', async () => {
    source.put('a', 1);
    const follower = follow(source.target('a', { changing: ({ value }) => Math.floor(value / 10) }));
    await untilSeen(follower, 1);
    source.put('a', 2);
    const reads = source.reads.length;
    await until(
      () => source.reads.length,
      (length) => length > reads + 3,
    );
    expect(follower.values()).toEqual([1]);
    source.put('a', 12, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 12]);
  });
});

describe('reads of the hub', () => {
  it('the reads of the hub are shared by all subscribers of an object', async () => {
    source.put('a', 1);
    const followers = Array.from({ length: 50 }, () => follow(source.target('a', { pace: SLOW })));
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    const late = follow(source.target('a', { pace: SLOW }));
    await untilSeen(late, 1);
    expect(source.reads).toEqual([['a']]);
    expect(hub.size).toBe(1);
  });

  it('the reads of the hub happen immediately, and once, for subscribers that come more than a second later', async () => {
    source.put('a', 1);
    const target = source.target('a', { pace: SLOW });
    const early = follow(target);
    await untilSeen(early, 1);
    source.put('a', 2);
    await pause(1_050);
    const late = Array.from({ length: 20 }, () => follow(target));
    await Promise.all(late.map((follower) => untilSeen(follower, 1)));
    expect(late.map(({ values }) => values())).toEqual(late.map(() => [2]));
    expect(early.values()).toEqual([1, 2]);
    expect(source.reads).toEqual([['a'], ['a']]);
  });

  it('the reads of the hub for new subscribers happen at most once a second, and do not lengthen the pauses', async () => {
    source.put('a', 1);
    const growing = { ...SLOW, firstMs: 1_300, factor: 1_000 };
    const target = source.target('a', { pace: growing });
    await untilSeen(follow(target), 1);
    const startedAt = performance.now();
    for (let n = 0; n < 23; n += 1) {
      await untilSeen(follow(target), 1);
      await pause(100);
    }
    expect(source.reads.length).toBeGreaterThanOrEqual(3);
    const seconds = (performance.now() - startedAt) / 1_000;
    // The first read, one in each second, and that of the first pause.
    expect(source.reads.length).toBeLessThanOrEqual(2 + Math.floor(seconds));
    const made = source.reads.length;
    // The next read is that of the first pause.
    await until(
      () => source.reads.length,
      (length) => length > made,
    );
  });

  it('the reads of the hub are repeated for a subscriber that comes during a slow read', async () => {
    source.put('a', 1);
    source.readMs = 1_200;
    const target = source.target('a', { pace: SLOW });
    follow(target);
    await pause(1_100);
    source.put('a', 2);
    const late = follow(target);
    await untilSeen(late, 2);
    expect(late.values()).toEqual([1, 2]);
    expect(source.reads).toEqual([['a'], ['a']]);
  });

  it('the reads of the hub are combined within a group and separate between groups', async () => {
    const other = new FakeSource('other');
    for (const id of ['a', 'b', 'c']) {
      source.put(id, 1);
      other.put(id, 2);
    }
    const followers = [source, other].flatMap((one) =>
      ['a', 'b', 'c'].map((id) => follow(one.target(id, { pace: SLOW }))),
    );
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    expect(followers.map(({ values }) => values()[0])).toEqual([1, 1, 1, 2, 2, 2]);
    expect([source.reads, other.reads]).toEqual([[['a', 'b', 'c']], [['a', 'b', 'c']]]);
  });

  it('the reads of the hub are awaited by a subscriber that does not start with the last value', async () => {
    source.put('a', 1);
    const target = source.target('a', { startsWithLast: false });
    await untilSeen(follow(target), 1);
    const before = source.endedReads;
    const late = follow(target);
    await untilSeen(late, 1);
    expect(source.endedReads).toBeGreaterThan(before);
  });

  it('the reads of the hub end with the last subscriber and leave no timer', async () => {
    const before = timers();
    source.put('a', 1);
    const [one, other] = [hub.watch(source.target('a')), hub.watch(source.target('a'))];
    await Promise.all([one.next(), other.next()]);
    expect(timers()).toBe(before + 1);
    await one.return();
    expect([hub.size, timers()]).toEqual([1, before + 1]);
    await other.return();
    expect([hub.size, timers()]).toEqual([0, before]);
    const reads = source.reads.length;
    source.put('b', 1);
    const another = follow(source.target('b'));
    await until(
      () => source.reads.length,
      (length) => length > reads + 4,
    );
    expect(source.reads.slice(reads).flat()).not.toContain('a');
    expect(another.values()).toEqual([1]);
  });

  it('the reads of the hub cause no further reads when their subscribers have left', async () => {
    source.put('a', 1);
    source.readMs = 50;
    const events = hub.watch(source.target('a'));
    const first = events.next();
    await until(
      () => source.reads.length,
      (length) => length === 1,
    );
    await events.return();
    expect(await first).toEqual(END);
    const again = follow(source.target('a', { pace: SLOW }));
    await untilSeen(again, 1);
    expect(source.reads).toEqual([['a'], ['a']]);
  });
});

describe('invalidation', () => {
  it('an invalidation causes an immediate read of its object only', async () => {
    source.put('a', 1);
    source.put('b', 1);
    const [a, b] = ['a', 'b'].map((id) => follow(source.target(id, { pace: SLOW })));
    if (!a || !b) throw new Error('two are followed');
    await untilSeen(b, 1);
    source.put('a', 2, true);
    hub.invalidate(source.target('a').key);
    hub.invalidate('of nobody');
    await a.ended;
    expect(a.values()).toEqual([1, 2]);
    expect(source.reads).toEqual([['a', 'b'], ['a']]);
  });

  it('an invalidation causes only one more read when it is repeated during a read', async () => {
    source.put('a', 1);
    source.readMs = 100;
    const target = source.target('a', { pace: SLOW });
    const follower = follow(target);
    await until(
      () => source.reads.length,
      (length) => length === 1,
    );
    source.put('a', 2);
    for (let n = 0; n < 5; n += 1) hub.invalidate(target.key);
    await untilSeen(follower, 2);
    expect(follower.values()).toEqual([1, 2]);
    expect(source.reads).toEqual([['a'], ['a']]);
    // Later reads use the pace for an object that should have changed.
    expect(timers()).toBeGreaterThan(0);
  });

  it('an invalidation is followed by faster reads when it comes too early', async () => {
    source.put('a', 1);
    const target = source.target('a', { pace: SLOW, intervalAfterInvalidation: { ...SLOW, firstMs: 30 } });
    const follower = follow(target);
    await untilSeen(follower, 1);
    hub.invalidate(target.key);
    await until(
      () => source.reads.length,
      (length) => length === 2,
    );
    source.put('a', 2, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2]);
  });
});
