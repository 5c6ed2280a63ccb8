/**
 * How often something is read. The pauses begin at `firstMs`, each is `factor` times the one before, and none is longer
 * than `ceilingMs`. All in milliseconds.
 */
export interface Pace {
  readonly firstMs: number;
  readonly factor: number;
  readonly ceilingMs: number;
  /** The random part of a pause, on top of the rest of it: 0.25 is up to a quarter more. */
  readonly jitter: number;
  /** Reads fall on multiples of this, so that those at about the same time are one. */
  readonly gridMs: number;
}

const GRID = { factor: 1.5, jitter: 0.25, gridMs: 250 } as const;

/** A prompt renders for seconds to minutes. */
export const PROMPT_PACE: Pace = { firstMs: 1_000, ceilingMs: 15_000, ...GRID };
/** A prompt whose end Astria will tell: the reads are for the case that it does not. */
export const AWAITED_PROMPT_PACE: Pace = { firstMs: 15_000, ceilingMs: 60_000, ...GRID };
/** A tune trains for many minutes. */
export const TUNE_PACE: Pace = { firstMs: 5_000, ceilingMs: 60_000, ...GRID };
/** A replication is read from the gateway's own record. */
export const REPLICATION_PACE: Pace = { firstMs: 250, ceilingMs: 250, factor: 1, jitter: 0, gridMs: 1 };

export interface PaceQuestion {
  /** How many pauses there were. */
  readonly pauses: number;
  /** The time from which the pause counts, in milliseconds. */
  readonly now: number;
  /** A random number in [0, 1). Those that were read together get the same one, and so stay together. */
  readonly random: number;
}

/** When to read next: at `due`; from `from` on already where there is a read for others to go along with. Pure. */
export function nextRead(pace: Pace, { pauses, now, random }: PaceQuestion): { from: number; due: number } {
  const { firstMs, factor, ceilingMs, jitter, gridMs } = pace;
  const pause = Math.min(firstMs * factor ** pauses, ceilingMs / (1 + jitter));
  const due = now + pause * (1 + jitter * random);
  return { from: now + pause, due: Math.ceil(due / gridMs) * gridMs };
}
