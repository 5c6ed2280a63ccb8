import http from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import {
  AdmissionQueue,
  acquireSlot,
  LONG_TURN_MS,
  MANY_RUNNING,
  OVERLOAD,
  type OverloadLimits,
  type Slot,
  START_MS,
  STARTS_AT_ONCE,
} from '../../src/http/limits/load-shedder.js';
import { until } from '../support/gateway.js';

/** Uses up the starts of this turn of the event loop, and frees the slots again. */
function useUpTurn(queue: AdmissionQueue): void {
  for (let n = 0; n < STARTS_AT_ONCE; n += 1) {
    const slot = queue.acquire(true);
    expect(slot.isAdmitted).toBe(true);
    slot.release();
  }
}

/** Records in order which operations a queue starts or refuses. */
class Journal {
  now = 0;
  readonly queue: AdmissionQueue;
  readonly entries: string[] = [];
  readonly #slots = new Map<string, Slot>();
  readonly #operationMs: number;
  readonly #endsImmediately: (name: string) => boolean;

  /** @param operationMs Time that each operation takes when it starts. */
  constructor(
    limits: Partial<OverloadLimits> = {},
    operationMs = START_MS,
    endsImmediately: (name: string) => boolean = () => false,
  ) {
    this.#operationMs = operationMs;
    this.#endsImmediately = endsImmediately;
    this.queue = new AdmissionQueue({ ...OVERLOAD, ...limits }, () => this.now);
  }

