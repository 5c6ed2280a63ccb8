import { expect, it } from '@jest/globals';
import { FreshReads } from '../../../src/services/prompts/fresh-reads.js';

/** Reads that end when they are told to. */
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

it('who comes while a read is under way shares the next one', async () => {
  const reads = new FreshReads<number>();
  const { start, ends } = controlled();
  const first = reads.read('a', start);
  const [second, third] = [reads.read('a', start), reads.read('a', start)];
  expect(ends).toHaveLength(1);
  ends[0]?.(1);
  expect(await first).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  const fourth = reads.read('a', start);
  expect(ends).toHaveLength(2);
  ends[1]?.(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
  await new Promise((resolve) => setImmediate(resolve));
  ends[2]?.(3);
  expect(await fourth).toBe(3);
});

it('other keys have other reads, and a read that fails does not end the next', async () => {
  const reads = new FreshReads<number>();
  const { start, ends, fails } = controlled();
  const [first, second, other] = [reads.read('a', start), reads.read('a', start), reads.read('b', start)];
  expect(ends).toHaveLength(2);
  fails[0]?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  ends[1]?.(5);
  expect(await other).toBe(5);
  await new Promise((resolve) => setImmediate(resolve));
  ends[2]?.(6);
  expect(await second).toBe(6);
});
