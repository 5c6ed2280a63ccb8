import type { PortkeyPrompt } from '../../../domain/portkey-prompt.js';
import type { WrittenVersion } from '../../../domain/replication.js';
import type { RecentReplica } from '../../../storage/replication-store.js';
import { provenanceOf } from '../copying/replica-content.js';
import type { JobContext } from '../jobs/job-context.js';

type Get = (id: string) => Promise<PortkeyPrompt | null>;

/**
 * Replicas that the gateway wrote so recently that Portkey's reads may not show the change yet. The planner consults them
 * before it treats a replica as missing, outdated or present.
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

  /** Returns the id of the replica that was written for a source, or undefined. */
  idFor(sourceId: string): string | undefined {
    const id = this.#bySource.get(sourceId)?.replica.id;
    return id === undefined || this.#deleted.has(id) ? undefined : id;
  }

  /** Returns the version of a replica that was written last, or null. */
  writtenOf(sourceId: string, id: string): WrittenVersion | null {
    const row = this.#bySource.get(sourceId);
    return (row?.replica.id === id && row.replica.written) || null;
  }

  /** Returns true for a replica that an undo deleted, even if a stale list still shows it. */
  isDeleted(id: string): boolean {
    return this.#deleted.has(id);
  }

  /** Reads a replica, and waits until it shows the version published last, for as long as reads may lag. */
  async read(sourceId: string, id: string, get: Get): Promise<PortkeyPrompt | null> {
    const row = this.#bySource.get(sourceId);
    return row?.replica.id === id ? this.#await(row, id, get, shows) : get(id);
  }

  /** Reads a source, and waits until it is as new as the version that a replica was made from, for as long as reads may lag. */
  async readSource(id: string, get: Get): Promise<PortkeyPrompt | null> {
    const row = this.#bySource.get(id);
    return row ? this.#await(row, id, get, isNoOlder) : get(id);
  }

  /** Reads until a condition holds or reads no longer lag. @returns The last result. */
  async #await(
    row: RecentReplica,
    id: string,
    get: Get,
    holds: (prompt: PortkeyPrompt, row: RecentReplica) => boolean,
  ): Promise<PortkeyPrompt | null> {
    let last: PortkeyPrompt | null = null;
    const readOnce = async () => {
      last = await get(id);
      return last && holds(last, row) ? last : null;
    };
    const { client, lostResponseTimeoutMs, store } = this.#context;
    const remainingMs = Math.min(lostResponseTimeoutMs, row.savedAt + lostResponseTimeoutMs - store.now());
    return (await client.waitFor(readOnce, remainingMs)) ?? last;
  }
}

function shows(prompt: PortkeyPrompt, { replica, replicationId }: RecentReplica): boolean {
  return !replica.written?.isPublished || provenanceOf(prompt)?.replicationId === replicationId;
}

function isNoOlder({ version }: PortkeyPrompt, { replica }: RecentReplica): boolean {
  const copiedVersion = replica.written?.sourceVersion ?? null;
  return typeof version !== 'number' || copiedVersion === null || version >= copiedVersion;
}
