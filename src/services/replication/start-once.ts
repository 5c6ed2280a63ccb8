import type { UserError } from '../../domain/user-error.js';
import {
  type Executed,
  type IdempotencyService,
  keyedRequest,
  type SaveCheckpoint,
} from '../idempotency/idempotency.js';
import { type ReplicationRequest, withDefaults } from './request.js';

/** Id of a started job, or the errors that prevented it. */
export interface Started {
  readonly id: string | null;
  readonly userErrors: readonly UserError[];
}

const GONE: UserError = {
  code: 'NOT_FOUND',
  message: 'The replication that this idempotencyKey started is no longer on record.',
  field: ['idempotencyKey'],
};

/** Starts a job, only once for an idempotency key. The key does not cover `awaitSeconds`. */
export async function startOnce(
  once: IdempotencyService<Started>,
  request: ReplicationRequest,
  caller: { readonly keyOwner: string },
  job: {
    /** @param saveCheckpoint Awaited with the id of the job before the job is recorded. */
    readonly begin: (saveCheckpoint: SaveCheckpoint) => Promise<Started>;
    readonly isRecorded: (id: string) => Promise<boolean>;
  },
): Promise<Started> {
  const { idempotencyKey, targetModel, selection, options, dryRun } = request;
  if (idempotencyKey === null) return job.begin(async () => {});
  const input = ['replicate', targetModel, selection, withDefaults(options), dryRun];
  const execute = async (saveCheckpoint: SaveCheckpoint): Promise<Executed<Started>> => {
    const response = await job.begin(saveCheckpoint);
    return { response, outcome: response.id === null ? 'NO_EFFECT' : { result: response.id } };
  };
  return once.run(keyedRequest(caller.keyOwner, idempotencyKey, input), {
    execute,
    // The id was saved, but the gateway may have stopped before the job was recorded.
    async resume(id, saveCheckpoint) {
      if (!(await job.isRecorded(id))) return execute(saveCheckpoint);
      return { response: { id, userErrors: [] }, outcome: { result: id } };
    },
    async replay(id) {
      return (await job.isRecorded(id)) ? { id, userErrors: [] } : { id: null, userErrors: [GONE] };
    },
    reject: (error) => ({ id: null, userErrors: [error] }),
  });
}
