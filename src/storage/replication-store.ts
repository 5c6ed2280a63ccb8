import type { Page } from '../domain/page.js';
import type {
  RecordedReplica,
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
  ReplicationStatus,
} from '../domain/replication.js';

/** Filter for jobs, newest first. `after` is the id of a job. A job must meet all conditions. */
export interface ReplicationQuery {
  readonly first: number;
  readonly after?: string | undefined;
  readonly status?: readonly ReplicationStatus[] | null | undefined;
  readonly targetModel?: string | null | undefined;
  readonly dryRun?: boolean | null | undefined;
}

/** Filter for items, ordered by position. `after` is a position. */
export interface ItemQuery {
  readonly first: number;
  readonly after?: number | undefined;
  readonly statuses?: readonly ReplicationItemStatus[] | undefined;
}

export interface ItemPage extends Page<ReplicationItem> {
  /** Total number of items with the given statuses. */
  readonly total: number;
}

/** Conflicts with other jobs that share an item with a job: the same source or, with the same key, the same replica name. */
export interface Conflicts {
  /** Job that a living process claimed earlier and that must end first, or null. */
  readonly blockedBy: string | null;
  /** Time at which the last conflicting job ended in any way. Null if no job has ended since the given time. */
  readonly lastEnd: number | null;
  /** Job that ended with requests that Portkey may still execute, and the time at which it ended. */
  readonly open: { readonly id: string; readonly since: number } | null;
}

/** Item of any job that records what was written to a replica of the same source. */
export interface RecentReplica {
  readonly sourceId: string;
  readonly replica: RecordedReplica;
  readonly replicationId: string;
  readonly status: ReplicationItemStatus;
  /** Time on the store's clock. */
  readonly savedAt: number;
}

/** Version of a replica that a job wrote but could not publish. */
export interface UnpublishedVersion {
  readonly replicaId: string;
  readonly versionId: string;
}

export type ReplicationChanges = Partial<Omit<Replication, 'id' | 'principal' | 'credential'>>;

/** Job that this process has claimed. A running job makes all of its writes through it. */
export interface ClaimedReplication {
  update(changes: ReplicationChanges): Promise<void>;
  /** Replaces the item at the same position. */
  saveItem(item: ReplicationItem): Promise<void>;
  removeItem(position: number): Promise<void>;
  /** Makes all items pending again. */
  reset(): Promise<void>;
  /** Changes fields and releases the job. Does nothing if another process has claimed it. */
  release(changes: ReplicationChanges): Promise<void>;
  isCancelRequested(): Promise<boolean>;
  /** Finds conflicting jobs. Times are on the store's clock. */
  findConflicts(since: number): Promise<Conflicts>;
}

/**
 * Stores replications, their items and the process that runs each one. Several processes can share it. Every method sees the
 * writes before it, and writes survive the end of the process. All methods, including those of claimed jobs, throw a
 * StoreError while the store cannot be used.
 */
export interface ReplicationStore {
  /** Returns Unix milliseconds on the store's clock. Changes of the system clock do not affect it. */
  readonly now: () => number;
  /** Adds a job with all of its items and claims it for this process. */
  create(replication: Replication, items: readonly ReplicationItem[]): Promise<ClaimedReplication>;
  /** Claims and changes a job, and clears a pending cancel request. Returns null if a living process has claimed the job. */
  claim(id: string, changes: ReplicationChanges): Promise<ClaimedReplication | null>;
  /** Returns true if a living process has claimed the job. */
  isClaimed(id: string): Promise<boolean>;
  /** Asks the process that runs the job to stop. The job is CANCELLING until it has stopped. */
  requestCancel(id: string): Promise<void>;

  /** Returns null for an unknown id. */
  get(id: string): Promise<Replication | null>;
  /** Lists the jobs of one principal. */
  list(principal: string, query: ReplicationQuery): Promise<Page<Replication>>;
  /** Lists the interrupted jobs of a key that no living process has claimed, oldest first, without dry runs. */
  abandoned(credential: string): Promise<readonly Replication[]>;
  /** Returns the number of jobs of a principal that living processes have claimed. */
  countClaimed(principal: string): Promise<number>;
  /** Returns true if a process that shares the store is alive. */
  isAlive(process: string): Promise<boolean>;

  items(id: string, query: ItemQuery): Promise<ItemPage>;
  /** Returns the item of a job for a source, or null. */
  findItem(id: string, sourceId: string): Promise<ReplicationItem | null>;
  counts(id: string): Promise<ReplicationCounts>;
  /**
   * Returns the number of items that were created, updated or failed in the last `windowMs`, or since the job started to run
   * if that is later, and the length of that time.
   */
  throughput(id: string, windowMs: number): Promise<{ readonly done: number; readonly ms: number }>;

  /**
   * Lists replicas of a job's sources for its target model that any job has written or deleted since a time, oldest first.
   * Null means since the job was recorded. Portkey's reads may not show these writes yet.
   */
  recentReplicas(id: string, since: number | null): Promise<readonly RecentReplica[]>;
  /** Lists versions of replicas of a job's sources, for its target model, that any job could not publish. */
  unpublishedVersions(id: string): Promise<readonly UnpublishedVersion[]>;
}
