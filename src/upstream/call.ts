import { monotonicMs } from '../domain/clock.js';
import type { Log } from '../domain/log.js';
import type { FieldError, Upstream, UpstreamError } from '../domain/upstream-error.js';
import type { Breaker } from './breaker.js';
import type { Deadlines, Expiring } from './deadlines.js';
import { badResponse, cancelled, failureOf, timeout } from './errors.js';
import { parseJson } from './json.js';
import { type EndedBy, type ObservedAttempt, outcomeOf, resultOf, statusOf } from './outcomes.js';
import { redactFieldErrors } from './redact.js';
import type { RetryDelays, RetryPolicy } from './retry-policy.js';
import { Flight } from './single-flight.js';
import type {
  Exchange,
  ExchangeListener,
  ExchangeResult,
  StreamBody,
  Transport,
  WireRequest,
} from './transport.js';
import { mayBeDone } from './write-outcome.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface UpstreamRequest {
  /** Operation as the API documents it, such as `GET /tunes/:id`. Logs and metrics use it. */
  readonly endpoint: `${Method} /${string}`;
  /** Values for the path segments that begin with a colon, not encoded. */
  readonly params?: readonly string[];
  readonly query?: URLSearchParams;
  readonly json?: unknown;
  readonly body?: StreamBody;
}

/** Options that all calls to an API share. */
export interface CallOptions {
  readonly upstream: Upstream;
  readonly retryPolicy: RetryPolicy;
  /** Delays before retries. The policy has defaults. */
  readonly retryDelays?: RetryDelays | undefined;
  /** Milliseconds for one call, including retries and the response body. */
  readonly deadlineMs: number;
  /** Additional milliseconds for a write, 10 000 by default. */
  readonly writeGraceMs?: number | undefined;
  /** Returns the errors in a 400, 409 or 422 response, in the API's own words. The call redacts them. */
  readonly parseFieldErrors: (body: unknown) => readonly FieldError[];
  readonly log: Log;
  /** Called once for every attempt, when it has ended. */
  readonly observe?: ((attempt: ObservedAttempt) => void) | undefined;
}

/** Resources that all calls to an API share. */
export interface CallEnvironment {
  readonly options: CallOptions;
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly deadlines: Deadlines;
}

/** Additional time for writes, because Astria gives up on one only after 30 s and the caller needs that response. */
const WRITE_GRACE_MS = 10_000;
/** Slowest upload rate that the deadline allows for, in bytes per millisecond. */
const SLOWEST_UPLOAD = 500;
const neverRetry: RetryPolicy = () => null;

/** Request as one caller sends it. */
export interface OutgoingRequest {
  readonly request: UpstreamRequest;
  readonly wire: WireRequest;
  readonly key: string;
  /** True for a request that is never retried. */
  readonly noRetry: boolean;
}

type Failed = Extract<ExchangeResult, { type: 'FAILED' }>;

/** Call with retries, until there is a response, the policy gives up, the deadline passes or the last waiter leaves. */
export class Call extends Flight implements Expiring, ExchangeListener {
  readonly deadline: number;
  position = 0;
  readonly #environment: CallEnvironment;
  readonly #request: UpstreamRequest;
  readonly #wire: WireRequest;
  readonly #key: string;
  readonly #policy: RetryPolicy;
  #attempts = 0;
  #startedAt = 0;
  #permit = 0;
  #exchange: Exchange | null = null;
  #retryTimer: NodeJS.Timeout | undefined;
  #endedBy: EndedBy | null = null;

  constructor(environment: CallEnvironment, outgoing: OutgoingRequest) {
    super();
    const { options } = environment;
    const { request, wire, key, noRetry } = outgoing;
    this.#environment = environment;
    this.#request = request;
    this.#wire = wire;
    this.#key = key;
    this.#policy = noRetry || request.body ? neverRetry : options.retryPolicy;
    this.deadline = monotonicMs() + deadlineMsOf(wire.method, request.body?.contentLength ?? 0, options);
  }

