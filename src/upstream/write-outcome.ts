import type { FailedAttempt } from './retry-policy.js';

/** Statuses that both APIs document for a rejected request. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 409, 422, 429]);

/** Failure of the last attempt at a call: an error response, a connection, an unreadable response, or an abort. */
export type FailedCall = FailedAttempt | { readonly type: 'unreadable' } | { readonly type: 'aborted' };

/**
 * Returns true if a failed call may have been executed. Reads, requests that were never sent, and rejections rule that out.
 * Other statuses do not, because a proxy may have responded after the API did the work. Pure.
 */
export function mayBeDone(method: string, failed: FailedCall): boolean {
  if (method === 'GET') return false;
  if (failed.type === 'connection') return failed.sent;
  return failed.type !== 'status' || !REFUSALS.has(failed.status);
}
