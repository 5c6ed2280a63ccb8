import type { AttemptResult } from './breaker.js';
import type { ExchangeResult } from './transport.js';

/**
 * How an attempt ended, as metrics name it: `success`; an `error` status; a `bad_response` that cannot be taken in; no
 * `connection`, or a lost one; a `timeout`; `cancelled` by its caller, or by an upload that could not be read.
 */
export type AttemptOutcome = 'success' | 'error' | 'bad_response' | 'connection' | 'timeout' | 'cancelled';

/** One attempt at a call, as metrics count it. */
export interface ObservedAttempt {
  readonly endpoint: string;
  /** Null without a response. */
  readonly status: number | null;
  readonly seconds: number;
  readonly outcome: AttemptOutcome;
}

/** The party that ended an attempt before the upstream did. */
export type EndedBy = 'CALLER' | 'DEADLINE';

/** These say that the API, or what stands before it, does not work; other errors are about the request. */
const FAILURE_STATUSES: ReadonlySet<number | null> = new Set([500, 502, 503, 504]);

/** Status of the response; null without one. Pure. */
export function statusOf(result: ExchangeResult): number | null {
  if (result.type !== 'FAILED') return result.status;
  return result.failed.type === 'status' ? result.failed.status : null;
}

/** Pure. @param isBodyBroken True when the upload could not be read to its end. */
export function outcomeOf(
  result: ExchangeResult,
  endedBy: EndedBy | null,
  isBodyBroken: boolean,
): AttemptOutcome {
  if (result.type === 'RESPONSE') return 'success';
  if (result.type === 'UNREADABLE') return 'bad_response';
  if (result.failed.type === 'status') return 'error';
  if (endedBy === 'CALLER' || isBodyBroken) return 'cancelled';
  return endedBy === 'DEADLINE' ? 'timeout' : 'connection';
}

/** Evidence that an attempt gives of the API. Pure. */
export function resultOf(outcome: AttemptOutcome, status: number | null): AttemptResult {
  if (outcome === 'cancelled') return 'ignored';
  const isFailure = outcome === 'connection' || outcome === 'timeout' || FAILURE_STATUSES.has(status);
  return isFailure ? 'failure' : 'success';
}
