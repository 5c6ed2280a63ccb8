import type { ReplicationStore } from '../../../backplane/replication-store.js';
import type { Replication, ReplicationCounts } from '../../../domain/replication.js';
import { REPLICATION_PACE } from '../../live/pace.js';
import type { Sighting, Subject } from '../../live/subject.js';

/** What there is to be seen of a job now. */
export interface Sight {
  readonly replication: Replication;
  readonly counts: ReplicationCounts;
  /** Whether somebody is at work on it. */
  readonly isUnderWay: boolean;
}

/** Where jobs are looked for. */
interface Jobs {
  /** A job of the principal; null when there is none. */
  readonly get: (id: string) => Promise<Replication | null>;
  readonly store: ReplicationStore;
}

/** A job until nobody is at work on it. It is looked for in the store, so it does not matter which process runs it. */
export function replicationSubject(principal: string, id: string, jobs: Jobs): Subject<Sight> {
  const group = `replications ${principal}`;
  return {
    key: `replication ${principal} ${id}`,
    group,
    id,
    account: group,
    readAll: (ids) => Promise.all(ids.map((one) => look(one, jobs))),
    isSettled: ({ isUnderWay }) => !isUnderWay,
    paceOf: () => REPLICATION_PACE,
    paceAfterNudge: REPLICATION_PACE,
    changing: ({ replication, counts }) => [replication, counts],
    // The last one and a change right after it would be more than four in a second.
    startsWithLast: false,
  };
}

async function look(id: string, { get, store }: Jobs): Promise<Sighting<Sight>> {
  try {
    // Read before the rest, so that nothing comes after what is seen of one that nobody is at work on.
    const isUnderWay = await store.isClaimed(id);
    const replication = await get(id);
    return replication && { replication, counts: await store.counts(id), isUnderWay };
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

/** Speed of a job; null where it is not known. */
export interface Throughput {
  /** Items per second. */
  readonly throughput: number | null;
  readonly etaSeconds: number | null;
}

/** Long enough to be steady, short enough to follow a change of the rate limit. */
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
