import type { ReplicationError } from '../../domain/replication.js';
import { refusalCode, TOP_LEVEL_CODES, type UpstreamError } from '../../domain/upstream-error.js';

/** Returns the record of a failure that ends one item. */
export function itemError(error: UpstreamError): ReplicationError {
  const { code, message } = jobError(error);
  if (!error.outcomeUnknown) return { code, message };
  return {
    code: 'OUTCOME_UNKNOWN',
    message: `${message}; it may have been done: resume the replication to find out`,
  };
}

/** Returns the record of a failure that ends the whole job: its items show which outcomes are unknown. */
export function jobError({ kind, message, faults }: UpstreamError): ReplicationError {
  const words = faults.map((fault) => fault.message).join('; ');
  return { code: refusalCode(kind) ?? TOP_LEVEL_CODES[kind], message: words || message };
}
