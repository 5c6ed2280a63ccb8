import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs, wallClockMs } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import { type Upstream, UpstreamError, type UpstreamFault } from '../domain/upstream-error.js';
import { BREAKER, Breaker, type BreakerOptions, type BreakerState } from './breaker.js';
import { badResponse, cancelled, failureOf, keyMissing, timeout } from './failures.js';
import { parseJson } from './json.js';
import { type AttemptOutcome, outcomeOf, verdictOf } from './outcomes.js';
import type { RetryPolicy } from './retry-policy.js';
import { safeFaults } from './safe-text.js';
import { SingleFlight } from './single-flight.js';
import { type Attempt, type StreamBody, Transport } from './transport.js';
import { mayBeDone } from './write-outcome.js';

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path segments, each to be encoded, such as `['tunes', id, 'prompts']`. */
  readonly path: readonly string[];
  readonly query?: URLSearchParams;
  readonly json?: unknown;
  readonly body?: StreamBody;
  /** The operation in the API's own words, for the log: `GET /tunes/:id`. */
  readonly endpoint: string;
}

/** On whose behalf a call is made. */
export interface Caller {
  /** The upstream key; null when there is none. */
  readonly key: string | null;
  /** Aborted when nobody waits for the answer any more; every call under way listens to it. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Every call is sent by itself and once: for work that decides on repeats by itself, and whose reads must not be older
   * than its writes.
   */
  readonly isDirect?: boolean;
  /** Awaited before a direct call is sent; what it throws is thrown in place of the call. It gives what is to be done after it. */
  readonly before?: (() => Promise<() => void>) | undefined;
}

export interface UpstreamClientOptions {
  readonly upstream: Upstream;
  /** An origin with an optional path, such as `https://api.portkey.ai/v1`. */
  readonly baseUrl: string;
  readonly retryPolicy: RetryPolicy;
  /** Milliseconds for one call, its repeats and the body included. */
  readonly deadlineMs: number;
  readonly authorize: (key: string) => Record<string, string>;
  /** Reads the complaints out of a 400, 409 or 422 answer, in the API's own words: they are made fit to be shown here. */
  readonly parseFaults: (body: unknown) => readonly UpstreamFault[];
  readonly log: Log;
  /** Clock to compare the upstream's clock with, in Unix milliseconds. Default: the wall clock. */
  readonly clock?: (() => number) | undefined;
  /** Is told of every attempt at a call, once, when it has ended. */
  readonly observe?: ((attempt: ObservedAttempt) => void) | undefined;
  /** When calls are held back. Default {@link BREAKER}. */
  readonly breaker?: BreakerOptions | undefined;
  /** How many milliseconds more a write has than a read. Default 10 000. */
  readonly writeGraceMs?: number | undefined;
}

/** What is the same for every API. */
export type ConnectionOptions = Omit<
  UpstreamClientOptions,
  'upstream' | 'retryPolicy' | 'authorize' | 'parseFaults'
>;

/** One attempt at a call, as metrics count it. */
export interface ObservedAttempt {
  readonly endpoint: string;
  /** Null where no answer came. */
  readonly status: number | null;
  readonly seconds: number;
  readonly outcome: AttemptOutcome;
}

/** A write may take longer than a read: Astria gives up on one after 30 s and says so, and that answer is wanted. */
const WRITE_GRACE_MS = 10_000;
/** The slowest upload that is waited for, in bytes per millisecond. */
const SLOWEST_UPLOAD = 500;

/** A call on its way. */
interface Call {
  readonly request: UpstreamRequest;
  readonly path: string;
  readonly key: string;
  readonly policy: RetryPolicy;
}
type Failed = Extract<Attempt, { type: 'FAILED' }>;
const neverRepeat: RetryPolicy = () => null;

/** Who ends a call: its deadline, or before that its caller. */
interface Ends {
  readonly signal: AbortSignal;
  readonly byCaller: AbortSignal | undefined;
}

/**
 * Calls one upstream API: pooled keep-alive connections, one deadline over everything, repeats by the API's own policy,
 * a breaker over all callers, and every failure as an {@link UpstreamError}.
 */
export class UpstreamClient {
  readonly #transport: Transport;
  readonly #breaker: Breaker;
  readonly #basePath: string;
  readonly #flights = new SingleFlight();
  readonly #options: UpstreamClientOptions;

  constructor(options: UpstreamClientOptions) {
    const base = new URL(options.baseUrl);
    this.#options = options;
    this.#basePath = base.pathname.replace(/\/+$/, '');
    this.#transport = new Transport(base.origin, options.clock ?? wallClockMs);
    this.#breaker = new Breaker(options.upstream, options.breaker ?? BREAKER, options.log);
  }

