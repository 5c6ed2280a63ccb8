import type { Replication, ReplicationCounts } from '../../../domain/replication.js';
import type { ReplicationStore } from '../../../storage/replication-store.js';
import { REPLICATION_INTERVAL } from '../../live/poll-interval.js';
import type { PollTarget, Update } from '../../live/poll-target.js';

/** Current state of a job. */
export interface Snapshot {
  readonly replication: Replication;
  readonly counts: ReplicationCounts;
  /** True while a process works on it. */
  readonly isInProgress: boolean;
}

/** Source of jobs. */
interface Jobs {
  /** Returns a job of the principal, or null. */
  readonly get: (id: string) => Promise<Replication | null>;
  readonly store: ReplicationStore;
}

/** Follows a job until no process works on it. It polls the store, so any process can run the job. */
export function replicationTarget(principal: string, id: string, jobs: Jobs): PollTarget<Snapshot> {
  const group = `replications ${principal}`;
  return {
    key: `replication ${principal} ${id}`,
    group,
    id,
    account: group,
    readAll: (ids) => Promise.all(ids.map((one) => look(one, jobs))),
    isSettled: ({ isInProgress }) => !isInProgress,
    intervalOf: () => REPLICATION_INTERVAL,
    intervalAfterInvalidation: REPLICATION_INTERVAL,
    changing: ({ replication, counts }) => [replication, counts],
    // The last state followed by a change could exceed four events per second.
    startsWithLast: false,
  };
}

async function look(id: string, { get, store }: Jobs): Promise<Update<Snapshot>> {
  try {
    // Read first: if no process works on the job, the state that is read afterwards is final.
    const isInProgress = await store.isClaimed(id);
    const replication = await get(id);
    return replication && { replication, counts: await store.counts(id), isInProgress };
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Speed of a job. Null if unknown. */
export interface Throughput {
  /** Items per second. */
  readonly throughput: number | null;
  readonly etaSeconds: number | null;
}

/** Window of the rate in milliseconds: long enough to be steady, short enough to follow changes of the rate limit. */
const WINDOW_MS = 30_000;
/** Shortest time from which a rate is derived, in milliseconds. */
const SHORTEST_MS = 1_000;

/** Returns the speed of a job over the last half minute. */
export async function throughputOf(
  store: ReplicationStore,
  { id, status }: Pick<Replication, 'id' | 'status'>,
): Promise<Throughput> {
  if (status !== 'RUNNING') return { throughput: null, etaSeconds: null };
  const { done, ms } = await store.throughput(id, WINDOW_MS);
  if (done === 0 || ms < SHORTEST_MS) return { throughput: null, etaSeconds: null };
  const throughput = done / (ms / 1000);
  const { pending } = await store.counts(id);
  return { throughput: Math.round(throughput * 100) / 100, etaSeconds: Math.ceil(pending / throughput) };
}
