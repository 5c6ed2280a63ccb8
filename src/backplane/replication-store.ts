import type { Page } from '../domain/page.js';
import type { Replication, ReplicationCounts, ReplicationItem } from '../domain/replication.js';

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
  /** A job's items by position, those behind the position `after`. */
  items(id: string, options: { first: number; after?: number | undefined }): Promise<Page<ReplicationItem>>;
  counts(id: string): Promise<ReplicationCounts>;
}
