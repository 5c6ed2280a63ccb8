import { backoffMs } from '../async/backoff.js';
import { monotonicMs } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import { circuitOpen } from './failures.js';

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

/** Evidence that an attempt gives of the API: it works, it does not, or neither. */
export type AttemptResult = 'success' | 'failure' | 'ignored';

/** As metrics name it. */
export type BreakerState = 'closed' | 'open' | 'half-open';

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
  /** Number of times that it has opened since it was last closed. */
  #openings = 0;
  /** Number of changes of state. An attempt that began in an earlier state does not count. */
  #changes = 0;

  constructor(upstream: Upstream, options: BreakerOptions, log: Log) {
    this.#upstream = upstream;
    this.#options = options;
    this.#log = log;
    this.#recent = new RecentAttempts(options.windowMs);
  }

  get state(): BreakerState {
    return this.#state;
  }

  /**
   * Lets an attempt through, unless calls are held back. Each permit must be given to {@link record} once.
   * @throws UpstreamError of kind HELD_BACK.
   */
  allow(): number {
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw circuitOpen(this.#upstream, waitMs);
    if (this.#state === 'open') this.#change('half-open');
    return this.#changes;
  }

  /** Counts the result of an attempt. @param permit That of {@link allow}. */
  record(permit: number, result: AttemptResult): void {
    // The attempt began in an earlier state.
    if (permit !== this.#changes) return;
    if (this.#state === 'half-open') this.#decide(result);
    else if (result !== 'ignored') this.#count(result === 'failure');
  }

  /** Time for which nothing is let through. While one attempt decides, the others wait as long as after its failure. */
  #waitMs(): number {
    if (this.#state === 'closed') return 0;
    return this.#state === 'half-open' ? this.#options.halfOpenAfterMs : this.#opensAt - monotonicMs();
  }

  #count(isFailure: boolean): void {
    const { minimum, threshold } = this.#options;
    this.#recent.add(isFailure);
    const { attempts, failures } = this.#recent;
    if (isFailure && attempts >= minimum && failures > threshold * attempts) this.#open();
  }

  /** After an attempt that gives no evidence, the next one decides, without a pause. */
  #decide(result: AttemptResult): void {
    if (result === 'failure') {
      this.#open();
    } else if (result === 'ignored') {
      this.#opensAt = monotonicMs();
      this.#change('open');
    } else {
      this.#recent.clear();
      this.#openings = 0;
      this.#change('closed');
    }
  }

  #open(): void {
    const { halfOpenAfterMs: firstMs, longestMs: ceilingMs } = this.#options;
    this.#openings += 1;
    this.#opensAt = monotonicMs() + backoffMs({ firstMs, ceilingMs }, this.#openings, 0);
    this.#change('open');
  }

  #change(state: BreakerState): void {
    this.#state = state;
    this.#changes += 1;
    const upstream = this.#upstream;
    if (state === 'open') {
      const forMs = Math.max(0, Math.round(this.#opensAt - monotonicMs()));
      this.#log.warn({ upstream, breaker: state, forMs }, 'The upstream is failing. Calls are held back.');
    } else if (state === 'half-open') {
      this.#log.info({ upstream, breaker: state }, 'One call tests whether the upstream works again.');
    } else {
      this.#log.info({ upstream, breaker: state }, 'The upstream works again.');
    }
  }
}

/** Number of parts into which the window is divided. */
const PARTS = 10;

/** Counts the attempts of the last `windowMs` milliseconds. The oldest part of them is dropped as a whole. */
class RecentAttempts {
  attempts = 0;
  failures = 0;
  readonly #windowMs: number;
  #parts: { readonly begunAt: number; attempts: number; failures: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(isFailure: boolean): void {
    const now = monotonicMs();
    for (;;) {
      const oldest = this.#parts[0];
      if (!oldest || now - oldest.begunAt < this.#windowMs) break;
      this.attempts -= oldest.attempts;
      this.failures -= oldest.failures;
      this.#parts.shift();
    }
    let newest = this.#parts.at(-1);
    if (!newest || now - newest.begunAt >= this.#windowMs / PARTS) {
      newest = { begunAt: now, attempts: 0, failures: 0 };
      this.#parts.push(newest);
    }
    newest.attempts += 1;
    this.attempts += 1;
    if (!isFailure) return;
    newest.failures += 1;
    this.failures += 1;
  }

  clear(): void {
    this.#parts = [];
    this.attempts = 0;
    this.failures = 0;
  }
}
