import type { FailedAttempt } from './retry-policy.js';

/** Statuses that both APIs document for a rejected request. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 409, 422, 429]);

/** Failure of the last attempt at a call: an error response, a connection, an unreadable response, or an abort. */
export type FailedCall = FailedAttempt | { readonly type: 'unreadable' } | { readonly type: 'aborted' };

/**
 * Returns true if a failed write may have been executed. Only a rejection, or a request that was never sent, rules that out,
 * because a proxy may send other statuses after the API did the work. Pure.
 */
export function mayBeDone(method: string, failed: FailedCall): boolean {
  if (method === 'GET') return false;
  if (failed.type === 'connection') return failed.sent;
  return failed.type !== 'status' || !REFUSALS.has(failed.status);
}
