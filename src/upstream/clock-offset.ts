import { monotonicMs } from '../domain/clock.js';

/** Time for which a sample counts, in milliseconds: clocks drift, and an upstream's clock can be set. */
const WINDOW_MS = 60_000;

/** Times here and there are cut to whole milliseconds. */
const ROUNDING_MS = 2;
/** A `Date` header is cut to whole seconds. */
const SECOND_MS = 1_000;

/** The bounds of an offset from `now`, in milliseconds. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

const ANY: Bounds = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/**
 * Offset of an upstream's clock from one of the gateway's, from the `Date` headers of its responses. The date is that of a
 * moment between request and response, cut to whole seconds: each sample bounds the offset, and several narrow it.
 */
export class ClockOffset {
  readonly #clock: () => number;
  readonly #now: () => number;
  #windowEnd = 0;
  #bounds: Bounds | null = null;
  #boundsBefore: Bounds | null = null;
  /** The last `Date` header and its time: it changes once per second. */
  #date = '';
  #time = Number.NaN;

  /** @param clock Clock that the offset is from, in Unix milliseconds. @param now Clock of {@link monotonicMs}. */
  constructor(clock: () => number, now: () => number = monotonicMs) {
    this.#clock = clock;
    this.#now = now;
  }

  /** @param date A `Date` header, as received just now. @param sentAt When its request was sent, by the clock `now`. */
  add(date: string, sentAt: number): void {
    if (date !== this.#date) {
      this.#date = date;
      this.#time = Date.parse(date);
    }
    const time = this.#time;
    if (Number.isNaN(time)) return;
    const now = this.#now();
    if (now >= this.#windowEnd) {
      this.#boundsBefore = now < this.#windowEnd + WINDOW_MS ? this.#bounds : null;
      this.#bounds = null;
      this.#windowEnd = now + WINDOW_MS;
    }
    this.#bounds = narrowed(this.#bounds ?? ANY, { least: time - now, most: time + SECOND_MS - sentAt });
  }

  /** The least that the offset from the clock can be, in milliseconds; null: the upstream sends no date. */
  get leastMs(): number | null {
    const bounds = this.#known();
    return bounds && Math.floor(bounds.least) - ROUNDING_MS;
  }

  /** The offset, in milliseconds, where two clocks count as equal that no sample has shown to differ; null as above. */
  get likelyMs(): number | null {
    const bounds = this.#known();
    return bounds && Math.floor(Math.max(bounds.least, Math.min(bounds.most, 0))) - ROUNDING_MS;
  }

  /** The bounds of the offset from the clock. */
  #known(): Bounds | null {
    if (this.#bounds === null) return null;
    const { least, most } = narrowed(this.#boundsBefore ?? ANY, this.#bounds);
    const shift = this.#now() - this.#clock();
    return { least: least + shift, most: most + shift };
  }
}

function narrowed(one: Bounds, other: Bounds): Bounds {
  return { least: Math.max(one.least, other.least), most: Math.min(one.most, other.most) };
}
