import {
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleWhenResult,
  type IBackoff,
  isBrokenCircuitError,
  SamplingBreaker,
} from 'cockatiel';
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

/** What came of an attempt. */
export interface Judged<T> {
  readonly value: T;
  readonly verdict: Verdict;
}

/** Carries what does not count past the library, which counts results alone. */
class Uncounted<T> extends Error {
  constructor(readonly value: T) {
    super('this attempt does not count');
  }
}

/**
 * Holds calls of an API back while nearly all of them fail. After a while one attempt is let through: if it goes well all
 * are, else calls are held back for longer.
 */
export class Breaker {
  readonly #upstream: Upstream;
  readonly #options: BreakerOptions;
  readonly #log: Log;
  readonly #sampling: SamplingBreaker;
  readonly #policy: CircuitBreakerPolicy;
  /** When an attempt is let through again; a time of Date.now. */
  #opensAt = 0;
  /** How often the state has changed: what began in another one is old news. */
  #changes = 0;
  #lastAt = 0;

  constructor(upstream: Upstream, options: BreakerOptions, log: Log) {
    this.#upstream = upstream;
    this.#options = options;
    this.#log = log;
    this.#sampling = newSampling(options);
    const fails = handleWhenResult((result) => isJudged(result) && result.verdict !== 'WELL');
    this.#policy = circuitBreaker(fails, {
      breaker: this.#sampling,
      halfOpenAfter: { next: ({ result }) => this.#pause(options.halfOpenAfterMs, result) },
    });
    this.#policy.onStateChange((state) => this.#report(state));
  }

  get state(): BreakerState {
    if (this.#policy.state === CircuitState.HalfOpen) return 'half-open';
    return this.#policy.state === CircuitState.Closed ? 'closed' : 'open';
  }

  /**
   * Makes an attempt, unless calls are held back. `attempt` must not throw.
   * @throws UpstreamError of kind HELD_BACK: nothing was done then.
   */
  async run<T>(attempt: () => Promise<Judged<T>>): Promise<T> {
    const waitMs = this.#waitMs();
    if (waitMs > 0) throw heldBack(this.#upstream, waitMs);
    const isProbe = this.state === 'open';
    const changes = this.#changes;
    try {
      const { value } = await this.#policy.execute(async (): Promise<Judged<T>> => {
        const judged = await attempt();
        if (isProbe) return judged;
        if (judged.verdict === 'NOTHING' || changes !== this.#changes) throw new Uncounted(judged.value);
        this.#forgetOld();
        return judged;
      });
      return value;
    } catch (error) {
      if (error instanceof Uncounted) return error.value;
      // The library's time is later than ours by a moment.
      throw isBrokenCircuitError(error) ? heldBack(this.#upstream, 1) : error;
    }
  }

  /** For how long nothing is let through. While one attempt finds out, the others wait as long as after its failure. */
  #waitMs(): number {
    const { state } = this;
    if (state === 'closed') return 0;
    return state === 'half-open' ? this.#options.halfOpenAfterMs : this.#opensAt - Date.now();
  }

  /** How long to hold back before the next attempt. One that says nothing leaves that to the next one, at once. */
  #pause(ms: number, result: unknown): IBackoff<{ readonly result: unknown }> {
    const isNothing = isReason(result) && isJudged(result.value) && result.value.verdict === 'NOTHING';
    const duration = isNothing ? 0 : ms;
    this.#opensAt = Date.now() + duration;
    const next = isNothing ? ms : Math.min(ms * 2, this.#options.longestMs);
    return { duration, next: (context) => this.#pause(next, context.result) };
  }

  /** The library's window moves with the attempts: after a time without any it would still hold the old ones. */
  #forgetOld(): void {
    const now = Date.now();
    if (now - this.#lastAt > this.#options.windowMs) this.#sampling.state = newSampling(this.#options).state;
    this.#lastAt = now;
  }

  #report(state: CircuitState): void {
    this.#changes += 1;
    const upstream = this.#upstream;
    if (state === CircuitState.Open) {
      const forMs = Math.max(0, this.#opensAt - Date.now());
      this.#log.warn({ upstream, breaker: 'open', forMs }, 'the upstream fails: calls are held back');
    } else if (state === CircuitState.HalfOpen) {
      this.#log.info({ upstream, breaker: 'half-open' }, 'one call finds out whether the upstream works');
    } else {
      this.#log.info({ upstream, breaker: 'closed' }, 'the upstream works again');
    }
  }
}

function newSampling({ windowMs, minimum, threshold }: BreakerOptions): SamplingBreaker {
  return new SamplingBreaker({ threshold, duration: windowMs, minimumRps: (minimum * 1000) / windowMs });
}

function isJudged(result: unknown): result is Judged<unknown> {
  return typeof result === 'object' && result !== null && 'verdict' in result;
}

function isReason(result: unknown): result is { readonly value: unknown } {
  return typeof result === 'object' && result !== null && 'value' in result;
}
