export type ReplicationStatus =
  | 'WAITING'
  | 'PLANNING'
  | 'PLANNED'
  | 'RUNNING'
  | 'COMPLETED'
  | 'FAILED'
  | 'INTERRUPTED'
  | 'CANCELLING'
  | 'CANCELLED'
  | 'UNDOING'
  | 'UNDONE';
export type ReplicationAction = 'CREATE' | 'SKIP' | 'UPDATE' | 'CONFLICT';
/** `RUNNING` is written before anything is sent: of a job that has stopped it says that it may have been. */
export type ReplicationItemStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'CREATED'
  | 'UPDATED'
  | 'SKIPPED'
  | 'FAILED'
  | 'UNDONE';

/** `code` is a UserErrorCode, the code of a top-level error, or `VERIFICATION_FAILED`. */
export interface ReplicationError {
  readonly code: string;
  readonly message: string;
}

/** Which prompts; conditions are combined with and, none of them is the whole library. */
export interface PromptSelection {
  readonly all?: boolean | null | undefined;
  readonly ids?: readonly string[] | null | undefined;
  readonly collectionId?: string | null | undefined;
  readonly workspaceId?: string | null | undefined;
  readonly search?: string | null | undefined;
  readonly sourceModel?: string | null | undefined;
}

export interface ReplicationOptions {
  readonly nameTemplate: string;
  readonly virtualKey: string | null;
  readonly collectionId: string | null;
  readonly versionDescription: string | null;
  /** 1 to 16. */
  readonly concurrency: number;
  readonly onExisting: 'SKIP' | 'UPDATE';
  readonly verify: boolean;
}

/** A job that copies prompts so that the copies run on another model. Times are RFC 3339 in UTC. */
export interface Replication {
  readonly id: string;
  /** A fingerprint of who has started it; only that one may see it. */
  readonly principal: string;
  /** A fingerprint of the key that it runs under, never the key itself. */
  readonly credential: string;
  readonly status: ReplicationStatus;
  readonly targetModel: string;
  readonly dryRun: boolean;
  readonly selection: PromptSelection;
  readonly options: ReplicationOptions;
  readonly error: ReplicationError | null;
  /** The id of the job whose end it waits for. */
  readonly waitsFor: string | null;
  /** The process whose sandbox it works on; null for a real upstream. A sandbox ends with its process. */
  readonly sandbox: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** What a job remembers of a prompt; everything else is read from Portkey when it is asked for. */
export interface RecordedPrompt {
  readonly id: string;
  readonly slug: string | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly collectionId: string | null;
}

/** The version of a replica that a job has written, as Portkey has confirmed it. */
export interface WrittenVersion {
  /** Null where Portkey did not name it. */
  readonly id: string | null;
  /** True for a version that is to become the published one. */
  readonly toPublish: boolean;
  readonly isPublished: boolean;
  /** The version of the source that it holds. */
  readonly sourceVersionId: string | null;
  /** Its number, which tells a stale read of the source; null where that is not known. */
  readonly sourceVersion: number | null;
}

/** A replica, and what the job has written of it; that is absent where the job has written nothing. */
export interface RecordedReplica extends RecordedPrompt {
  readonly written?: WrittenVersion;
}

/** The line of a job that is about one source prompt. */
export interface ReplicationItem {
  /** Its place in the job, from 0; it names the item. */
  readonly position: number;
  readonly source: RecordedPrompt;
  readonly action: ReplicationAction;
  readonly status: ReplicationItemStatus;
  readonly replicaName: string;
  readonly replica: RecordedReplica | null;
  readonly error: ReplicationError | null;
  readonly attempts: number;
}

/** `total` is the sum of the others. */
export interface ReplicationCounts {
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly pending: number;
  readonly undone: number;
}
