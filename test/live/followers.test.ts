import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { LiveHub } from '../../src/services/live/hub.js';
import type { Subject } from '../../src/services/live/subject.js';
import { until } from '../support/gateway.js';
import { Shelf, SLOW, type Thing } from './shelf.js';
import { END, followThing, timers, untilSeen } from './sightings.js';

let hub: LiveHub;
let shelf: Shelf;
beforeEach(() => {
  hub = new LiveHub();
  shelf = new Shelf();
});
afterEach(() => hub.close());

const follow = (subject: Subject<Thing>) => followThing(hub, subject);

describe('one who follows', () => {
  it('slowly sees the newest only', async () => {
    shelf.put('a', 1);
    const subject = shelf.subject('a');
    const slow = hub.watch(subject);
    const quick = follow(subject);
    expect(await slow.next()).toMatchObject({ value: { value: 1 } });
    for (let value = 2; value <= 5; value += 1) {
      shelf.put('a', value);
      await untilSeen(quick, value);
    }
    expect(await slow.next()).toMatchObject({ value: { value: 5 } });
    shelf.put('a', 6, true);
    await quick.ended;
    expect(await slow.next()).toMatchObject({ value: { value: 6 } });
    expect(await slow.next()).toEqual(END);
  });

  it('can leave while waiting', async () => {
    shelf.put('a', 1);
    const events = hub.watch(shelf.subject('a', { pace: SLOW }));
    await events.next();
    const [one, other] = [events.next(), events.next()];
    expect(await events.return()).toEqual(END);
    expect(await Promise.all([one, other, events.next()])).toEqual([END, END, END]);
    expect(hub.size).toBe(0);
  });

  it('can leave with an error of its own, which comes back', async () => {
    shelf.put('a', 1);
    const events = hub.watch(shelf.subject('a', { pace: SLOW }));
    await events.next();
    await expect(events.throw(new Error('enough'))).rejects.toThrow('enough');
    expect(hub.size).toBe(0);
  });

  it('but has asked for nothing holds nothing', async () => {
    const events = hub.watch(shelf.subject('a'));
    expect(hub.size).toBe(0);
    await events.return();
    expect(await events.next()).toEqual(END);
    expect(shelf.reads).toEqual([]);
  });

  it('is told of the end when all is closed', async () => {
    for (const id of ['a', 'b']) shelf.put(id, 1);
    const before = timers();
    const followers = ['a', 'a', 'b'].map((id) => follow(shelf.subject(id, { pace: SLOW })));
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    hub.close();
    await Promise.all(followers.map(({ ended }) => ended));
    expect([hub.size, timers()]).toEqual([0, before]);
    expect(await hub.watch(shelf.subject('a')).next()).toEqual(END);
  });
});

describe('a read that fails', () => {
  const failure = (kind: UpstreamError['kind'], retryAfterMs?: number) =>
    new UpstreamError('astria', kind, 'in other words', retryAfterMs === undefined ? {} : { retryAfterMs });

  it.each(['UNAVAILABLE', 'UNAUTHENTICATED', 'RATE_LIMITED', 'BAD_RESPONSE'] as const)(
    'as %s is shown where it is the first, and is the end',
    async (kind) => {
      shelf.things.set('a', failure(kind));
      const follower = follow(shelf.subject('a'));
      await follower.ended;
      expect(follower.seen).toEqual([failure(kind)]);
      expect(hub.size).toBe(0);
    },
  );

  it('by throwing is shown and not thrown', async () => {
    const follower = follow(shelf.subject('a', { readAll: () => Promise.reject(new Error('a secret')) }));
    await follower.ended;
    expect(follower.seen).toEqual([new Error('a secret')]);
  });

  it('in between is not seen', async () => {
    shelf.put('a', 1);
    const follower = follow(shelf.subject('a'));
    await untilSeen(follower, 1);
    for (const kind of ['UNAVAILABLE', 'TIMEOUT', 'BAD_RESPONSE', 'RATE_LIMITED'] as const) {
      shelf.things.set('a', failure(kind));
      const reads = shelf.reads.length;
      await until(
        () => shelf.reads.length,
        (length) => length > reads + 1,
      );
    }
    shelf.put('a', 2, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2]);
  });

  it('for good is the end', async () => {
    shelf.put('a', 1);
    const follower = follow(shelf.subject('a'));
    await untilSeen(follower, 1);
    shelf.things.set('a', failure('UNAUTHENTICATED'));
    await follower.ended;
    expect(follower.seen.at(-1)).toEqual(failure('UNAUTHENTICATED'));
  });

  it('holds all that its account follows for as long as it is told to, and no other account', async () => {
    const other = new Shelf('other');
    for (const one of [shelf, other]) one.put('a', 1);
    shelf.put('b', 1);
    const elsewhere = { group: 'more things of main' };
    const followers = [
      follow(shelf.subject('a')),
      follow(shelf.subject('b', elsewhere)),
      follow(other.subject('a')),
    ];
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    shelf.things.set('a', failure('RATE_LIMITED', 400));
    await until(
      () => shelf.reads.length,
      (length) => length > 2,
    );
    await pause(60);
    const [reads, others] = [shelf.reads.length, other.reads.length];
    shelf.put('a', 2);
    hub.nudge(shelf.subject('a').key);
    await until(
      () => other.reads.length,
      (length) => length > others + 5,
    );
    expect(shelf.reads.length).toBe(reads);
    await until(
      () => shelf.reads.length,
      (length) => length > reads + 1,
    );
    expect(new Set(shelf.reads.slice(reads).flat())).toEqual(new Set(['a', 'b']));
  });

  it('holds no newcomer: what is known is shown, and else what a query would say', async () => {
    for (const id of ['known', 'limited']) shelf.put(id, 1);
    const pace = { ...SLOW, firstMs: 1_200 };
    const [known, limited] = ['known', 'limited'].map((id) => follow(shelf.subject(id, { pace })));
    if (!known || !limited) throw new Error('two are followed');
    await Promise.all([known, limited].map((follower) => untilSeen(follower, 1)));
    shelf.things.set('limited', failure('RATE_LIMITED', 60_000));
    await until(
      () => shelf.reads.length,
      (length) => length > 1,
    );
    await pause(1_100);
    const reads = shelf.reads.length;
    const late = [follow(shelf.subject('known', { pace })), follow(shelf.subject('limited', { pace }))];
    const others = [follow(shelf.subject('a')), follow(shelf.subject('b', { group: 'more things of main' }))];
    await Promise.all(late.map((follower) => untilSeen(follower, 1)));
    await Promise.all(others.map(({ ended }) => ended));
    expect(late.map(({ values }) => values())).toEqual([[1], [1]]);
    for (const { seen } of others) {
      expect(seen).toEqual([failure('RATE_LIMITED')]);
      const { retryAfterMs } = seen[0] instanceof UpstreamError ? seen[0] : { retryAfterMs: 0 };
      expect(retryAfterMs).toBeGreaterThan(50_000);
      expect(retryAfterMs).toBeLessThan(59_000);
    }
    expect([shelf.reads.length, hub.size]).toEqual([reads, 2]);
  });
});