  /**
   * Sends a request and gives the parsed JSON body of a 2xx answer (undefined when it is empty).
   * @throws UpstreamError for everything else.
   */
  async call(request: UpstreamRequest, { key, signal, isDirect = false, before }: Caller): Promise<unknown> {
    if (key === null) throw keyMissing(this.#options.upstream);
    const path = this.#path(request);
    const policy = isDirect || request.body ? neverRepeat : this.#options.retryPolicy;
    const call = { request, path, key, policy };
    if (before) {
      const after = await before();
      return this.#send(call, signal).finally(after);
    }
    if (isDirect || request.method !== 'GET') return this.#send(call, signal);
    try {
      return await this.#flights.join(`${key} ${path}`, signal, (flight) => this.#send(call, flight));
    } catch (error) {
      throw signal?.aborted ? cancelled(this.#options.upstream, request.method) : error;
    }
  }

  /** Offset of the upstream's clock from the `clock` option. */
  get clockOffset(): Transport['clockOffset'] {
    return this.#transport.clockOffset;
  }

  /** Whether calls are held back because nearly all of them have failed: `open`; `half-open` while one finds out. */
  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  /** Ends idle and busy connections alike. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #path({ path, query }: UpstreamRequest): string {
    const encoded = path.map((segment) => {
      // '.' and '..' survive percent-encoding and would be resolved away; half a character has no encoding.
      if (/^\.{0,2}$|\p{Surrogate}/u.test(segment)) {
        throw new UpstreamError(this.#options.upstream, 'NOT_FOUND', 'there is no such object');
      }
      return encodeURIComponent(segment);
    });
    const search = query?.toString();
    return `${this.#basePath}/${encoded.join('/')}${search ? `?${search}` : ''}`;
  }

  /** Sends until there is an answer, the policy gives up, the deadline passes or the caller goes away. */
  async #send(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    const { request } = call;
    const deadlineMs = this.#deadlineMs(request);
    const deadline = monotonicMs() + deadlineMs;
    const abort = new AbortController();
    const end = () => abort.abort();
    const timer = setTimeout(end, deadlineMs);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    try {
      return await this.#persist(call, deadline, { signal: abort.signal, byCaller: signal });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      request.body?.stream.destroy();
    }
  }

  async #persist(call: Call, deadline: number, ends: Ends): Promise<unknown> {
    const { request, policy } = call;
    for (let attempts = 1; ; attempts += 1) {
      const attempt = await this.#attempt(call, ends);
      if (attempt.type === 'ANSWER') return this.#parse(request, attempt.status, attempt.text);
      if (attempt.type === 'UNREADABLE') throw this.#badResponse(request, attempt.reason, attempt.status);
      if (ends.signal.aborted) throw this.#ended(request, ends.byCaller);
      const question = { method: request.method, attempts, failure: attempt.failed, random: Math.random() };
      const wait = policy(question);
      const isOver = wait === null || monotonicMs() + wait >= deadline || this.breakerState !== 'closed';
      if (isOver) throw this.#failure(call, attempt);
      await sleep(wait, undefined, { signal: ends.signal }).catch(() => {
        throw this.#ended(request, ends.byCaller);
      });
    }
  }

  #deadlineMs({ method, body }: UpstreamRequest): number {
    const { deadlineMs, writeGraceMs = WRITE_GRACE_MS } = this.#options;
    if (method === 'GET') return deadlineMs;
    return deadlineMs + writeGraceMs + Math.ceil((body?.contentLength ?? 0) / SLOWEST_UPLOAD);
  }

  /** @throws UpstreamError where it is not made. */
  #attempt({ request, path, key }: Call, { signal, byCaller }: Ends): Promise<Attempt> {
    const { authorize, observe } = this.#options;
    const { method, json, body, endpoint } = request;
    const wire = { method, path, authorization: authorize(key), json, ...(body && { body }) };
    return this.#breaker.run(async () => {
      const begunAt = monotonicMs();
      const value = await this.#transport.send(wire, signal);
      const ending = byCaller?.aborted ? 'CALLER' : signal.aborted ? 'DEADLINE' : null;
      const { outcome, status } = outcomeOf(value, ending, body?.isBroken() ?? false);
      observe?.({ endpoint, status, seconds: (monotonicMs() - begunAt) / 1000, outcome });
      return { value, verdict: verdictOf(outcome, status) };
    });
  }

  #parse(request: UpstreamRequest, status: number, text: string): unknown {
    if (text.trim() === '') return undefined;
    try {
      return parseJson(text);
    } catch {
      throw this.#badResponse(request, 'it is not JSON', status);
    }
  }

  #failure({ request, key }: Call, { failed, text, code }: Failed): UpstreamError {
    const status = failed.type === 'status' ? failed.status : null;
    // Not to exist is an ordinary thing for an object.
    if (status !== 404)
      this.#warn(request, status, status === null ? 'no response' : 'an error response', code);
    const faults = safeFaults(this.#options.parseFaults(parseOrNull(text)), key);
    return failureOf(this.#options.upstream, request.method, failed, faults);
  }

  /** Why a call was aborted: by its caller, or else by the deadline. */
  #ended(request: UpstreamRequest, signal: AbortSignal | undefined): UpstreamError {
    if (signal?.aborted) return cancelled(this.#options.upstream, request.method);
    this.#warn(request, null, 'deadline passed');
    return timeout(this.#options.upstream, request.method);
  }

  #badResponse(request: UpstreamRequest, reason: string, status: number): UpstreamError {
    this.#warn(request, status, reason);
    return badResponse(this.#options.upstream, reason, {
      status,
      outcomeUnknown: mayBeDone(request.method, { type: 'unreadable' }),
    });
  }

  #warn({ endpoint }: UpstreamRequest, status: number | null, reason: string, code?: string): void {
    const { log, upstream } = this.#options;
    log.warn({ upstream, endpoint, status, reason, ...(code && { code }) }, 'upstream call failed');
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
