import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { EmbeddedBackplane } from '../../../src/backplane/embedded/embedded-backplane.js';
import type { IdempotencyStore } from '../../../src/backplane/idempotency-store.js';
import { StoreError } from '../../../src/domain/store-error.js';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import { keyedRequest, Once, type Outcome, type Work } from '../../../src/services/idempotency/once.js';
import { until } from '../../support/gateway.js';
import { silentLog, temporaryFolder } from '../../support/store.js';

const REQUEST = keyedRequest('me', 'key', ['a']);

let disk: ReturnType<typeof temporaryFolder>;
let backplane: EmbeddedBackplane;
let isBroken: boolean;
let once: Once<string>;
beforeEach(() => {
  disk = temporaryFolder();
  backplane = new EmbeddedBackplane(disk.folder, silentLog);
  isBroken = false;
  once = new Once(breakable(backplane.idempotency));
});
afterEach(async () => {
  isBroken = false;
  await backplane.close();
  disk.remove();
});

/** A store on a disk that can be full. */
function breakable(store: IdempotencyStore): IdempotencyStore {
  const guard = async <R>(use: () => Promise<R>): Promise<R> => {
    if (isBroken) throw new StoreError('the disk is full');
    return use();
  };
  return {
    take: (request) => guard(() => store.take(request)),
    begin: (request, begun) => guard(() => store.begin(request, begun)),
    finish: (request, result) => guard(() => store.finish(request, result)),
    suspend: (request) => guard(() => store.suspend(request)),
    forget: (request) => guard(() => store.forget(request)),
  };
}

/** Work that ends as told; `calls` says what was done. */
function working(calls: string[], outcome: Outcome, end: () => void = () => {}): Work<string> {
  return {
    async carryOut(begin) {
      await begin('note');
      calls.push('carried out');
      end();
      return { answer: 'first', outcome };
    },
    async goOn(begun) {
      calls.push(`gone on from ${begun}`);
      return { answer: 'found', outcome: { result: 'r' } };
    },
    async recall(result) {
      calls.push(`recalled ${result}`);
      return 'again';
    },
    refuse: ({ code }) => code,
  };
}

it.each<[string, Outcome, string, string]>([
  ['a result', { result: 'r' }, 'recalled r', 'again'],
  ['nothing', 'NOTHING', 'carried out', 'first'],
  ['an unknown outcome', 'UNKNOWN', 'gone on from note', 'found'],
])(
  '%s that cannot be written down is written down later, for other processes too',
  async (_what, outcome, next, answer) => {
    const calls: string[] = [];
    const full = working(calls, outcome, () => {
      isBroken = true;
    });
    expect(await once.run(REQUEST, full)).toBe('first');
    await expect(once.run(REQUEST, working(calls, outcome))).rejects.toThrow('full');
    expect(calls).toEqual(['carried out']);
    isBroken = false;
    const elsewhere = new EmbeddedBackplane(disk.folder, silentLog);
    const other = new Once<string>(elsewhere.idempotency);
    expect(await other.run(REQUEST, working(calls, outcome))).toBe(answer);
    expect(calls).toEqual(['carried out', next]);
    await elsewhere.close();
  },
);

it('who waits for one whose client has hung up takes over', async () => {
  const calls: string[] = [];
  let hangUp = () => {};
  const leaving: Work<string> = {
    ...working(calls, 'NOTHING'),
    carryOut: () =>
      new Promise((_resolve, reject) => {
        hangUp = () => reject(new UpstreamError('portkey', 'CANCELLED', 'gone'));
      }),
  };
  const first = once.run(REQUEST, leaving);
  const second = once.run(REQUEST, working(calls, { result: 'r' }));
  await until(
    () => String(hangUp).includes('reject'),
    (isThere) => isThere,
  );
  hangUp();
  await expect(first).rejects.toThrow('gone');
  expect(await second).toBe('first');
});

it('after close a request does not wait for another process, and work of this process is carried out', async () => {
  const elsewhere = new EmbeddedBackplane(disk.folder, silentLog);
  try {
    const calls: string[] = [];
    let end: (() => void) | null = null;
    const slow: Work<string> = {
      ...working(calls, { result: 'r' }),
      async carryOut(begin) {
        await begin('note');
        await new Promise<void>((resolve) => {
          end = resolve;
        });
        return { answer: 'first', outcome: { result: 'r' } };
      },
    };
    const first = once.run(REQUEST, slow);
    await until(
      () => end,
      (isBegun) => isBegun !== null,
    );
    const other = new Once<string>(elsewhere.idempotency);
    const again = () => other.run(REQUEST, working(calls, 'NOTHING'));
    const waiting = again();
    await pause(100);
    other.close();
    await expect(waiting).rejects.toThrow(StoreError);
    await expect(again()).rejects.toThrow('with the same key');
    once.close();
    Object(end)();
    expect(await first).toBe('first');
    expect(await again()).toBe('again');
    expect(calls).toEqual(['recalled r']);
  } finally {
    await elsewhere.close();
  }
});

it('other arguments are refused, meanwhile and afterwards', async () => {
  const calls: string[] = [];
  const other = keyedRequest('me', 'key', ['b']);
  const work = working(calls, { result: 'r' });
  const both = await Promise.all([once.run(REQUEST, work), once.run(other, work)]);
  expect(both).toEqual(['first', 'CONFLICT']);
  expect(await once.run(other, work)).toBe('CONFLICT');
});

it.each([
  ['the order of fields', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
  ['the order of a list', [1, 2], [2, 1], false],
  ['null and left out', { a: null }, {}, false],
  ['halves of characters', '\ud800', '\ud801', false],
])('%s tells requests apart, or not', (_what, one, two, isSame) => {
  expect(keyedRequest('me', 'k', one).input === keyedRequest('me', 'k', two).input).toBe(isSame);
});