  arrive(name: string, { isRead = true } = {}): void {
    const decided = (isAdmitted: boolean) => {
      this.entries.push(isAdmitted ? `${name} starts` : `${name} is refused`);
      if (!isAdmitted) return;
      this.now += this.#operationMs;
      if (this.#endsImmediately(name)) this.release(name);
    };
    const slot = this.queue.acquire(isRead);
    this.#slots.set(name, slot);
    const { isAdmitted } = slot;
    if (typeof isAdmitted === 'boolean') decided(isAdmitted);
    else void isAdmitted.then(decided);
  }

  release(name: string): void {
    this.#slots.get(name)?.release();
  }

  /** Returns all entries once the queue has decided on `count` operations. */
  whenDecided(count: number): Promise<readonly string[]> {
    return until(
      () => this.entries,
      ({ length }) => length >= count,
    );
  }
}

describe('admission queue', () => {
  it('the admission queue starts a few operations immediately, and a few in each turn of the event loop after that, oldest first', async () => {
    const journal = new Journal();
    const names = Array.from({ length: 3 * STARTS_AT_ONCE }, (_, n) => `operation ${n}`);
    for (const [n, name] of names.entries()) journal.arrive(name, { isRead: n % 3 > 0 });
    const order = names.map((name) => `${name} starts`);
    expect(journal.entries).toEqual(order.slice(0, STARTS_AT_ONCE));
    await nextTurn();
    expect(journal.entries).toEqual(order.slice(0, 2 * STARTS_AT_ONCE));
    await nextTurn();
    expect(journal.entries).toEqual(order);
    await nextTurn();
    journal.arrive('next');
    expect(journal.entries).toEqual([...order, 'next starts']);
  });

  it('the admission queue starts more operations in a turn when they are quick', async () => {
    const journal = new Journal({}, START_MS / (STARTS_AT_ONCE + 1));
    useUpTurn(journal.queue);
    for (let n = 0; n < 4 * STARTS_AT_ONCE; n += 1) journal.arrive(`operation ${n}`);
    await nextTurn();
    expect(journal.entries).toHaveLength(2 * STARTS_AT_ONCE);
    await nextTurn();
    expect(journal.entries).toHaveLength(4 * STARTS_AT_ONCE);
  });

  it('the admission queue gives starts as much time as everything else in the turn takes', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    for (let n = 0; n < 8 * STARTS_AT_ONCE; n += 1) journal.arrive(`operation ${n}`);
    journal.now += (2 * STARTS_AT_ONCE + 1) * START_MS;
    await nextTurn();
    expect(journal.entries).toHaveLength(3 * STARTS_AT_ONCE);
    await nextTurn();
    expect(journal.entries).toHaveLength(4 * STARTS_AT_ONCE);
  });

  it('the admission queue starts only a few operations in a turn when many run already', async () => {
    const journal = new Journal({}, 0);
    const names = Array.from({ length: MANY_RUNNING + 8 * STARTS_AT_ONCE }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    await nextTurn();
    expect(journal.entries).toHaveLength(MANY_RUNNING + STARTS_AT_ONCE);
    await nextTurn();
    expect(journal.entries).toHaveLength(MANY_RUNNING + 3 * STARTS_AT_ONCE);
    journal.now += LONG_TURN_MS + 1;
    journal.arrive('next');
    await Promise.resolve();
    expect(journal.entries).toHaveLength(MANY_RUNNING + 3 * STARTS_AT_ONCE);
    for (const name of names.slice(0, MANY_RUNNING)) journal.release(name);
    expect(await journal.whenDecided(names.length + 1)).toContain('next starts');
  });

  it('the admission queue starts all operations that end immediately, however many others run', async () => {
    const journal = new Journal({}, 0, (name) => name.startsWith('short'));
    for (let n = 0; n < MANY_RUNNING + STARTS_AT_ONCE; n += 1) journal.arrive(`long ${n}`);
    await nextTurn();
    for (let n = 0; n < 200; n += 1) journal.arrive(`short ${n}`);
    await nextTurn();
    expect(journal.entries).toHaveLength(MANY_RUNNING + STARTS_AT_ONCE + 200);
  });

  it('the admission queue starts operations in a turn that does not end', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    const names = Array.from({ length: STARTS_AT_ONCE }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    journal.now += LONG_TURN_MS;
    journal.arrive('next');
    await Promise.resolve();
    expect(journal.entries).toEqual([]);
    journal.now += 1;
    journal.arrive('last');
    await Promise.resolve();
    expect(journal.entries).toEqual(names.map((name) => `${name} starts`));
    expect((await journal.whenDecided(names.length + 2)).slice(-2)).toEqual(['next starts', 'last starts']);
  });

  it('the admission queue keeps the order when operations start in a turn that does not end', async () => {
    const journal = new Journal({ maxOperations: STARTS_AT_ONCE, reservedForWrites: 0 });
    useUpTurn(journal.queue);
    for (const name of ['a', 'b', 'c']) journal.arrive(name);
    journal.now += LONG_TURN_MS + 1;
    journal.arrive('d');
    journal.arrive('refused');
    await Promise.resolve();
    expect(journal.entries).toEqual([
      'refused is refused',
      ...['a', 'b', 'c', 'd'].map((name) => `${name} starts`),
    ]);
  });

  it('the admission queue takes one turn per turn of the event loop, even if one began early', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    for (let n = 0; n < 3 * STARTS_AT_ONCE; n += 1) journal.arrive(`operation ${n}`);
    journal.now += LONG_TURN_MS + 1;
    journal.arrive('last');
    await Promise.resolve();
    expect(journal.entries).toHaveLength(STARTS_AT_ONCE);
    journal.now += LONG_TURN_MS;
    await nextTurn();
    expect(journal.entries).toHaveLength(2 * STARTS_AT_ONCE);
  });

  it('the admission queue keeps the order of operations that arrive while others wait', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    const names = Array.from({ length: STARTS_AT_ONCE + 2 }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    await nextTurn();
    journal.arrive('last');
    expect(await journal.whenDecided(names.length + 1)).toEqual(
      [...names, 'last'].map((name) => `${name} starts`),
    );
  });

  it('the admission queue serves 512 clients that arrive at the same moment', async () => {
    const journal = new Journal();
    for (let n = 0; n < 512; n += 1) journal.arrive(`operation ${n}`);
    const expected = Array.from({ length: 512 }, (_, n) => `operation ${n} starts`);
    expect(await journal.whenDecided(512)).toEqual(expected);
  });

  it('the admission queue does not count how long operations run', async () => {
    const journal = new Journal();
    for (let n = 0; n < 100; n += 1) {
      journal.arrive(`operation ${n}`);
      await nextTurn();
      journal.now += OVERLOAD.maxQueueDelayMs;
    }
    expect(journal.entries.filter((entry) => entry.endsWith('is refused'))).toEqual([]);
  });

  it('the admission queue refuses reads immediately when too many operations wait, and accepts them again as soon as one has ended', async () => {
    const journal = new Journal({ maxOperations: STARTS_AT_ONCE + 2, reservedForWrites: 2 });
    useUpTurn(journal.queue);
    const waiting = Array.from({ length: STARTS_AT_ONCE }, (_, n) => `operation ${n}`);
    for (const name of waiting) journal.arrive(name);
    journal.arrive('refused');
    journal.arrive('mutation', { isRead: false });
    expect(journal.entries).toEqual(['refused is refused']);
    await nextTurn();
    journal.release('operation 0');
    journal.release('operation 1');
    journal.arrive('next');
    expect((await journal.whenDecided(waiting.length + 3)).slice(1)).toEqual(
      [...waiting, 'mutation', 'next'].map((name) => `${name} starts`),
    );
  });

  it('the admission queue refuses reads before mutations when too many operations run', async () => {
    const journal = new Journal({ maxOperations: 3, reservedForWrites: 1 });
    for (const name of ['a', 'b', 'c']) journal.arrive(name);
    journal.arrive('mutation', { isRead: false });
    journal.arrive('other mutation', { isRead: false });
    expect(await journal.whenDecided(5)).toEqual([
      'a starts',
      'b starts',
      'c is refused',
      'mutation starts',
      'other mutation is refused',
    ]);
  });

  it('the admission queue refuses operations that have waited too long, and starts the next ones in the same turn', async () => {
    const journal = new Journal();
    useUpTurn(journal.queue);
    for (let n = 0; n < STARTS_AT_ONCE; n += 1) journal.arrive(`late ${n}`, { isRead: n % 2 > 0 });
    journal.now = 1;
    journal.arrive('in time');
    journal.now = OVERLOAD.maxQueueDelayMs + 1;
    await nextTurn();
    expect(journal.entries).toEqual([
      ...Array.from({ length: STARTS_AT_ONCE }, (_, n) => `late ${n} is refused`),
      'in time starts',
    ]);
  });

  it('the admission queue frees the slot of a running operation only once', () => {
    const journal = new Journal({ maxOperations: 2, reservedForWrites: 0 });
    journal.arrive('a');
    journal.arrive('b');
    journal.release('a');
    journal.release('a');
    journal.arrive('c');
    journal.arrive('d');
    expect(journal.entries).toEqual(['a starts', 'b starts', 'c starts', 'd is refused']);
  });

  it('the admission queue starts the next operation in place of one that was released while it waited', async () => {
    const journal = new Journal({ maxOperations: STARTS_AT_ONCE + 1, reservedForWrites: 0 });
    useUpTurn(journal.queue);
    const names = Array.from({ length: STARTS_AT_ONCE + 1 }, (_, n) => `operation ${n}`);
    for (const name of names) journal.arrive(name);
    journal.release('operation 1');
    journal.arrive('last');
    await nextTurn();
    const started = names.filter((name) => name !== 'operation 1').map((name) => `${name} starts`);
    expect(journal.entries).toEqual(['operation 1 is refused', ...started]);
    expect(await journal.whenDecided(STARTS_AT_ONCE + 2)).toContain('last starts');
  });
});

