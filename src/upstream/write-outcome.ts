import type { FailedAttempt } from './retry-policy.js';

/** Documented statuses by which both APIs say that they have refused a request. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 409, 422, 429]);

/** Failure of the last attempt at a call: an error response, a connection, an unreadable response, or an abort. */
export type FailedCall = FailedAttempt | { readonly type: 'unreadable' } | { readonly type: 'aborted' };

/**
 * Returns true when a failed call may have been carried out. Only reads, requests that were never sent, and refusals rule
 * that out: a proxy may have responded after the API had done the work. Pure.
 */
export function mayBeDone(method: string, failed: FailedCall): boolean {
  if (method === 'GET') return false;
  if (failed.type === 'connection') return failed.sent;
  return failed.type !== 'status' || !REFUSALS.has(failed.status);
}
