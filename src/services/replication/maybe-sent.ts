import type { ReplicationError, ReplicationItem } from '../../domain/replication.js';

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
