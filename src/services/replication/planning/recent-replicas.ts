import type { RecentReplica } from '../../../backplane/replication-store.js';
import type { PortkeyPrompt } from '../../../domain/portkey-prompt.js';
import type { WrittenVersion } from '../../../domain/replication.js';
import { markerOf } from '../copying/marker.js';
import type { JobContext } from '../jobs/job-context.js';

type Get = (id: string) => Promise<PortkeyPrompt | null>;

/**
 * The gateway's own record of replicas that were written so recently that Portkey's reads may not show it. It is
 * consulted before a replica counts as missing, outdated or present.
 */
export class RecentReplicas {
  readonly #bySource = new Map<string, RecentReplica>();
  readonly #deleted = new Set<string>();
  readonly #context: JobContext;

  constructor(rows: readonly RecentReplica[], context: JobContext) {
    this.#context = context;
    for (const row of rows) {
      if (row.status === 'UNDONE') this.#deleted.add(row.replica.id);
      else this.#bySource.set(row.sourceId, row);
    }
  }

  /** The id of the replica that was written for a source; undefined when there is none. */
  idFor(sourceId: string): string | undefined {
    const id = this.#bySource.get(sourceId)?.replica.id;
    return id === undefined || this.#deleted.has(id) ? undefined : id;
  }

  /** The version that was written last of a replica; null when there is none. */
  writtenOf(sourceId: string, id: string): WrittenVersion | null {
    const row = this.#bySource.get(sourceId);
    return (row?.replica.id === id && row.replica.written) || null;
  }

  /** Whether a replica was deleted by an undo, whatever a list that lags says. */
  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** Reads a replica, and waits until it shows what was published last, as long as reads may lag. */
  async read(sourceId: string, id: string, get: Get): Promise<PortkeyPrompt | null> {
    const row = this.#bySource.get(sourceId);
    return row?.replica.id === id ? this.#await(row, id, get, shows) : get(id);
  }

  /** Reads a source, and waits until it is no older than what a replica was made from, as long as reads may lag. */
  async readSource(id: string, get: Get): Promise<PortkeyPrompt | null> {
    const row = this.#bySource.get(id);
    return row ? this.#await(row, id, get, isNoOlder) : get(id);
  }

  /** Reads until a condition holds or reads have had time to settle. Returns what was read last. */
  async #await(
    row: RecentReplica,
    id: string,
    get: Get,
    holds: (prompt: PortkeyPrompt, row: RecentReplica) => boolean,
  ): Promise<PortkeyPrompt | null> {
    let last: PortkeyPrompt | null = null;
    const look = async () => {
      last = await get(id);
      return last && holds(last, row) ? last : null;
    };
    const { client, settleMs, store } = this.#context;
    const left = Math.min(settleMs, row.savedAt + settleMs - store.now());
    return (await client.waitFor(look, left)) ?? last;
  }
}

function shows(prompt: PortkeyPrompt, { replica, replicationId }: RecentReplica): boolean {
  return !replica.written?.isPublished || markerOf(prompt)?.replicationId === replicationId;
}

function isNoOlder({ version }: PortkeyPrompt, { replica }: RecentReplica): boolean {
  const made = replica.written?.sourceVersion ?? null;
  return typeof version !== 'number' || made === null || version >= made;
}
