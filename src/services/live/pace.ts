import { type Backoff, backoffMs } from '../../async/backoff.js';

/** Pauses between reads of something that is followed. */
export interface Pace extends Backoff {
  /** Reads fall on multiples of this, in milliseconds, so that those at about the same time are one. */
  readonly gridMs: number;
}

const GRID = { factor: 1.5, jitter: 0.25, gridMs: 250 } as const;

/** A prompt renders for seconds to minutes. Its pauses are up to 15 s with jitter. */
export const PROMPT_PACE: Pace = { firstMs: 1_000, ceilingMs: 12_000, ...GRID };
/** A prompt whose end Astria reports to the gateway is read in case the report gets lost. */
export const AWAITED_PROMPT_PACE: Pace = { firstMs: 15_000, ceilingMs: 48_000, ...GRID };
/** A tune trains for many minutes. */
export const TUNE_PACE: Pace = { firstMs: 5_000, ceilingMs: 48_000, ...GRID };
/** A replication is read from the gateway's own record. */
export const REPLICATION_PACE: Pace = { firstMs: 250, ceilingMs: 250, gridMs: 1 };

export interface PaceQuestion {
  /** How many pauses there were. */
  readonly pauses: number;
  /** The time from which the pause counts, in milliseconds. */
  readonly now: number;
  /** A random number in [0, 1). Those that were read together get the same one, and so stay together. */
  readonly random: number;
}

/** Returns the time of the next read, and the time from which it can join a read of others. Pure. */
export function nextRead(pace: Pace, { pauses, now, random }: PaceQuestion): { from: number; due: number } {
  const due = now + backoffMs(pace, pauses + 1, random);
  return { from: now + backoffMs(pace, pauses + 1, 0), due: Math.ceil(due / pace.gridMs) * pace.gridMs };
}