it('the admission queue holds no reference to clients that disconnected while they waited', async () => {
  const queue = new AdmissionQueue(OVERLOAD);
  useUpTurn(queue);
  const slot = new WeakRef(queue.acquire(true));
  slot.deref()?.release();
  await nextTurn();
  setFlagsFromString('--expose-gc');
  await until(
    () => {
      runInNewContext('gc')();
      return slot.deref();
    },
    (found) => found === undefined,
  );
});

describe('slot of a response', () => {
  const newResponse = () => new http.ServerResponse(new http.IncomingMessage(Object.create(null)));
  const newQueue = () => new AdmissionQueue({ ...OVERLOAD, maxOperations: 1, reservedForWrites: 0 });

  it('the slot of a response is free again when the response has closed', async () => {
    const queue = newQueue();
    const response = newResponse();
    await acquireSlot(queue, response, true);
    await expect(acquireSlot(queue, newResponse(), true)).rejects.toMatchObject({
      statusCode: 503,
      code: 'OVERLOADED',
    });
    response.emit('close');
    await expect(acquireSlot(queue, newResponse(), true)).resolves.toMatchObject({ isAdmitted: true });
  });

  it('the slot of a response is not taken for a client that disconnected while its body was read', async () => {
    const queue = newQueue();
    for (let n = 0; n < 3; n += 1) await acquireSlot(queue, newResponse().destroy(), true);
    expect(queue.acquire(true).isAdmitted).toBe(true);
  });

  it('the slot of a response is not taken for a client that disconnects while it waits, and no other client is refused for it', async () => {
    const queue = new AdmissionQueue({ ...OVERLOAD, maxOperations: 2, reservedForWrites: 0 });
    const waiting = newResponse();
    await acquireSlot(queue, newResponse(), true);
    await nextTurn();
    useUpTurn(queue);
    const acquired = acquireSlot(queue, waiting, true);
    waiting.destroy().emit('close');
    expect(queue.acquire(true).isAdmitted).not.toBe(false);
    await expect(acquired).resolves.toBeNull();
  });
});
