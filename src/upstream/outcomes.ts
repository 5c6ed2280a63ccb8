import type { AttemptResult } from './breaker.js';
import type { ExchangeResult } from './transport.js';

/**
 * Outcome of an attempt. Metrics use these names.
 *
 * - `error`: error status.
 * - `bad_response`: unreadable response.
 * - `connection`: failed or lost connection.
 * - `cancelled`: cancellation by the caller, or an upload that could not be read.
 */
export type AttemptOutcome = 'success' | 'error' | 'bad_response' | 'connection' | 'timeout' | 'cancelled';

/** Attempt at a call, for metrics. */
export interface ObservedAttempt {
  readonly endpoint: string;
  /** HTTP status, or null without a response. */
  readonly status: number | null;
  readonly seconds: number;
  readonly outcome: AttemptOutcome;
}

/** Reason why an attempt ended before the upstream responded. */
export type EndedBy = 'CALLER' | 'DEADLINE';

/** Statuses of an API, or a proxy in front of it, that does not work. Other errors are about the request. */
const FAILURE_STATUSES: ReadonlySet<number | null> = new Set([500, 502, 503, 504]);

/** Returns the status of the response, or null without one. Pure. */
export function statusOf(result: ExchangeResult): number | null {
  if (result.type !== 'FAILED') return result.status;
  return result.failed.type === 'status' ? result.failed.status : null;
}

/** Returns the outcome of an attempt. Pure. @param isBodyBroken True if the upload could not be read completely. */
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

/** Returns the result of an attempt for the breaker. Pure. */
export function resultOf(outcome: AttemptOutcome, status: number | null): AttemptResult {
  if (outcome === 'cancelled') return 'ignored';
  const isFailure = outcome === 'connection' || outcome === 'timeout' || FAILURE_STATUSES.has(status);
  return isFailure ? 'failure' : 'success';
}
