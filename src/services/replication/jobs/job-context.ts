import type { ClaimedReplication, ReplicationStore } from '../../../backplane/replication-store.js';
import type { Log } from '../../../domain/log.js';
import type { Replication } from '../../../domain/replication.js';
import type { CancellationToken } from './cancellation.js';
import type { JobClient } from './job-client.js';

/** Everything that one run of a job, or of its undo, works with. */
export interface JobContext {
  readonly replication: Replication;
  /** The record of this job. */
  readonly claimed: ClaimedReplication;
  /** The records of all jobs, to read. */
  readonly store: ReplicationStore;
  readonly client: JobClient;
  readonly token: CancellationToken;
  /** Time for which reads may lag behind writes, and lost requests may still be carried out, in milliseconds. */
  readonly settleMs: number;
  readonly log: Log;
}
