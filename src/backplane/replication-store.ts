import type { Page } from '../domain/page.js';
import type {
  RecordedReplica,
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
  ReplicationStatus,
} from '../domain/replication.js';

/** Which jobs, newest first; `after` is the id of one, conditions are combined with and. */
export interface ReplicationQuery {
  readonly first: number;
  readonly after?: string | undefined;
  readonly status?: readonly ReplicationStatus[] | null | undefined;
  readonly targetModel?: string | null | undefined;
  readonly dryRun?: boolean | null | undefined;
}

/** Which items, by position; `after` is one. */
export interface ItemQuery {
  readonly first: number;
  readonly after?: number | undefined;
  readonly statuses?: readonly ReplicationItemStatus[] | undefined;
}

export interface ItemPage extends Page<ReplicationItem> {
  /** How many there are of these statuses in all. */
  readonly total: number;
}

/**
 * Other jobs that have an item in common with one: of the same source, or, under the same key, of the same replica
 * name.
 */
export interface Rivals {
  /** One that a living process has taken before: what it makes is to be waited for. */
  readonly ahead: string | null;
  /** When the last of them has ended, however; null where none has since the time that was asked about. */
  readonly lastEnd: number | null;
  /** One that has ended with something that may have been sent and may still be carried out; and when it has ended. */
  readonly open: { readonly id: string; readonly since: number } | null;
}

/** A line of a job, this one or another, that says what was written of a replica of the same source. */
export interface RecentReplica {
  readonly sourceId: string;
  readonly replica: RecordedReplica;
  readonly replicationId: string;
  readonly status: ReplicationItemStatus;
  /** By the clock of the record. */
  readonly savedAt: number;
}

/** A version of a replica that a job has written and could not publish. */
export interface UnpublishedVersion {
  readonly replicaId: string;
  readonly versionId: string;
}

export type ReplicationChanges = Partial<Omit<Replication, 'id' | 'principal' | 'credential'>>;

/**
 * Where replications and their items are kept, and who runs which: several processes can share it, and a job is run by
 * the one that has taken it. Every method sees what those before it wrote; what it has written survives the
 * end of the process, however that comes.
 * All of them throw a StoreError when the store cannot be used.
 */
export interface ReplicationStore {
  /** Clock of the record: Unix milliseconds, but never set. */
  readonly now: () => number;
  /** Adds a job with all its items, taken by this process. */
  create(replication: Replication, items: readonly ReplicationItem[]): Promise<void>;
  /** Null when there is none. */
  get(id: string): Promise<Replication | null>;
  /** The jobs of one principal. */
  list(principal: string, query: ReplicationQuery): Promise<Page<Replication>>;
  /** The jobs under a key that were cut off and that no living process has, oldest first. No dry runs. */
  abandoned(credential: string): Promise<readonly Replication[]>;
  /** How many jobs of a principal living processes have. */
  countTaken(principal: string): Promise<number>;

  /**
   * Takes a job for this process with these changes, and takes back what was asked of the one before it. False when a
   * living process has it already.
   */
  take(id: string, changes: ReplicationChanges): Promise<boolean>;
  /** Whether a living process has the job. */
  isTaken(id: string): Promise<boolean>;
  /** Changes fields of a job. */
  update(id: string, changes: ReplicationChanges): Promise<void>;
  /** Changes fields of a job that this process has, and lets go of it. Does nothing when another process has it. */
  release(id: string, changes: ReplicationChanges): Promise<void>;
  /** Asks the process that has the job to stop: its status is CANCELLING until then. */
  requestCancel(id: string): Promise<void>;
  isCancelRequested(id: string): Promise<boolean>;
  /** Finds the rivals of a taken job. Times are by the clock of the record. */
  rivals(id: string, since: number): Promise<Rivals>;

  /**
   * Replicas for the target model of a job, of its sources, that any job has written or deleted since a time, or since
   * the job was recorded where that is null; the oldest first. Portkey's reads may not show these writes yet.
   */
  recentReplicas(id: string, since: number | null): Promise<readonly RecentReplica[]>;

  /** Versions of replicas of a job's sources, for its target model, that any job has written and could not publish. */
  unpublishedVersions(id: string): Promise<readonly UnpublishedVersion[]>;

  /** Whether a process that has this store is alive. */
  isAlive(process: string): Promise<boolean>;

  /** Makes every item of a job one that is still to be done. */
  renew(id: string): Promise<void>;
  /** Writes one item over the one at its position. */
  saveItem(id: string, item: ReplicationItem): Promise<void>;
  /** Takes an item out of the job. */
  removeItem(id: string, position: number): Promise<void>;
  items(id: string, query: ItemQuery): Promise<ItemPage>;
  /** The item of a job about one source; null when there is none. */
  findItem(id: string, sourceId: string): Promise<ReplicationItem | null>;
  counts(id: string): Promise<ReplicationCounts>;
  /**
   * How many items were created, updated or failed over the last `windowMs`, or since the job began to run if that is
   * later, and how long that is.
   */
  pace(id: string, windowMs: number): Promise<{ readonly done: number; readonly ms: number }>;
}
