import type { ReplicationStore } from '../../backplane/replication-store.js';
import type { Replication } from '../../domain/replication.js';

/** How fast a job goes; null where that cannot be told. */
export interface Pace {
  /** Items per second. */
  readonly throughput: number | null;
  readonly etaSeconds: number | null;
}

/** Long enough to be steady, short enough to follow a change of the rate limit. */
const WINDOW_MS = 30_000;

/** The pace of a job over the last half minute. `now` is in Unix milliseconds. */
export async function paceOf(
  store: ReplicationStore,
  { id, status }: Pick<Replication, 'id' | 'status'>,
  now: number,
): Promise<Pace> {
  if (status !== 'RUNNING') return { throughput: null, etaSeconds: null };
  const { done, first } = await store.pace(id, now - WINDOW_MS);
  const seconds = first === null ? 0 : (now - first) / 1000;
  // One item alone says nothing of a rate.
  if (done < 2 || seconds <= 0) return { throughput: null, etaSeconds: null };
  const throughput = done / seconds;
  const { pending } = await store.counts(id);
  return { throughput: Math.round(throughput * 100) / 100, etaSeconds: Math.ceil(pending / throughput) };
}
