import { expect, it } from '@jest/globals';
import { keyedLimit } from '../../src/async/keyed-limit.js';

it('each key has its own limit, and a failure frees its slot', async () => {
  const limit = keyedLimit(2);
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const work = (key: string, fails: boolean) =>
    limit(key, async () => {
      const now = (running.get(key) ?? 0) + 1;
      running.set(key, now);
      most.set(key, Math.max(most.get(key) ?? 0, now));
      await new Promise((resolve) => setImmediate(resolve));
      running.set(key, now - 1);
      if (fails) throw new Error('broken');
    });
  const results = await Promise.allSettled(
    ['a', 'b', 'a', 'b', 'a', 'b', 'a'].map((key, index) => work(key, index % 2 === 0)),
  );
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(4);
  expect(Object.fromEntries(most)).toEqual({ a: 2, b: 2 });
  await work('a', false);
});
