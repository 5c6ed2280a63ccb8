/** How long a sample counts, in milliseconds: clocks drift, and an upstream's clock can be set. */
const WINDOW_MS = 60_000;

/** Times here and there are cut to whole milliseconds. */
const ROUNDING_MS = 2;

/**
 * How far an upstream's clock is ahead of this machine's, from the `Date` headers of its responses. Such a date is cut to
 * whole seconds and travels, so that each sample is up to a second too small, and never too large: the largest is the best.
 */
export class ClockOffset {
  readonly #now: () => number;
  #windowEnd = 0;
  #largest: number | null = null;
  #largestBefore: number | null = null;

  /** @param now Milliseconds of a clock that is never set. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param date A `Date` header, as received just now. */
  add(date: string): void {
    const time = Date.parse(date);
    if (Number.isNaN(time)) return;
    const now = this.#now();
    if (now >= this.#windowEnd) {
      this.#largestBefore = now < this.#windowEnd + WINDOW_MS ? this.#largest : null;
      this.#largest = null;
      this.#windowEnd = now + WINDOW_MS;
    }
    this.#largest = Math.max(time - now, this.#largest ?? Number.NEGATIVE_INFINITY);
  }

  /** Offset from `Date.now()` in milliseconds, at most about a second too small; null: the upstream sends no date. */
  get ms(): number | null {
    if (this.#largest === null) return null;
    const offset = Math.max(this.#largest, this.#largestBefore ?? Number.NEGATIVE_INFINITY);
    return Math.floor(offset + this.#now() - Date.now()) - ROUNDING_MS;
  }
}
