import { describe, expect, it } from '@jest/globals';
import {
  AWAITED_PROMPT_INTERVAL,
  nextRead,
  type PollInterval,
  PROMPT_INTERVAL,
  REPLICATION_INTERVAL,
  TUNE_INTERVAL,
} from '../../src/services/live/poll-interval.js';

const pauses = (pace: PollInterval, random: number) =>
  Array.from({ length: 9 }, (_, n) => nextRead(pace, { pauses: n, now: 0, random }).due);

describe('pauses between reads', () => {
  it.each([
    ['of a prompt', PROMPT_INTERVAL, [1000, 1500, 2250, 3500, 5250, 7750, 11500, 12000, 12000]],
    [
      'of an awaited prompt',
      AWAITED_PROMPT_INTERVAL,
      [15000, 22500, 33750, 48000, 48000, 48000, 48000, 48000, 48000],
    ],
    ['of a tune', TUNE_INTERVAL, [5000, 7500, 11250, 17000, 25500, 38000, 48000, 48000, 48000]],
    ['of a replication', REPLICATION_INTERVAL, [250, 250, 250, 250, 250, 250, 250, 250, 250]],
  ])('%s follow their schedule up to a ceiling', (_name, pace, expected) => {
    expect(pauses(pace, 0)).toEqual(expected);
  });

  it.each([
    ['a prompt', PROMPT_INTERVAL, 15_000],
    ['an awaited prompt', AWAITED_PROMPT_INTERVAL, 60_000],
    ['a tune', TUNE_INTERVAL, 60_000],
  ])(
    'the pauses between reads of %s are up to a quarter longer with jitter, and never exceed the ceiling',
    (_name, pace, ceiling) => {
      const [short, long] = [pauses(pace, 0), pauses(pace, 0.999)];
      for (const [n, pause] of long.entries()) {
        expect(pause).toBeGreaterThan(short[n] ?? 0);
        expect(pause).toBeLessThanOrEqual((short[n] ?? 0) * 1.25 + pace.gridMs);
        expect(pause).toBeLessThanOrEqual(ceiling);
      }
      expect(long.at(-1)).toBe(ceiling);
    },
  );

  it('the pauses between reads end on a grid, so that reads at about the same time coincide', () => {
    const dues = [10_001, 10_100, 10_249].map(
      (now) => nextRead(PROMPT_INTERVAL, { pauses: 0, now, random: 0 }).due,
    );
    expect(dues).toEqual([11_250, 11_250, 11_250]);
  });

  it('the pauses between reads allow a read to join others before it is due, but not before its pause has ended', () => {
    const { from, due } = nextRead(PROMPT_INTERVAL, { pauses: 1, now: 10_010, random: 0.5 });
    expect(from).toBe(11_510);
    expect(due).toBe(11_750);
  });

  it('the pauses between reads continue after 100 000 reads', () => {
    expect(nextRead(PROMPT_INTERVAL, { pauses: 100_000, now: 0, random: 0 }).due).toBe(12_000);
  });
});
