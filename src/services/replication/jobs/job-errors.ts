import { timestamp } from '../../../domain/clock.js';
import type { Replication, ReplicationError, ReplicationItem } from '../../../domain/replication.js';
import { StoreError } from '../../../domain/store-error.js';
import { refusalCode, TOP_LEVEL_CODES, UpstreamError } from '../../../domain/upstream-error.js';
import type { StopReason } from './cancellation.js';

const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';

/** Returns true for an item of a stopped job that may have been carried out, or may still be. */
export function mayBeSent({ status, error }: ReplicationItem): boolean {
  return status === 'RUNNING' || (status === 'FAILED' && error?.code === OUTCOME_UNKNOWN);
}

/** Returns the record of an error that ends one item. */
export function itemError(error: UpstreamError): ReplicationError {
  const { code, message } = jobError(error);
  if (!error.outcomeUnknown) return { code, message };
  return {
    code: OUTCOME_UNKNOWN,
    message: `${message}; it may have been done: resume the replication to find out`,
  };
}

/** Returns the record of an error of an item that may have been carried out earlier. */
export function unknownOutcome({ message }: ReplicationError): ReplicationError {
  const advice = 'it may have been created before: resume the replication to find out';
  return { code: OUTCOME_UNKNOWN, message: `${message}; ${advice}` };
}

/** Returns the changes of a job that has stopped for a reason, or has completed. */
export function endOf(
  { dryRun }: Pick<Replication, 'dryRun'>,
  reason: StopReason | null,
): Partial<Replication> {
  const finishedAt = timestamp();
  if (reason === null) return { status: dryRun ? 'PLANNED' : 'COMPLETED', error: null, finishedAt };
  if (reason === 'CANCELLED') return { status: 'CANCELLED', finishedAt };
  if (reason === 'CLOSING') return { status: 'INTERRUPTED' };
  if (reason instanceof StoreError) return { status: 'INTERRUPTED', error: errorOf(reason) };
  return { status: 'FAILED', error: errorOf(reason), finishedAt };
}

function errorOf(error: Error): ReplicationError {
  if (error instanceof UpstreamError) return jobError(error);
  if (error instanceof StoreError) return { code: 'STORE_UNAVAILABLE', message: error.message };
  const message = 'the replication could not go on because of a fault of the gateway; resume it';
  return { code: 'INTERNAL_SERVER_ERROR', message };
}

/** The items of a failed job show which outcomes are unknown. */
function jobError({ kind, message, faults }: UpstreamError): ReplicationError {
  const words = faults.map((fault) => fault.message).join('; ');
  return { code: refusalCode(kind) ?? TOP_LEVEL_CODES[kind], message: words || message };
}
