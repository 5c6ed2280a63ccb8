import type { Page } from '../../domain/page.js';
import type {
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
} from '../../domain/replication.js';
import type { ItemPage, ItemQuery, ReplicationStore } from '../replication-store.js';

interface Entry {
  replication: Replication;
  readonly items: Map<number, ReplicationItem>;
}

/** How many ended jobs are remembered, and how many items of them in all. */
const KEPT_JOBS = 100;
const KEPT_ITEMS = 50_000;

const TALLY: Readonly<Record<ReplicationItemStatus, Exclude<keyof ReplicationCounts, 'total'>>> = {
  PENDING: 'pending',
  RUNNING: 'pending',
  CREATED: 'created',
  UPDATED: 'updated',
  SKIPPED: 'skipped',
  FAILED: 'failed',
};

/** Keeps replications in the memory of this process; of those that have ended the newest. */
export class MemoryReplicationStore implements ReplicationStore {
  /** In the order of their creation. */
  readonly #entries = new Map<string, Entry>();

  async create(replication: Replication, items: readonly ReplicationItem[]): Promise<void> {
    this.#entries.set(replication.id, {
      replication,
      items: new Map(items.map((item) => [item.position, item])),
    });
    this.#forgetOldest();
  }

  async get(id: string): Promise<Replication | null> {
    return this.#entries.get(id)?.replication ?? null;
  }

  async list(
    principal: string,
    { first, after }: { first: number; after?: string },
  ): Promise<Page<Replication>> {
    const own = [...this.#entries.values()]
      .map(({ replication }) => replication)
      .filter((replication) => replication.principal === principal)
      .reverse();
    const last = own.findIndex(({ id }) => id === after);
    // Behind a job that was forgotten there are only older ones, which were forgotten before it.
    if (after !== undefined && last === -1) return { items: [], hasNextPage: false };
    const start = last + 1;
    return { items: own.slice(start, start + first), hasNextPage: own.length > start + first };
  }

  async update(id: string, changes: Partial<Omit<Replication, 'id'>>): Promise<void> {
    const entry = this.#entry(id);
    entry.replication = { ...entry.replication, ...changes };
  }

  async saveItem(id: string, item: ReplicationItem): Promise<void> {
    this.#entry(id).items.set(item.position, item);
  }

  async removeItem(id: string, position: number): Promise<void> {
    this.#entry(id).items.delete(position);
  }

  async items(id: string, { first, after, status }: ItemQuery): Promise<ItemPage> {
    const matching = [...this.#entry(id).items.values()].filter((item) => !status || item.status === status);
    const behind = matching.filter(({ position }) => after === undefined || position > after);
    return { items: behind.slice(0, first), hasNextPage: behind.length > first, total: matching.length };
  }

  async counts(id: string): Promise<ReplicationCounts> {
    const { items } = this.#entry(id);
    const counts = { total: items.size, created: 0, updated: 0, skipped: 0, failed: 0, pending: 0 };
    for (const { status } of items.values()) counts[TALLY[status]] += 1;
    return counts;
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new Error('there is no such replication');
    return entry;
  }

  #forgetOldest(): void {
    const newestFirst = [...this.#entries.values()].reverse();
    let items = 0;
    let jobs = 0;
    for (const { replication, items: own } of newestFirst) {
      if (replication.finishedAt === null) continue;
      jobs += 1;
      items += own.size;
      if (jobs > KEPT_JOBS || items > KEPT_ITEMS) this.#entries.delete(replication.id);
    }
  }
}
