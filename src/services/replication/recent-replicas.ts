import type { RecentReplica } from '../../backplane/replication-store.js';
import type { PortkeyPrompt } from '../../domain/portkey-prompt.js';
import { markerOf } from './marker.js';
import { lookUntil } from './settle.js';
import type { Stop } from './stop.js';

/**
 * The gateway's own record of replicas that were written so recently that Portkey's reads may not show it. It is
 * consulted before a replica counts as missing, outdated or present.
 */
export class RecentReplicas {
  readonly #bySource = new Map<string, RecentReplica>();
  readonly #deleted = new Set<string>();
  readonly #settleMs: number;
  readonly #stop: Stop;

  constructor(rows: readonly RecentReplica[], settleMs: number, stop: Stop) {
    this.#settleMs = settleMs;
    this.#stop = stop;
    for (const row of rows) {
      if (row.status === 'UNDONE') this.#deleted.add(row.replicaId);
      else this.#bySource.set(row.sourceId, row);
    }
  }

  /** The id of the replica that was written for a source; undefined when there is none. */
  idFor(sourceId: string): string | undefined {
    const id = this.#bySource.get(sourceId)?.replicaId;
    return id === undefined || this.#deleted.has(id) ? undefined : id;
  }

  /** Whether a replica was deleted by an undo, whatever a list that lags says. */
  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** Reads a replica, and waits until it shows what was written last, as long as reads may lag. */
  async read(
    sourceId: string,
    id: string,
    get: (id: string) => Promise<PortkeyPrompt | null>,
  ): Promise<PortkeyPrompt | null> {
    const row = this.#bySource.get(sourceId);
    if (row?.replicaId !== id) return get(id);
    let last: PortkeyPrompt | null = null;
    const look = async () => {
      last = await get(id);
      return last && shows(last, row) ? last : null;
    };
    return (await lookUntil(look, row.savedAt + this.#settleMs, this.#stop)) ?? last;
  }
}

function shows(prompt: PortkeyPrompt, { status, replicationId }: RecentReplica): boolean {
  return status !== 'UPDATED' || markerOf(prompt)?.replicationId === replicationId;
}
