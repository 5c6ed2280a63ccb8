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

/** Other jobs that have an item in common with one: the same source, or, under the same key, the same replica name. */
export interface Conflicts {
  /** A job that a living process claimed earlier, whose replicas have to be awaited; null if there is none. */
  readonly blockedBy: string | null;
  /** When the last of them ended, in any way; null if none has ended since the given time. */
  readonly lastEnd: number | null;
  /** A job that ended with something that may have been sent and may still be carried out, and when it ended. */
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

/** A job that this process has claimed. All writes of a running job go through it. */
export interface ClaimedReplication {
  update(changes: ReplicationChanges): Promise<void>;
  /** Replaces the item at the position of this one. */
  saveItem(item: ReplicationItem): Promise<void>;
  removeItem(position: number): Promise<void>;
  /** Makes all items pending again. */
  reset(): Promise<void>;
  /** Changes fields and gives the job up. Does nothing if another process has claimed it. */
  release(changes: ReplicationChanges): Promise<void>;
  isCancelRequested(): Promise<boolean>;
  /** Finds conflicting jobs. Times are by the clock of the record. */
  findConflicts(since: number): Promise<Conflicts>;
}

/**
 * Keeps replications and their items, and knows which process runs which. Several processes can share it. Every method sees
 * the writes before it, and writes survive the end of the process. All methods, also those of claimed jobs, throw a
 * StoreError while the store cannot be used.
 */
export interface ReplicationStore {
  /** Clock of the record: Unix milliseconds, but never set. */
  readonly now: () => number;
  /** Adds a job with all its items, claimed by this process. */
  create(replication: Replication, items: readonly ReplicationItem[]): Promise<ClaimedReplication>;
  /** Claims a job for this process and changes it; clears a pending cancel request. Null if a living process has it. */
  claim(id: string, changes: ReplicationChanges): Promise<ClaimedReplication | null>;
  /** Returns true if a living process has claimed the job. */
  isClaimed(id: string): Promise<boolean>;
  /** Asks the process that runs the job to stop. Until it has stopped, its status is CANCELLING. */
  requestCancel(id: string): Promise<void>;

  /** Returns null for an unknown id. */
  get(id: string): Promise<Replication | null>;
  /** Lists the jobs of one principal. */
  list(principal: string, query: ReplicationQuery): Promise<Page<Replication>>;
  /** Lists the interrupted jobs under a key that no living process has, oldest first, without dry runs. */
  abandoned(credential: string): Promise<readonly Replication[]>;
  /** Number of jobs of a principal that living processes have claimed. */
  countClaimed(principal: string): Promise<number>;
  /** Returns true if a process that shares the store is alive. */
  isAlive(process: string): Promise<boolean>;

  items(id: string, query: ItemQuery): Promise<ItemPage>;
  /** Returns the item of a job about one source; null if there is none. */
  findItem(id: string, sourceId: string): Promise<ReplicationItem | null>;
  counts(id: string): Promise<ReplicationCounts>;
  /**
   * Returns the number of items that were created, updated or failed over the last `windowMs`, or since the job began to run
   * if that is later, and the length of that time.
   */
  throughput(id: string, windowMs: number): Promise<{ readonly done: number; readonly ms: number }>;

  /**
   * Lists replicas of a job's sources for its target model that any job has written or deleted since a time, or since the
   * job was recorded for null; the oldest first. Portkey's reads may not show these writes yet.
   */
  recentReplicas(id: string, since: number | null): Promise<readonly RecentReplica[]>;
  /** Lists versions of replicas of a job's sources, for its target model, that any job could not publish. */
  unpublishedVersions(id: string): Promise<readonly UnpublishedVersion[]>;
}
