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
