import type { Replication } from '../../domain/replication.js';
import type { UserError } from '../../domain/user-error.js';

/** How many jobs of one principal may be under way or waiting. */
export const MAX_UNFINISHED = 10;

export const TOO_MANY: UserError = {
  code: 'CONFLICT',
  message: `${MAX_UNFINISHED} replications of yours are under way or waiting: wait until one has ended`,
  field: null,
};

export const NO_SUCH_JOB: UserError = {
  code: 'NOT_FOUND',
  message: 'there is no such replication among those that were started with this key',
  field: ['id'],
};

export const OTHER_SANDBOX = 'its replicas are in the sandbox of another process, or of one that has ended';

/** Why something cannot be done with a job as it is. */
export function notNow(message: string, code: 'INVALID' | 'CONFLICT' = 'INVALID'): UserError {
  return { code, message, field: ['id'] };
}

/** Why a job is not gone on with; null when it may be. Pure. */
export function resumeRefusal({ dryRun, status }: Replication): UserError | null {
  if (dryRun) return notNow('it is a dry run: start it again');
  if (status === 'UNDOING' || status === 'UNDONE') return notNow('it was undone: start a new one');
  if (status === 'CANCELLING') return notNow('it is being cancelled: wait until it is CANCELLED', 'CONFLICT');
  return null;
}
