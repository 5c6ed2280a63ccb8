import pMap, { pMapSkip } from 'p-map';
import type { Log } from '../../../domain/log.js';
import type { Replication, ReplicationItem, ReplicationItemStatus } from '../../../domain/replication.js';
import type { ClaimedReplication, ReplicationStore } from '../../../storage/replication-store.js';
import type { CancellationToken } from './cancellation.js';
import type { JobClient } from './job-client.js';

/** Number of items per read. */
const PAGE = 500;

/** Dependencies of one run of a job, or of its undo. */
export interface JobContext {
  readonly replication: Replication;
  /** Record of this job. */
  readonly claimed: ClaimedReplication;
  /** Records of all jobs, for reading. */
  readonly store: ReplicationStore;
  readonly client: JobClient;
  readonly token: CancellationToken;
  /** Time for which reads may lag behind writes, and lost requests may still be carried out, in milliseconds. */
  readonly lostResponseTimeoutMs: number;
  readonly log: Log;
}

/**
 * Processes the items of a job with bounded concurrency until the job stops. Slightly more items than calls are in progress,
 * so that every call slot is in use.
 * @returns The results of the processed items, in order.
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

/** Reads the items of a job, in the order of their positions. @param statuses Defaults to all statuses. */
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
