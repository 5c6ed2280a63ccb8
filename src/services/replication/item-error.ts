import type { ReplicationError } from '../../domain/replication.js';
import { TOP_LEVEL_CODES, type UpstreamError, userErrorCode } from '../../domain/upstream-error.js';

/** What the record says of a failure. */
export function itemError(error: UpstreamError): ReplicationError {
  const code = userErrorCode(error) ?? TOP_LEVEL_CODES[error.kind];
  const words = error.faults.map(({ message }) => message).join('; ') || error.message;
  if (code !== 'OUTCOME_UNKNOWN') return { code, message: words };
  return { code, message: `${words}; it may have been done: resume the replication to find out` };
}
