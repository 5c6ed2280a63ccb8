import pMap, { pMapSkip } from 'p-map';
import type { ClaimedReplication, ReplicationStore } from '../../../backplane/replication-store.js';
import type { Log } from '../../../domain/log.js';
import type { Replication, ReplicationItem, ReplicationItemStatus } from '../../../domain/replication.js';
import type { CancellationToken } from './cancellation.js';
import type { JobClient } from './job-client.js';

/** Number of items that are read at a time. */
const PAGE = 500;

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

/**
 * Works on the items of a job with bounded concurrency, until the job stops. A few more items than calls are in progress, so
 * that no call has to wait.
 * @returns The results of those that were worked on, in their order.
 */
export function mapItems<T, R>(
  { replication, token }: JobContext,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const { concurrency } = replication.options;
  return pMap(
    items,
    async (item) => {
      if (token.reason) return pMapSkip;
      const result = await token.run(() => work(item));
      return result === undefined ? pMapSkip : result;
    },
    { concurrency: concurrency + Math.floor(concurrency / 4) },
  );
}

/** Reads the items of a job, in the order of their positions. @param statuses Default: all. */
export async function* itemsOf(
  store: ReplicationStore,
  id: string,
  statuses?: readonly ReplicationItemStatus[],
): AsyncGenerator<ReplicationItem, void, void> {
  for (let after: number | undefined, hasNextPage = true; hasNextPage; ) {
    const page = await store.items(id, { first: PAGE, after, statuses });
    yield* page.items;
    after = page.items.at(-1)?.position;
    hasNextPage = page.hasNextPage;
  }
}
