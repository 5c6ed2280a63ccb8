import type { ReplicationStore } from '../../../backplane/replication-store.js';
import type { Replication } from '../../../domain/replication.js';

/** Speed of a job; null where it is not known. */
export interface Throughput {
  /** Items per second. */
  readonly throughput: number | null;
  readonly etaSeconds: number | null;
}

/** Long enough to be steady, short enough to follow a change of the rate limit. */
const WINDOW_MS = 30_000;
/** What is done in less time than this says nothing of a rate. */
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
