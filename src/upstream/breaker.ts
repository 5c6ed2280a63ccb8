import { backoffMs } from '../async/backoff.js';
import { monotonicMs } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import type { Upstream } from '../domain/upstream-error.js';
import { circuitOpen } from './errors.js';

/** Options of a circuit breaker. Times are in milliseconds. */
export interface BreakerOptions {
  /** Length of the window in which attempts count. */
  readonly windowMs: number;
  /** Smallest number of attempts in the window at which the breaker can open. */
  readonly minimum: number;
  /** Share of failed attempts above which the breaker opens, between 0 and 1 (both exclusive). */
  readonly threshold: number;
  /** Time for which the breaker first stays open. It doubles each time that the next attempt fails too. */
  readonly halfOpenAfterMs: number;
  /** Longest time for which the breaker stays open. */
  readonly longestMs: number;
}

/**
 * All callers share one breaker per API, so it opens only if more than four of five attempts fail. A caller would need four times
 * the requests of all others to open it alone, and a rejected bad request counts as a success.
 */
export const BREAKER: BreakerOptions = {
  windowMs: 10_000,
  minimum: 20,
  threshold: 0.8,
  halfOpenAfterMs: 5_000,
  longestMs: 30_000,
};

/** Result of an attempt for the breaker. `ignored` tells nothing about the API. */
export type AttemptResult = 'success' | 'failure' | 'ignored';

/** State of a breaker. Metrics use these names. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Rejects calls to an API while nearly all of them fail. After a while it lets one attempt through, whose result decides if it
 * closes or stays open for longer.
 */
export class Breaker {
  readonly #upstream: Upstream;
  readonly #options: BreakerOptions;
  readonly #log: Log;
  readonly #recent: RecentAttempts;
  #state: BreakerState = 'closed';
  /** Time at which the breaker lets an attempt through again, on the clock of {@link monotonicMs}. */
  #opensAt = 0;
  /** Number of openings since the breaker was last closed. */
  #openings = 0;
  /** Number of state changes. Identifies attempts that began in an earlier state, which do not count. */
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
   * Lets an attempt through and returns its permit, which must be passed to {@link record} once.
   * @throws UpstreamError of kind CIRCUIT_OPEN while calls are rejected.
   */
  allow(): number {
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw circuitOpen(this.#upstream, waitMs);
    if (this.#state === 'open') this.#change('half-open');
    return this.#changes;
  }

  /** Records the result of an attempt. @param permit Permit from {@link allow}. */
  record(permit: number, result: AttemptResult): void {
    if (permit !== this.#changes) return;
    if (this.#state === 'half-open') this.#decide(result);
    else if (result !== 'ignored') this.#count(result === 'failure');
  }

  /** Returns the time until the next attempt is allowed. While a test call runs, that is `halfOpenAfterMs`. */
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

  /** Handles the result of the test call. If it is `ignored`, the next call becomes the test, without a pause. */
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

/** Number of parts of the window. */
const PARTS = 10;

/** Counts the attempts of the last `windowMs` milliseconds. Drops the oldest part of the window as a whole. */
class RecentAttempts {
  attempts = 0;
  failures = 0;
  readonly #windowMs: number;
  #parts: { readonly startedAt: number; attempts: number; failures: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(isFailure: boolean): void {
    const now = monotonicMs();
    for (;;) {
      const oldest = this.#parts[0];
      if (!oldest || now - oldest.startedAt < this.#windowMs) break;
      this.attempts -= oldest.attempts;
      this.failures -= oldest.failures;
      this.#parts.shift();
    }
    let newest = this.#parts.at(-1);
    if (!newest || now - newest.startedAt >= this.#windowMs / PARTS) {
      newest = { startedAt: now, attempts: 0, failures: 0 };
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
