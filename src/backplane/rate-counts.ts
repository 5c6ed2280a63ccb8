import { monotonicMs } from '../domain/clock.js';
/** How often something has been asked for in its present window. */
export interface RateCount {
  readonly count: number;
  /** When the window ends and the next one begins at nothing, in milliseconds from now. */
  readonly resetMs: number;
}

/** Counts one more for a key, whose window begins with the first count in it. Never fails. A count in memory returns immediately. */
export type CountRate = (key: string, windowMs: number) => RateCount | Promise<RateCount>;

interface Window {
  count: number;
  /** As `monotonicMs()` gives it. */
  readonly endsAt: number;
}

/** In a generation: with both some 15 MB at most. */
const KEYS = 25_000;

/**
 * Returns the counts of one process.
 * @param keys Once there are so many keys, those that were not counted since the last time are forgotten.
 */
export function memoryRateCounts(keys: number = KEYS) {
  let recent = new Map<string, Window>();
  let older = new Map<string, Window>();
  return (key: string, windowMs: number): RateCount => {
    const now = monotonicMs();
    const known = recent.get(key) ?? older.get(key);
    const window = known && known.endsAt > now ? known : { count: 0, endsAt: now + windowMs };
    window.count += 1;
    recent.set(key, window);
    if (recent.size >= keys) {
      older = recent;
      recent = new Map();
    }
    return { count: window.count, resetMs: Math.round(window.endsAt - now) };
  };
}
