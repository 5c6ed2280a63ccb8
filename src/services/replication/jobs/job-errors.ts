import { timestamp } from '../../../domain/clock.js';
import type { Replication, ReplicationError, ReplicationItem } from '../../../domain/replication.js';
import { StoreError } from '../../../domain/store-error.js';
import { withFullStop } from '../../../domain/text.js';
import {
  refusalCode,
  TOP_LEVEL_CODES,
  UPSTREAM_NAMES,
  UpstreamError,
} from '../../../domain/upstream-error.js';
import type { StopReason } from './cancellation.js';

const OUTCOME_UNKNOWN = 'OUTCOME_UNKNOWN';

/** Returns true for an item of a stopped job whose request may have been, or may still be, carried out. */
export function mayBeSent({ status, error }: ReplicationItem): boolean {
  return status === 'RUNNING' || (status === 'FAILED' && error?.code === OUTCOME_UNKNOWN);
}

/** Converts an error that ends one item to its record. */
export function itemError(error: UpstreamError): ReplicationError {
  const { code, message } = jobError(error);
  if (!error.outcomeUnknown) return { code, message };
  return {
    code: OUTCOME_UNKNOWN,
    message: `${withFullStop(message)} The request may still have succeeded. Resume the replication to find out.`,
  };
}

/** Adds to an error that an earlier attempt of the item may have been carried out. */
export function unknownOutcome(error: ReplicationError): ReplicationError {
  if (error.code === OUTCOME_UNKNOWN) return error;
  const advice = 'An earlier attempt may have succeeded. Resume the replication to find out.';
  return { code: OUTCOME_UNKNOWN, message: `${withFullStop(error.message)} ${advice}` };
}

/** Returns the final changes of a job. @param reason Reason of an early stop; null if the job has completed. */
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
  const message = 'An internal error of the gateway stopped the replication. Resume it.';
  return { code: 'INTERNAL_SERVER_ERROR', message };
}

/** Ignores `outcomeUnknown`: the items of a failed job show which outcomes are unknown. */
function jobError({ upstream, kind, message, fieldErrors }: UpstreamError): ReplicationError {
  const fieldMessages = fieldErrors.map(({ message }) => message).join('; ');
  const fullMessage = fieldMessages
    ? `${UPSTREAM_NAMES[upstream]} rejected the request: ${fieldMessages}`
    : message;
  return { code: refusalCode(kind) ?? TOP_LEVEL_CODES[kind], message: withFullStop(fullMessage) };
}
