import { monotonicMs } from '../domain/clock.js';
/** How often something has been asked for in its present window. */
export interface RateCount {
  readonly count: number;
  /** When the window ends and the next one begins at nothing, in milliseconds from now. */
  readonly resetMs: number;
}

/** Counts per key; a window begins with the first count in it. */
export interface RateCounts {
  /** Counts one more. Never fails. What counts in memory returns immediately. */
  count(key: string, windowMs: number): RateCount | Promise<RateCount>;
}

interface Window {
  count: number;
  /** As `monotonicMs()` gives it. */
  readonly endsAt: number;
}

/** In a generation: with both some 15 MB at most. */
const KEYS = 25_000;

/** The counts of one process. */
export class MemoryRateCounts implements RateCounts {
  readonly #keys: number;
  /** Once there are so many keys, those that were not counted since the last time are forgotten. */
  #recent = new Map<string, Window>();
  #older = new Map<string, Window>();

  constructor(keys: number = KEYS) {
    this.#keys = keys;
  }

  count(key: string, windowMs: number): RateCount {
    const now = monotonicMs();
    const known = this.#recent.get(key) ?? this.#older.get(key);
    const window = known && known.endsAt > now ? known : { count: 0, endsAt: now + windowMs };
    window.count += 1;
    this.#recent.set(key, window);
    if (this.#recent.size >= this.#keys) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    return { count: window.count, resetMs: Math.round(window.endsAt - now) };
  }
}
