import { beforeEach, describe, expect, it } from '@jest/globals';
import { ClockOffset } from '../../src/upstream/clock-offset.js';

/** Whole second at which both clocks of the test start. */
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

it('the clock offset is unknown before a response and after an invalid date', () => {
  offset.add('soon', 0);
  expect([offset.leastMs, offset.likelyMs]).toEqual([null, null]);
});

describe('least offset', () => {
  it.each([
    ['for one response', [900], -902],
    ['for the best of several responses', [900, 1_250, 2_010], -12],
    ['for the best response of the previous minute', [10, 59_900, 60_900], -12],
  ])('the least offset is at most a second too small %s', (_name, times, expected) => {
    for (const at of times) receive(at);
    expect(offset.leastMs).toBe(expected);
  });

  it('the least offset forgets responses after two minutes, so that it notices a clock that is set back', () => {
    receive(10);
    receive(125_900, -60_000);
    expect(offset.leastMs).toBe(-60_902);
  });
});

describe('the likely offset', () => {
  it.each([
    ['is about zero for clocks that may be equal', 0, [900], -2],
    ['is the minimum for a clock that is ahead', 5_000, [900], 4_098],
    ['is the maximum for a clock that is behind', -5_000, [900], -4_882],
    [
      'is nearly exact for a clock that is slightly behind, after several responses',
      -400,
      [900, 1_390, 1_430],
      -372,
    ],
  ])('%s', (_name, ahead, times, expected) => {
    for (const at of times) receive(at, ahead);
    expect(offset.likelyMs).toBe(expected);
  });
});
