import { expect, it } from '@jest/globals';
import { type Backoff, backoffMs } from '../../src/async/backoff.js';

const pauses = (backoff: Backoff, random: number) =>
  [1, 2, 3, 4].map((failures) => backoffMs(backoff, failures, random));

it('pauses double up to the ceiling', () => {
  expect(pauses({ firstMs: 100, ceilingMs: 350 }, 0)).toEqual([100, 200, 350, 350]);
});

it('pauses grow by the given factor', () => {
  expect(pauses({ firstMs: 100, ceilingMs: 1_000, factor: 1.5 }, 0)).toEqual([100, 150, 225, 338]);
});

it('jitter is added on top of the ceiling', () => {
  expect(pauses({ firstMs: 100, ceilingMs: 200, jitter: 0.25 }, 0.5)).toEqual([113, 225, 225, 225]);
});

it('a pause after very many failures is finite', () => {
  expect(backoffMs({ firstMs: 100, ceilingMs: 200 }, 100_000, 0)).toBe(200);
});
