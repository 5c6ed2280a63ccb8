export const REPLICATION_STATUSES = [
  'WAITING',
  'PLANNING',
  'PLANNED',
  'RUNNING',
  'COMPLETED',
  'FAILED',
  'INTERRUPTED',
  'CANCELLING',
  'CANCELLED',
  'UNDOING',
  'UNDONE',
] as const;
export type ReplicationStatus = (typeof REPLICATION_STATUSES)[number];
/** Statuses of a job that a process works on, unless it is being undone. */
export const IN_PROGRESS = new Set<ReplicationStatus>(['WAITING', 'PLANNING', 'RUNNING', 'CANCELLING']);
export type ReplicationAction = 'CREATE' | 'SKIP' | 'UPDATE' | 'CONFLICT';
/** `RUNNING` is recorded before anything is sent. In a stopped job it means that the request may have been sent. */
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

/** Selected prompts. Conditions are combined with AND. An empty selection means the whole library. */
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
  /** Number of concurrent calls, 1 to 16. */
  readonly concurrency: number;
  readonly onExisting: 'SKIP' | 'UPDATE';
  readonly verify: boolean;
}

/** A job that copies prompts to another model. Times are RFC 3339 in UTC. */
export interface Replication {
  readonly id: string;
  /** Fingerprint of the caller that started it. No other caller can see it. */
  readonly principal: string;
  /** Fingerprint of the key that it runs under, never the key itself. */
  readonly credential: string;
  readonly status: ReplicationStatus;
  readonly targetModel: string;
  readonly dryRun: boolean;
  readonly selection: PromptSelection;
  readonly options: ReplicationOptions;
  readonly error: ReplicationError | null;
  /** Id of the job that it waits for. */
  readonly waitsFor: string | null;
  /** Process whose sandbox it works on; null for a real upstream. A sandbox ends with its process. */
  readonly sandbox: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** Properties of a prompt that a job records. Everything else is read from Portkey on demand. */
export interface RecordedPrompt {
  readonly id: string;
  readonly slug: string | null;
  readonly name: string | null;
  readonly model: string | null;
  readonly collectionId: string | null;
}

/** Version of a replica that a job wrote, as confirmed by Portkey. */
export interface WrittenVersion {
  /** Null if Portkey did not return it. */
  readonly id: string | null;
  /** True if the version is to be published. */
  readonly toPublish: boolean;
  readonly isPublished: boolean;
  /** Version of the source that it holds. */
  readonly sourceVersionId: string | null;
  /** Number of that version, which reveals a stale read of the source; null if unknown. */
  readonly sourceVersion: number | null;
}

/** A replica. `written` is absent if the job has not written a version of it. */
export interface RecordedReplica extends RecordedPrompt {
  readonly written?: WrittenVersion;
}

/** Part of a job that covers one source prompt. */
export interface ReplicationItem {
  /** Position in the job, from 0. Identifies the item. */
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
