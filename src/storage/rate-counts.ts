import { monotonicMs } from '../domain/clock.js';

/** Number of requests in the current window. */
export interface RateCount {
  readonly count: number;
  /** Time until the window ends and the count starts again at 0, in milliseconds. */
  readonly resetMs: number;
}

/**
 * Increments the count of a key and returns it. A window begins with its first count. Never fails. A count in memory is
 * returned synchronously.
 */
export type CountRate = (key: string, windowMs: number) => RateCount | Promise<RateCount>;

interface Window {
  count: number;
  /** Time on the clock of {@link monotonicMs}. */
  readonly endsAt: number;
}

/** Keys per generation. Two generations take about 15 MB at most. */
const KEYS = 25_000;

/**
 * Creates the counters of one process.
 * @param keys Size of a generation. When it is full, keys that were not counted during it are deleted.
 */
export function memoryRateCounts(keys: number = KEYS) {
  let recent = new Map<string, Window>();
  let older = new Map<string, Window>();
  return (key: string, windowMs: number): RateCount => {
    const now = monotonicMs();
    const existing = recent.get(key) ?? older.get(key);
    const window = existing && existing.endsAt > now ? existing : { count: 0, endsAt: now + windowMs };
    window.count += 1;
    recent.set(key, window);
    if (recent.size >= keys) {
      older = recent;
      recent = new Map();
    }
    return { count: window.count, resetMs: Math.round(window.endsAt - now) };
  };
}
