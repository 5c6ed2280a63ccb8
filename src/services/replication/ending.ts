import { timestamp } from '../../domain/clock.js';
import type { Replication, ReplicationError } from '../../domain/replication.js';
import { StoreError } from '../../domain/store-error.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { jobError } from './item-error.js';
import type { StopReason } from './stop.js';

/** What becomes of a job that has stopped for a reason, or has come to its end. */
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

/** What the record of a job says of what has stopped it. */
function errorOf(error: Error): ReplicationError {
  if (error instanceof UpstreamError) return jobError(error);
  if (error instanceof StoreError) return { code: 'STORE_UNAVAILABLE', message: error.message };
  const message = 'the replication could not go on because of a fault of the gateway; resume it';
  return { code: 'INTERNAL_SERVER_ERROR', message };
}
