import { setTimeout as pause } from 'node:timers/promises';
import type { Replication, ReplicationCounts } from '../../domain/replication.js';

/** The most events in a second are four. */
const INTERVAL_MS = 250;

/** What there is to be seen of a job now. */
export interface Sight {
  readonly replication: Replication;
  readonly counts: ReplicationCounts;
  /** Whether somebody is at work on it. */
  readonly isUnderWay: boolean;
}

/**
 * A job at once and whenever it has changed, up to four times a second; ends with its last state. Null, and
 * nothing else, where there is none. It is looked for in the
 * store, so it does not matter which process runs it.
 * @param look Reads the job; null when there is none.
 */
export async function* watch(
  look: () => Promise<Sight | null>,
  signal: AbortSignal,
): AsyncGenerator<Replication | null, void, void> {
  let shown = '';
  while (!signal.aborted) {
    const sight = await look();
    if (!sight) {
      yield null;
      return;
    }
    const { replication, counts, isUnderWay } = sight;
    const seen = JSON.stringify([replication, counts]);
    if (seen !== shown) yield replication;
    shown = seen;
    if (!isUnderWay) return;
    await pause(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
