import type {
  Replication,
  ReplicationAction,
  ReplicationItem,
  ReplicationItemStatus,
  ReplicationStatus,
} from '../../domain/replication.js';
import type { ReplicationChanges } from '../replication-store.js';
import type { Value } from './connection.js';
import { parseJson } from './readable-rows.js';

/** A job as it is read: see COLUMNS. */
export interface ReplicationRow {
  readonly id: string;
  readonly principal: string;
  readonly credential: string;
  readonly status: ReplicationStatus;
  readonly target_model: string;
  readonly dry_run: number;
  readonly selection: string;
  readonly options: string;
  readonly error: string | null;
  readonly waits_for: string | null;
  readonly sandbox: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** An item as it is read. */
export interface ItemRow {
  readonly position: number;
  readonly source: string;
  readonly replica_name: string;
  readonly action: ReplicationAction;
  readonly status: ReplicationItemStatus;
  readonly replica: string | null;
  readonly error: string | null;
  readonly attempts: number;
}

/** What a job's status is to those who read it. */
export const STATUS =
  "CASE WHEN cancel_requested = 1 AND status IN ('WAITING', 'PLANNING', 'RUNNING') THEN 'CANCELLING' ELSE status END";
export const COLUMNS = `id, principal, credential, ${STATUS} AS status, target_model, dry_run, selection, options, error, waits_for,
  sandbox, created_at, started_at, finished_at`;

/** @throws BrokenTextError */
export function toReplication(row: ReplicationRow): Replication {
  return {
    id: row.id,
    principal: row.principal,
    credential: row.credential,
    status: row.status,
    targetModel: row.target_model,
    dryRun: row.dry_run === 1,
    selection: parseJson(row.selection, 'selection'),
    options: parseJson(row.options, 'options'),
    error: parsed(row.error, 'error'),
    waitsFor: row.waits_for,
    sandbox: row.sandbox,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** @throws BrokenTextError */
export function toItem(row: ItemRow): ReplicationItem {
  return {
    position: row.position,
    source: parseJson(row.source, 'source'),
    replicaName: row.replica_name,
    action: row.action,
    status: row.status,
    replica: parsed(row.replica, 'replica'),
    error: parsed(row.error, 'error'),
    attempts: row.attempts,
  };
}

const WRITTEN: {
  readonly [K in keyof Required<ReplicationChanges>]: (
    value: Replication[K],
  ) => readonly [column: string, value: Value];
} = {
  status: (value) => ['status', value],
  targetModel: (value) => ['target_model', value],
  dryRun: (value) => ['dry_run', value ? 1 : 0],
  selection: (value) => ['selection', JSON.stringify(value)],
  options: (value) => ['options', JSON.stringify(value)],
  error: (value) => ['error', text(value)],
  waitsFor: (value) => ['waits_for', value],
  sandbox: (value) => ['sandbox', value],
  createdAt: (value) => ['created_at', value],
  startedAt: (value) => ['started_at', value],
  finishedAt: (value) => ['finished_at', value],
};

/** The columns that changes are written to, with their values. */
export function columnsOf(changes: ReplicationChanges): [columns: string[], values: Value[]] {
  const columns: string[] = [];
  const values: Value[] = [];
  const add = <K extends keyof ReplicationChanges>(key: K) => {
    const value = changes[key];
    if (value === undefined) return;
    const [column, written] = WRITTEN[key](value as Replication[K]);
    columns.push(column);
    values.push(written);
  };
  for (const key of Object.keys(WRITTEN)) add(key as keyof ReplicationChanges);
  return [columns, values];
}

/** An object as the text that is kept of it. */
export function text(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function parsed(value: string | null, column: string) {
  return value === null ? null : parseJson(value, column);
}
