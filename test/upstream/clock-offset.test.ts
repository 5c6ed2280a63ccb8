import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClockOffset } from '../../src/upstream/clock-offset.js';

/** A whole second, when both clocks of the test were at 0. */
const START = 1_800_000_000_000;
let now = 0;
let offset: ClockOffset;
beforeEach(() => {
  now = 0;
  offset = new ClockOffset(
    () => START + now,
    () => now,
  );
});

/** Receives a response 20 ms after its request, from an upstream whose clock is `ahead`. */
function receive(at: number, ahead = 0): void {
  now = at;
  offset.add(new Date(START + at - 10 + ahead).toUTCString(), at - 20);
}

it('is not known before a response, nor from a date that cannot be read', () => {
  offset.add('soon', 0);
  expect([offset.leastMs, offset.likelyMs]).toEqual([null, null]);
});

describe('the least offset', () => {
  it.each([
    ['one response', [900], -902],
    ['the best of several', [900, 1_250, 2_010], -12],
    ['the best of the minute before', [10, 59_900, 60_900], -12],
  ])('is up to a second too small, by %s', (_name, times, expected) => {
    for (const at of times) receive(at);
    expect(offset.leastMs).toBe(expected);
  });

  it('forgets what is older than two minutes, so that a clock that was set back counts', () => {
    receive(10);
    receive(125_900, -60_000);
    expect(offset.leastMs).toBe(-60_902);
  });
});

describe('the likely offset', () => {
  it.each([
    ['zero for clocks that may be equal', 0, [900], -2],
    ['the least of a clock that is ahead', 5_000, [900], 4_098],
    ['the most of a clock that is behind', -5_000, [900], -4_882],
    ['close to that of a clock that is a little behind, after several', -400, [900, 1_390, 1_430], -372],
  ])('is %s', (_name, ahead, times, expected) => {
    for (const at of times) receive(at, ahead);
    expect(offset.likelyMs).toBe(expected);
  });
});
