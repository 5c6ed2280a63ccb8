import { monotonicMs } from '../domain/clock.js';

/** Minimum time for which a sample counts, in milliseconds. Clocks drift, and an upstream's clock can be set. */
const WINDOW_MS = 60_000;

/** Maximum error from truncating the times of both clocks to whole milliseconds. */
const ROUNDING_MS = 2;
/** Precision of a `Date` header. */
const SECOND_MS = 1_000;

/** Bounds of an offset from `now`, in milliseconds. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ANY: Bounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/**
 * Estimates the offset of an upstream's clock from a clock of the gateway. Each `Date` header of a response bounds the offset,
 * and more headers narrow it.
 */
export class ClockOffset {
  readonly #clock: () => number;
  readonly #now: () => number;
  #windowEnd = 0;
  #bounds: Bounds | null = null;
  #previousBounds: Bounds | null = null;
  /** Last `Date` header and its parsed time. Cached because it changes only once per second. */
  #date = '';
  #time = Number.NaN;

  /** @param clock Clock to compare with, in Unix milliseconds. @param now Clock of {@link monotonicMs}. */
  constructor(clock: () => number, now: () => number = monotonicMs) {
    this.#clock = clock;
    this.#now = now;
  }

  /** Adds a sample. @param date `Date` header that was just received. @param sentAt Time of its request on the clock `now`. */
  add(date: string, sentAt: number): void {
    if (date !== this.#date) {
      this.#date = date;
      this.#time = Date.parse(date);
    }
    const time = this.#time;
    if (Number.isNaN(time)) return;
    const now = this.#now();
    if (now >= this.#windowEnd) {
      this.#previousBounds = now < this.#windowEnd + WINDOW_MS ? this.#bounds : null;
      this.#bounds = null;
      this.#windowEnd = now + WINDOW_MS;
    }
    this.#bounds = narrowed(this.#bounds ?? ANY, { least: time - now, most: time + SECOND_MS - sentAt });
  }

  /** Lower bound of the offset from the clock, in milliseconds, or null if the upstream sends no date. */
  get leastMs(): number | null {
    const bounds = this.#currentBounds();
    return bounds && Math.floor(bounds.least) - ROUNDING_MS;
  }

  /** Likely offset in milliseconds, or null like {@link leastMs}. The clocks count as equal unless samples exclude that. */
  get likelyMs(): number | null {
    const bounds = this.#currentBounds();
    return bounds && Math.floor(Math.max(bounds.least, Math.min(bounds.most, 0))) - ROUNDING_MS;
  }

  /** Returns the bounds of the offset from the clock. */
  #currentBounds(): Bounds | null {
    if (this.#bounds === null) return null;
    const { least, most } = narrowed(this.#previousBounds ?? ANY, this.#bounds);
    const shift = this.#now() - this.#clock();
    return { least: least + shift, most: most + shift };
  }
}

function narrowed(a: Bounds, b: Bounds): Bounds {
  return { least: Math.max(a.least, b.least), most: Math.min(a.most, b.most) };
}
