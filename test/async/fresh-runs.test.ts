import { expect, it } from '@jest/globals';
import { FreshRuns } from '../../src/async/fresh-runs.js';

/** Work that the test ends. */
function controlled() {
  const ends: ((value: number) => void)[] = [];
  const fails: ((error: Error) => void)[] = [];
  const start = () =>
    new Promise<number>((resolve, reject) => {
      ends.push(resolve);
      fails.push(reject);
    });
  return { start, ends, fails };
}

it('callers that arrive during a run share the next one', async () => {
  const runs = new FreshRuns<number>();
  const { start, ends } = controlled();
  const first = runs.run('a', start);
  const [second, third] = [runs.run('a', start), runs.run('a', start)];
  expect(ends).toHaveLength(1);
  ends[0]?.(1);
  expect(await first).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  const fourth = runs.run('a', start);
  expect(ends).toHaveLength(2);
  ends[1]?.(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await new Promise((resolve) => setImmediate(resolve));
  ends[2]?.(3);
  expect(await fourth).toBe(3);
});

it('other keys have other runs, and a run that fails does not end the next', async () => {
  const runs = new FreshRuns<number>();
  const { start, ends, fails } = controlled();
  const [first, second, other] = [runs.run('a', start), runs.run('a', start), runs.run('b', start)];
  expect(ends).toHaveLength(2);
  fails[0]?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  ends[1]?.(5);
  expect(await other).toBe(5);
  await new Promise((resolve) => setImmediate(resolve));
  ends[2]?.(6);
  expect(await second).toBe(6);
});
