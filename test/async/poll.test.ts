import { expect, it } from '@jest/globals';
import { pause } from '../../src/async/pause.js';
import { poll } from '../../src/async/poll.js';
import { ShutdownError, ShutdownSignal, TimeoutError } from '../../src/async/shutdown-signal.js';

const FAST = { firstMs: 1, ceilingMs: 2 };
/** Returns a poll function that finds nothing, and records if it is the last call. */
const recordingLook = (looks: boolean[]) => async (isLast: boolean) => {
  looks.push(isLast);
  return null;
};
const never = new Promise<void>(() => {});

it('polling ends with the first result', async () => {
  let looks = 0;
  expect(await poll(async () => (++looks === 3 ? 'there' : null), 10_000, FAST)).toBe('there');
  expect(looks).toBe(3);
});

it('polling with a time limit of 0 makes one call and marks it as the last', async () => {
  const looks: boolean[] = [];
  expect(await poll(recordingLook(looks), 0, FAST)).toBeNull();
  expect(looks).toEqual([true]);
});

it('polling makes its last call after the time limit', async () => {
  const looks: boolean[] = [];
  await poll(recordingLook(looks), 200, FAST);
  expect(looks.length).toBeGreaterThan(2);
  expect(looks.indexOf(true)).toBe(looks.length - 1);
});

it('an error before a pause ends the polling', async () => {
  const stop = () => {
    throw new Error('stopped');
  };
  await expect(poll(async () => null, 10_000, FAST, stop)).rejects.toThrow('stopped');
});

it('a pause ends when its signal is aborted, even before it starts', async () => {
  const controller = new AbortController();
  const paused = pause(3_600_000, controller.signal);
  controller.abort();
  await paused;
  await pause(3_600_000, controller.signal);
});

it('a shutdown ends pauses and promises that wait for it', async () => {
  const shutdown = new ShutdownSignal();
  const waiting = [shutdown.pause(3_600_000), shutdown.withTimeout(never)];
  shutdown.abort();
  for (const each of waiting) await expect(each).rejects.toThrow(ShutdownError);
  await expect(shutdown.withTimeout(never)).rejects.toThrow(ShutdownError);
  await expect(shutdown.pause(0)).rejects.toThrow(ShutdownError);
});

it('a promise with a time limit returns its result in time, and a timeout otherwise', async () => {
  const shutdown = new ShutdownSignal();
  expect(await shutdown.withTimeout(Promise.resolve(1), 10_000)).toBe(1);
  await expect(shutdown.withTimeout(never, 5)).rejects.toThrow(TimeoutError);
});
