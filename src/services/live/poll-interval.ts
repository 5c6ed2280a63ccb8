import { type Backoff, backoffMs } from '../../async/backoff.js';

/** Pauses between polls of a target. */
export interface PollInterval extends Backoff {
  /** Reads are aligned to multiples of this, in milliseconds, so that reads at about the same time coincide. */
  readonly gridMs: number;
}

const GRID = { factor: 1.5, jitter: 0.25, gridMs: 250 } as const;

/** For prompts, which render for seconds to minutes. Pauses are up to 15 s with jitter. */
export const PROMPT_INTERVAL: PollInterval = { firstMs: 1_000, ceilingMs: 12_000, ...GRID };
/** For prompts whose end Astria reports to the gateway. They are polled in case the report gets lost. */
export const AWAITED_PROMPT_INTERVAL: PollInterval = { firstMs: 15_000, ceilingMs: 48_000, ...GRID };
/** For tunes, which train for many minutes. */
export const TUNE_INTERVAL: PollInterval = { firstMs: 5_000, ceilingMs: 48_000, ...GRID };
/** For replications, which are read from the gateway's own store. */
export const REPLICATION_INTERVAL: PollInterval = { firstMs: 250, ceilingMs: 250, gridMs: 1 };

export interface PollState {
  /** Number of pauses so far. */
  readonly pauses: number;
  /** Start of the pause, in milliseconds. */
  readonly now: number;
  /** A random number in [0, 1). Targets that were read together get the same number, and so stay together. */
  readonly random: number;
}

/** Returns the time of the next read, and the time from which it can join another read of its group. Pure. */
export function nextRead(
  interval: PollInterval,
  { pauses, now, random }: PollState,
): { from: number; due: number } {
  const due = now + backoffMs(interval, pauses + 1, random);
  return {
    from: now + backoffMs(interval, pauses + 1, 0),
    due: Math.ceil(due / interval.gridMs) * interval.gridMs,
  };
}
