import { monotonicMs } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import { heldBack } from './failures.js';

/** When calls are held back, and for how long. Times in milliseconds. */
export interface BreakerOptions {
  /** Attempts of this long ago and less count. */
  readonly windowMs: number;
  /** With fewer attempts in the window nothing is held back. */
  readonly minimum: number;
  /** The share of failed attempts, above 0 and below 1, beyond which calls are held back. */
  readonly threshold: number;
  /** For how long at first; twice as long each time that the attempt after it fails, */
  readonly halfOpenAfterMs: number;
  /** and never longer than this. */
  readonly longestMs: number;
}

/**
 * All callers share one breaker per API, so it must take most of all traffic to open it: four attempts of five, where
 * what an API answers to a bad request counts as a good answer. A single caller can do that only by sending four times as
 * much as all others together, all of it failing in the API itself, and then for `halfOpenAfterMs` at a time.
 */
export const BREAKER: BreakerOptions = {
  windowMs: 10_000,
  minimum: 20,
  threshold: 0.8,
  halfOpenAfterMs: 5_000,
  longestMs: 30_000,
};

/** What an attempt says of the API: that it works, that it does not, or nothing. */
export type Verdict = 'WELL' | 'ILL' | 'NOTHING';

/** As metrics name it. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Result of an attempt. */
export interface Judged<T> {
  readonly value: T;
  readonly verdict: Verdict;
}

/**
 * Holds calls of an API back while nearly all of them fail. After a while one attempt is let through: if it succeeds all
 * are, otherwise calls are held back for longer.
 */
export class Breaker {
  readonly #upstream: Upstream;
  readonly #options: BreakerOptions;
  readonly #log: Log;
  readonly #recent: RecentAttempts;
  #state: BreakerState = 'closed';
  /** Time at which an attempt is let through again, of {@link monotonicMs}. */
  #opensAt = 0;
  /** Pause after the next failure, in milliseconds. */
  #nextPauseMs: number;
  /** Number of changes of state. An attempt that began in an earlier state does not count. */
  #changes = 0;

  constructor(upstream: Upstream, options: BreakerOptions, log: Log) {
    this.#upstream = upstream;
    this.#options = options;
    this.#log = log;
    this.#recent = new RecentAttempts(options.windowMs);
    this.#nextPauseMs = options.halfOpenAfterMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /**
   * Makes an attempt, unless calls are held back. One that throws says nothing of the API.
   * @throws UpstreamError of kind HELD_BACK: nothing was done then.
   */
  async run<T>(attempt: () => Promise<Judged<T>>): Promise<T> {
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw heldBack(this.#upstream, waitMs);
    const isProbe = this.#state === 'open';
    if (isProbe) this.#change('half-open');
    const changes = this.#changes;
    let verdict: Verdict = 'NOTHING';
    try {
      const judged = await attempt();
      ({ verdict } = judged);
      return judged.value;
    } finally {
      if (isProbe) this.#decide(verdict);
      else if (changes === this.#changes && verdict !== 'NOTHING') this.#count(verdict);
    }
  }

  /** Time for which nothing is let through. While one attempt decides, the others wait as long as after its failure. */
  #waitMs(): number {
    if (this.#state === 'closed') return 0;
    return this.#state === 'half-open' ? this.#options.halfOpenAfterMs : this.#opensAt - monotonicMs();
  }

  #count(verdict: Verdict): void {
    const { minimum, threshold } = this.#options;
    const { all, ill } = this.#recent.add(verdict === 'ILL');
    if (verdict === 'ILL' && all >= minimum && ill > threshold * all) this.#open();
  }

  /** After an attempt that says nothing, the next one decides, without a pause. */
  #decide(verdict: Verdict): void {
    if (verdict === 'ILL') {
      this.#open();
    } else if (verdict === 'NOTHING') {
      this.#opensAt = monotonicMs();
      this.#change('open');
    } else {
      this.#recent.clear();
      this.#nextPauseMs = this.#options.halfOpenAfterMs;
      this.#change('closed');
    }
  }

  #open(): void {
    this.#opensAt = monotonicMs() + this.#nextPauseMs;
    this.#nextPauseMs = Math.min(this.#nextPauseMs * 2, this.#options.longestMs);
    this.#change('open');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#changes += 1;
    const upstream = this.#upstream;
    if (state === 'open') {
      const forMs = Math.max(0, Math.round(this.#opensAt - monotonicMs()));
      this.#log.warn({ upstream, breaker: state, forMs }, 'the upstream fails: calls are held back');
    } else if (state === 'half-open') {
      this.#log.info({ upstream, breaker: state }, 'one call finds out whether the upstream works');
    } else {
      this.#log.info({ upstream, breaker: state }, 'the upstream works again');
    }
  }
}

/** Number of parts into which the window is divided. */
const PARTS = 10;

/** Counts the attempts of the last `windowMs` milliseconds. */
class RecentAttempts {
  readonly #windowMs: number;
  #parts: { readonly begunAt: number; all: number; ill: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Adds an attempt, and returns the counts with it. */
  add(isIll: boolean): { all: number; ill: number } {
    const now = monotonicMs();
    this.#parts = this.#parts.filter(({ begunAt }) => now - begunAt < this.#windowMs);
    let last = this.#parts.at(-1);
    if (!last || now - last.begunAt >= this.#windowMs / PARTS) {
      last = { begunAt: now, all: 0, ill: 0 };
      this.#parts.push(last);
    }
    last.all += 1;
    if (isIll) last.ill += 1;
    const sum = (count: 'all' | 'ill') => this.#parts.reduce((total, part) => total + part[count], 0);
    return { all: sum('all'), ill: sum('ill') };
  }

  clear(): void {
    this.#parts = [];
  }
}
