import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { TaskGroup } from '../../../src/async/task-group.js';
import { StoreError } from '../../../src/domain/store-error.js';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import {
  IdempotencyService,
  keyedRequest,
  type Operation,
  type Outcome,
} from '../../../src/services/idempotency/idempotency.js';
import type { IdempotencyStore } from '../../../src/storage/idempotency-store.js';
import { describeStorage } from '../../support/describe-storage.js';
import { until } from '../../support/gateway.js';

const REQUEST = keyedRequest('me', 'key', ['a']);

let isBroken: boolean;
afterEach(() => {
  isBroken = false;
});
const storage = describeStorage();
let idempotency: IdempotencyService<string>;
beforeEach(() => {
  isBroken = false;
  idempotency = new IdempotencyService(breakable(storage.idempotency), new TaskGroup());
});

/** Wraps a store so that its disk can be full. */
function breakable(store: IdempotencyStore): IdempotencyStore {
  const guard = async <R>(use: () => Promise<R>): Promise<R> => {
    if (isBroken) throw new StoreError('the disk is full');
    return use();
  };
  return {
    async acquire(request) {
      const state = await guard(() => store.acquire(request));
      if (state.type !== 'ACQUIRED') return state;
      const { key } = state;
      return {
        type: 'ACQUIRED',
        key: {
          checkpoint: key.checkpoint,
          saveCheckpoint: (checkpoint) => guard(() => key.saveCheckpoint(checkpoint)),
          finish: (result) => guard(() => key.finish(result)),
          suspend: () => guard(() => key.suspend()),
          forget: () => guard(() => key.forget()),
        },
      };
    },
  };
}

/** Creates an operation with a given outcome. `calls` records its steps. */
function working(calls: string[], outcome: Outcome, end: () => void = () => {}): Operation<string> {
  return {
    async execute(saveCheckpoint) {
      await saveCheckpoint('note');
      calls.push('executed');
      end();
      return { response: 'first', outcome };
    },
    async resume(checkpoint) {
      calls.push(`resumed from ${checkpoint}`);
      return { response: 'found', outcome: { result: 'r' } };
    },
    async replay(result) {
      calls.push(`replayed ${result}`);
      return 'again';
    },
    reject: ({ code }) => code,
  };
}

it.each<[string, Outcome, string, string]>([
  ['a result', { result: 'r' }, 'replayed r', 'again'],
  ['an outcome without an effect', 'NO_EFFECT', 'executed', 'first'],
  ['an unknown outcome', 'UNKNOWN', 'resumed from note', 'found'],
])(
  '%s that cannot be stored is stored later, for other processes too',
  async (_what, outcome, next, response) => {
    const calls: string[] = [];
    const full = working(calls, outcome, () => {
      isBroken = true;
    });
    expect(await idempotency.run(REQUEST, full)).toBe('first');
    await expect(idempotency.run(REQUEST, working(calls, outcome))).rejects.toThrow('full');
    expect(calls).toEqual(['executed']);
    isBroken = false;
    const elsewhere = storage.open();
    const other = new IdempotencyService<string>(elsewhere.idempotency, new TaskGroup());
    expect(await other.run(REQUEST, working(calls, outcome))).toBe(response);
    expect(calls).toEqual(['executed', next]);
    await elsewhere.close();
  },
);

it('a waiting request takes over when the client of the first request disconnects', async () => {
  const calls: string[] = [];
  let hangUp = () => {};
  const leaving: Operation<string> = {
    ...working(calls, 'NO_EFFECT'),
    execute: () =>
      new Promise((_resolve, reject) => {
        hangUp = () => reject(new UpstreamError('portkey', 'CANCELLED', 'gone'));
      }),
  };
  const first = idempotency.run(REQUEST, leaving);
  const second = idempotency.run(REQUEST, working(calls, { result: 'r' }));
  await until(
    () => String(hangUp).includes('reject'),
    (isThere) => isThere,
  );
  hangUp();
  await expect(first).rejects.toThrow('gone');
  expect(await second).toBe('first');
});

it('after close, a request does not wait for another process, and work of this process finishes', async () => {
  const elsewhere = storage.open();
  try {
    const calls: string[] = [];
    let end: (() => void) | null = null;
    const slow: Operation<string> = {
      ...working(calls, { result: 'r' }),
      async execute(saveCheckpoint) {
        await saveCheckpoint('note');
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        return { response: 'first', outcome: { result: 'r' } };
      },
    };
    const first = idempotency.run(REQUEST, slow);
    await until(
      () => end,
      (isBegun) => isBegun !== null,
    );
    const other = new IdempotencyService<string>(elsewhere.idempotency, new TaskGroup());
    const again = () => other.run(REQUEST, working(calls, 'NO_EFFECT'));
    const waiting = again();
    await pause(100);
    other.close();
    await expect(waiting).rejects.toThrow(StoreError);
    await expect(again()).rejects.toThrow('with the same key');
    idempotency.close();
    Object(end)();
    expect(await first).toBe('first');
    expect(await again()).toBe('again');
    expect(calls).toEqual(['replayed r']);
  } finally {
    await elsewhere.close();
  }
});

it('a key with other arguments is rejected during the request and afterwards', async () => {
  const calls: string[] = [];
  const other = keyedRequest('me', 'key', ['b']);
  const work = working(calls, { result: 'r' });
  const both = await Promise.all([idempotency.run(REQUEST, work), idempotency.run(other, work)]);
  expect(both).toEqual(['first', 'CONFLICT']);
  expect(await idempotency.run(other, work)).toBe('CONFLICT');
});

it.each([
  ['differ only in the order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ['differ in the order of a list', [1, 2], [2, 1], false],
  ['differ in a null and an omitted field', { a: null }, {}, false],
  ['differ in a lone surrogate', '\ud800', '\ud801', false],
])('requests that %s have the same key input: %j, %j, %s', (_what, one, two, matchesCreate) => {
  expect(keyedRequest('me', 'k', one).input === keyedRequest('me', 'k', two).input).toBe(matchesCreate);
});
