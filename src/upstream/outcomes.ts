import type { Verdict } from './breaker.js';
import type { Attempt } from './transport.js';

/**
 * How an attempt ended, as metrics name it: `success`; an `error` status; a `bad_response` that cannot be taken in; no
 * `connection`, or a lost one; a `timeout`; `cancelled` by its caller, or by an upload that could not be read.
 */
export type AttemptOutcome = 'success' | 'error' | 'bad_response' | 'connection' | 'timeout' | 'cancelled';

/** These say that the API, or what stands before it, does not work; other errors are about the request. */
const ILL_STATUSES: ReadonlySet<number | null> = new Set([500, 502, 503, 504]);

/** Pure. @param endedBy Who has ended the attempt, if it was not the upstream. */
export function outcomeOf(
  attempt: Attempt,
  endedBy: 'CALLER' | 'DEADLINE' | null,
  isBodyBroken: boolean,
): { readonly outcome: AttemptOutcome; readonly status: number | null } {
  if (attempt.type === 'ANSWER') return { outcome: 'success', status: attempt.status };
  if (attempt.type === 'UNREADABLE') return { outcome: 'bad_response', status: attempt.status };
  const { failed } = attempt;
  if (failed.type === 'status') return { outcome: 'error', status: failed.status };
  if (endedBy === 'CALLER' || isBodyBroken) return { outcome: 'cancelled', status: null };
  return { outcome: endedBy === 'DEADLINE' ? 'timeout' : 'connection', status: null };
}

/** What an attempt says of the API. Pure. */
export function verdictOf(outcome: AttemptOutcome, status: number | null): Verdict {
  if (outcome === 'cancelled') return 'NOTHING';
  const isIll = outcome === 'connection' || outcome === 'timeout' || ILL_STATUSES.has(status);
  return isIll ? 'ILL' : 'WELL';
}