  onResult(result: ExchangeResult): void {
    try {
      this.#record(result);
      if (this.#endedBy === null) this.#proceed(result);
    } catch (error) {
      // undici would treat the error as a connection error, and the call would never end.
      this.fail(error);
    }
  }

  expire(): void {
    this.#stop('DEADLINE');
    this.#warn(null, 'deadline passed');
    this.fail(timeout(this.#environment.options.upstream, this.#wire.method));
  }

  protected override start(): void {
    this.#environment.deadlines.add(this);
    this.#attempt();
  }

  protected override abandon(): void {
    this.#stop('CALLER');
  }

  protected override cancelled(): UpstreamError {
    return cancelled(this.#environment.options.upstream, this.#wire.method);
  }

  protected override end(): void {
    this.#environment.deadlines.delete(this);
    this.#request.body?.stream.destroy();
  }

  #attempt(): void {
    const { breaker, transport } = this.#environment;
    try {
      this.#permit = breaker.allow();
    } catch (error) {
      this.fail(error);
      return;
    }
    this.#attempts += 1;
    this.#startedAt = monotonicMs();
    this.#exchange = transport.send(this.#wire, this);
  }

  #record(result: ExchangeResult): void {
    const { breaker, options } = this.#environment;
    const { endpoint, body } = this.#request;
    const seconds = (monotonicMs() - this.#startedAt) / 1000;
    const status = statusOf(result);
    const outcome = outcomeOf(result, this.#endedBy, body?.isBroken() ?? false);
    breaker.record(this.#permit, resultOf(outcome, status));
    options.observe?.({ endpoint, status, seconds, outcome });
  }

  #proceed(result: ExchangeResult): void {
    if (result.type === 'RESPONSE') this.#parse(result.status, result.text);
    else if (result.type === 'UNREADABLE') this.#failUnreadable(result.status, result.reason);
    else this.#retryOrFail(result);
  }

  #retryOrFail(result: Failed): void {
    const { method } = this.#wire;
    const attempt = { method, attempts: this.#attempts, failure: result.failed, random: Math.random() };
    const waitMs = this.#policy(attempt, this.#environment.options.retryDelays);
    const isClosed = this.#environment.breaker.state === 'closed';
    const isFinal = waitMs === null || monotonicMs() + waitMs >= this.deadline || !isClosed;
    if (isFinal) this.fail(this.#failure(result));
    else this.#retryTimer = setTimeout(() => this.#attempt(), waitMs);
  }

  /** Ends the attempt or the retry delay in progress. The attempt is still recorded. */
  #stop(endedBy: EndedBy): void {
    this.#endedBy = endedBy;
    clearTimeout(this.#retryTimer);
    this.#exchange?.abort();
  }

  #parse(status: number, text: string): void {
    let value: unknown;
    try {
      value = text.trim() === '' ? undefined : parseJson(text);
    } catch {
      this.#failUnreadable(status, 'it is not JSON');
      return;
    }
    this.succeed(value);
  }

  #failUnreadable(status: number, reason: string): void {
    const { upstream } = this.#environment.options;
    const outcomeUnknown = mayBeDone(this.#wire.method, { type: 'unreadable' });
    this.#warn(status, reason);
    this.fail(badResponse(upstream, reason, { status, outcomeUnknown }));
  }

  #failure({ failed, text, code }: Failed): UpstreamError {
    const { upstream, parseFieldErrors } = this.#environment.options;
    const { method } = this.#wire;
    const status = failed.type === 'status' ? failed.status : null;
    // A missing object is not worth a warning.
    if (status !== 404) this.#warn(status, status === null ? 'no response' : 'error response', code);
    return failureOf(
      upstream,
      method,
      failed,
      redactFieldErrors(parseFieldErrors(parseOrNull(text)), this.#key),
    );
  }

  #warn(status: number | null, reason: string, code?: string): void {
    const { log, upstream } = this.#environment.options;
    const { endpoint } = this.#request;
    log.warn({ upstream, endpoint, status, reason, ...(code && { code }) }, 'Upstream call failed.');
  }
}

function deadlineMsOf(method: string, bodyBytes: number, options: CallOptions): number {
  const { deadlineMs, writeGraceMs = WRITE_GRACE_MS } = options;
  return method === 'GET' ? deadlineMs : deadlineMs + writeGraceMs + Math.ceil(bodyBytes / SLOWEST_UPLOAD);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
