import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

describe('what is followed', () => {
  it('is shown as it is, then at each change until it has settled', async () => {
    shelf.put('a', 1);
    const follower = follow(shelf.subject('a'));
    await untilSeen(follower, 1);
    shelf.put('a', 2);
    await untilSeen(follower, 2);
    shelf.put('a', 3, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2, 3]);
    expect(hub.size).toBe(0);
  });

  it('is one sighting when it has settled before', async () => {
    shelf.put('a', 1, true);
    const follower = follow(shelf.subject('a'));
    await follower.ended;
    expect(follower.values()).toEqual([1]);
    expect(shelf.reads).toEqual([['a']]);
  });

  it('is null and nothing more where it is not, or is no more', async () => {
    shelf.put('b', 1);
    const [missing, removed] = [follow(shelf.subject('a')), follow(shelf.subject('b'))];
    await missing.ended;
    await untilSeen(removed, 1);
    shelf.things.delete('b');
    await removed.ended;
    expect(missing.values()).toEqual([null]);
    expect(removed.values()).toEqual([1, null]);
  });

  it('is not shown again as long as it does not change in what counts', async () => {
    shelf.put('a', 1);
    const follower = follow(shelf.subject('a', { changing: ({ value }) => Math.floor(value / 10) }));
    await untilSeen(follower, 1);
    shelf.put('a', 2);
    const reads = shelf.reads.length;
    await until(
      () => shelf.reads.length,
      (length) => length > reads + 3,
    );
    expect(follower.values()).toEqual([1]);
    shelf.put('a', 12, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 12]);
  });
});

describe('reads', () => {
  it('are made once for all who follow, whenever they came', async () => {
    shelf.put('a', 1);
    const followers = Array.from({ length: 50 }, () => follow(shelf.subject('a', { pace: SLOW })));
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    const late = follow(shelf.subject('a', { pace: SLOW }));
    await untilSeen(late, 1);
    expect(shelf.reads).toEqual([['a']]);
    expect(hub.size).toBe(1);
  });

  it('are made at once for those who come later than a second, one for all of them', async () => {
    shelf.put('a', 1);
    const subject = shelf.subject('a', { pace: SLOW });
    const early = follow(subject);
    await untilSeen(early, 1);
    shelf.put('a', 2);
    await pause(1_050);
    const late = Array.from({ length: 20 }, () => follow(subject));
    await Promise.all(late.map((follower) => untilSeen(follower, 1)));
    expect(late.map(({ values }) => values())).toEqual(late.map(() => [2]));
    expect(early.values()).toEqual([1, 2]);
    expect(shelf.reads).toEqual([['a'], ['a']]);
  });

  it('for newcomers are at most one in a second, and make the pauses no longer', async () => {
    shelf.put('a', 1);
    const growing = { ...SLOW, firstMs: 1_300, factor: 1_000 };
    const subject = shelf.subject('a', { pace: growing });
    await untilSeen(follow(subject), 1);
    const startedAt = performance.now();
    for (let n = 0; n < 23; n += 1) {
      await untilSeen(follow(subject), 1);
      await pause(100);
    }
    expect(shelf.reads.length).toBeGreaterThanOrEqual(3);
    const seconds = (performance.now() - startedAt) / 1_000;
    // The first one, one in each second, and that of the first pause.
    expect(shelf.reads.length).toBeLessThanOrEqual(2 + Math.floor(seconds));
    const made = shelf.reads.length;
    // The next one is that of the first pause.
    await until(
      () => shelf.reads.length,
      (length) => length > made,
    );
  });

  it('that are slow are followed by another one for who comes in the middle', async () => {
    shelf.put('a', 1);
    shelf.readMs = 1_200;
    const subject = shelf.subject('a', { pace: SLOW });
    follow(subject);
    await pause(1_100);
    shelf.put('a', 2);
    const late = follow(subject);
    await untilSeen(late, 2);
    expect(late.values()).toEqual([1, 2]);
    expect(shelf.reads).toEqual([['a'], ['a']]);
  });

  it('of one group are made together, of others apart', async () => {
    const other = new Shelf('other');
    for (const id of ['a', 'b', 'c']) {
      shelf.put(id, 1);
      other.put(id, 2);
    }
    const followers = [shelf, other].flatMap((one) =>
      ['a', 'b', 'c'].map((id) => follow(one.subject(id, { pace: SLOW }))),
    );
    await Promise.all(followers.map((follower) => untilSeen(follower, 1)));
    expect(followers.map(({ values }) => values()[0])).toEqual([1, 1, 1, 2, 2, 2]);
    expect([shelf.reads, other.reads]).toEqual([[['a', 'b', 'c']], [['a', 'b', 'c']]]);
  });

  it('are waited for by one who is not to start with the last', async () => {
    shelf.put('a', 1);
    const subject = shelf.subject('a', { startsWithLast: false });
    await untilSeen(follow(subject), 1);
    const before = shelf.endedReads;
    const late = follow(subject);
    await untilSeen(late, 1);
    expect(shelf.endedReads).toBeGreaterThan(before);
  });

  it('end with the last who follows, and nothing stays', async () => {
    const before = timers();
    shelf.put('a', 1);
    const [one, other] = [hub.watch(shelf.subject('a')), hub.watch(shelf.subject('a'))];
    await Promise.all([one.next(), other.next()]);
    expect(timers()).toBe(before + 1);
    await one.return();
    expect([hub.size, timers()]).toEqual([1, before + 1]);
    await other.return();
    expect([hub.size, timers()]).toEqual([0, before]);
    const reads = shelf.reads.length;
    shelf.put('b', 1);
    const another = follow(shelf.subject('b'));
    await until(
      () => shelf.reads.length,
      (length) => length > reads + 4,
    );
    expect(shelf.reads.slice(reads).flat()).not.toContain('a');
    expect(another.values()).toEqual([1]);
  });

  it('whose followers have left meanwhile lead to no others', async () => {
    shelf.put('a', 1);
    shelf.readMs = 50;
    const events = hub.watch(shelf.subject('a'));
    const first = events.next();
    await until(
      () => shelf.reads.length,
      (length) => length === 1,
    );
    await events.return();
    expect(await first).toEqual(END);
    const again = follow(shelf.subject('a', { pace: SLOW }));
    await untilSeen(again, 1);
    expect(shelf.reads).toEqual([['a'], ['a']]);
  });
});

