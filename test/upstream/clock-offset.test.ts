import { beforeEach, expect, it } from '@jest/globals';
import { ClockOffset } from '../../src/upstream/clock-offset.js';

/** A clock that the test sets; the wall clock of this machine is at its start. */
let now = 0;
let wallClock = 0;
let offset = new ClockOffset();
beforeEach(() => {
  now = 0;
  wallClock = Date.now();
  offset = new ClockOffset(() => now);
});

/** Receives a response `at` a time, from an upstream whose clock is `ahead`. */
function receive(at: number, ahead: number): void {
  now = at;
  offset.add(new Date(Math.ceil(wallClock / 1000) * 1000 + at + ahead).toUTCString());
}

/** How far the offset is from that of a whole second, whatever part of a second this test began in. */
const measured = () => {
  const here = Number(offset.ms) - now + Date.now();
  return here - Math.ceil(wallClock / 1000) * 1000;
};

it('is not known before a response, nor from a date that cannot be read', () => {
  expect(offset.ms).toBeNull();
  offset.add('soon');
  expect(offset.ms).toBeNull();
});

it.each([
  ['one response', [900], -900],
  ['the best of several', [900, 1_250, 2_010], -10],
  ['the best of the minute before', [10, 59_900, 60_900], -10],
])('is a second too small at most, by %s', (_name, times, expected) => {
  for (const at of times) receive(at, 0);
  expect(measured()).toBeGreaterThanOrEqual(expected - 4);
  expect(measured()).toBeLessThanOrEqual(expected);
});

it('forgets what is older than two minutes, so that a clock that was set back counts', () => {
  receive(0, 0);
  receive(125_900, -60_000);
  expect(measured()).toBeLessThanOrEqual(-60_900);
});
