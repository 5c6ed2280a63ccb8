import type { ReplicationError, ReplicationItem } from '../../domain/replication.js';
import { UpstreamError } from '../../domain/upstream-error.js';

const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';

/** Whether an item of a job that has stopped may have been carried out, or may still be. */
export function mayBeSent({ status, error }: ReplicationItem): boolean {
  return status === 'RUNNING' || (status === 'FAILED' && error?.code === OUTCOME_UNKNOWN);
}

/** A failure of an item that may have been carried out all the same. */
export function unknownOutcome({ message }: ReplicationError): ReplicationError {
  const advice = 'it may have been created before: resume the replication to find out';
  return { code: OUTCOME_UNKNOWN, message: `${message}; ${advice}` };
}

/** Portkey does not say of a 5xx whether it did the work before it failed; a call that was aborted may have arrived. */
export function mayHaveBeenDone(error: unknown): boolean {
  if (!(error instanceof UpstreamError)) return false;
  return error.outcomeUnknown || error.kind === 'UNAVAILABLE' || error.kind === 'CANCELLED';
}