describe('a nudge', () => {
  it('has its subject read at once, and nobody else', async () => {
    shelf.put('a', 1);
    shelf.put('b', 1);
    const [a, b] = ['a', 'b'].map((id) => follow(shelf.subject(id, { pace: SLOW })));
    if (!a || !b) throw new Error('two are followed');
    await untilSeen(b, 1);
    shelf.put('a', 2, true);
    hub.nudge(shelf.subject('a').key);
    hub.nudge('of nobody');
    await a.ended;
    expect(a.values()).toEqual([1, 2]);
    expect(shelf.reads).toEqual([['a', 'b'], ['a']]);
  });

  it('during a read leads to one more, however many there are', async () => {
    shelf.put('a', 1);
    shelf.readMs = 100;
    const subject = shelf.subject('a', { pace: SLOW });
    const follower = follow(subject);
    await until(
      () => shelf.reads.length,
      (length) => length === 1,
    );
    shelf.put('a', 2);
    for (let n = 0; n < 5; n += 1) hub.nudge(subject.key);
    await untilSeen(follower, 2);
    expect(follower.values()).toEqual([1, 2]);
    expect(shelf.reads).toEqual([['a'], ['a']]);
    // What comes after it is read at the pace for one that should have changed.
    expect(timers()).toBeGreaterThan(0);
  });

  it('that comes too early is made good by the pace after it', async () => {
    shelf.put('a', 1);
    const subject = shelf.subject('a', { pace: SLOW, paceAfterNudge: { ...SLOW, firstMs: 30 } });
    const follower = follow(subject);
    await untilSeen(follower, 1);
    hub.nudge(subject.key);
    await until(
      () => shelf.reads.length,
      (length) => length === 2,
    );
    shelf.put('a', 2, true);
    await follower.ended;
    expect(follower.values()).toEqual([1, 2]);
  });
});
