import type { Page } from '../domain/page.js';
import type {
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
} from '../domain/replication.js';

/** Which items; `after` is a position. */
export interface ItemQuery {
  readonly first: number;
  readonly after?: number | undefined;
  readonly status?: ReplicationItemStatus | undefined;
}

export interface ItemPage extends Page<ReplicationItem> {
  /** How many there are of that status in all. */
  readonly total: number;
}

/** Where replications and their items are kept. Every method sees what those before it wrote. */
export interface ReplicationStore {
  /** Adds a job with all its items. */
  create(replication: Replication, items: readonly ReplicationItem[]): Promise<void>;
  /** Null when there is none. */
  get(id: string): Promise<Replication | null>;
  /** The jobs of one principal, newest first, those after the job `after`. */
  list(principal: string, options: { first: number; after?: string | undefined }): Promise<Page<Replication>>;
  /** Changes fields of a job. */
  update(id: string, changes: Partial<Omit<Replication, 'id'>>): Promise<void>;
  /** Writes one item over the one at its position. */
  saveItem(id: string, item: ReplicationItem): Promise<void>;
  /** Takes an item out of the job. */
  removeItem(id: string, position: number): Promise<void>;
  /** A job's items by position, those behind the position `after`, of all or of one status. */
  items(id: string, query: ItemQuery): Promise<ItemPage>;
  counts(id: string): Promise<ReplicationCounts>;
}
