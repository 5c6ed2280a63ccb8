import type { Page } from '../../domain/page.js';
import type {
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
} from '../../domain/replication.js';
import type {
  ClaimedReplication,
  ItemPage,
  ItemQuery,
  RecentReplica,
  ReplicationChanges,
  ReplicationQuery,
  ReplicationStore,
  UnpublishedVersion,
} from '../replication-store.js';
import { SqliteStore } from './connection.js';
import { columnsOf, parseJson, type Row } from './rows.js';
import {
  claimedReplication,
  itemValues,
  NEXT_TURN,
  ownerOf,
  SEQ,
  update,
} from './sqlite-claimed-replication.js';
import { FORGET, OWNERS_OF, RECENT_REPLICAS, SAVE_ITEM, UNPUBLISHED_VERSIONS } from './statements.js';

const TALLY: Readonly<Record<ReplicationItemStatus, Exclude<keyof ReplicationCounts, 'total'>>> = {
  PENDING: 'pending',
  RUNNING: 'pending',
  CREATED: 'created',
  UPDATED: 'updated',
  SKIPPED: 'skipped',
  FAILED: 'failed',
  UNDONE: 'undone',
};

/** Status of a job as readers see it. */
const STATUS =
  "CASE WHEN cancel_requested = 1 AND status IN ('WAITING', 'PLANNING', 'RUNNING') THEN 'CANCELLING' ELSE status END";
const COLUMNS = `id, principal, credential, ${STATUS} AS status, target_model AS targetModel, dry_run AS dryRun, selection,
  options, error, waits_for AS waitsFor, sandbox, created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt`;
const ITEM_COLUMNS =
  'position, source, replica_name AS replicaName, action, status, replica, error, attempts';

/** Stores replications in the SQLite file. */
export class SqliteReplicationStore extends SqliteStore implements ReplicationStore {
  async create(replication: Replication, items: readonly ReplicationItem[]): Promise<ClaimedReplication> {
    const { id, principal, credential, ...fields } = replication;
    await this.connection.transact((opened) => {
      const [columns, values] = columnsOf(fields);
      const names = ['id', 'principal', 'credential', 'size', 'recorded_at', 'owner', ...columns];
      const marks = names.map(() => '?').join(', ');
      const insert = `INSERT INTO replications (${names.join(', ')}, turn) VALUES (${marks}, ${NEXT_TURN})`;
      const recorded = [id, principal, credential, items.length, opened.clock.now()];
      opened.run(insert, ...recorded, opened.processLock.id, ...values);
      for (const item of items) opened.run(SAVE_ITEM, ...itemValues(id, item, opened.clock.now()));
      opened.run(FORGET);
    });
    return claimedReplication(this.connection, id);
  }

  async get(id: string): Promise<Replication | null> {
    const sql = `SELECT ${COLUMNS} FROM replications WHERE id = ?`;
    return this.connection.read((opened) => opened.all<JobRow>(sql, id).map(toReplication)[0] ?? null);
  }

  async list(principal: string, query: ReplicationQuery): Promise<Page<Replication>> {
    const { first, after, status, targetModel, dryRun } = query;
    const conditions = ['principal = ?'];
    const values: (string | number)[] = [principal];
    const add = (condition: string, ...given: (string | number)[]) => {
      conditions.push(condition);
      values.push(...given);
    };
    // An `after` that was deleted yields no jobs, because all older jobs were deleted before it.
    if (after !== undefined)
      add('seq < (SELECT seq FROM replications WHERE id = ? AND principal = ?)', after, principal);
    if (status) add(`${STATUS} IN (${status.map(() => '?').join(', ')})`, ...status);
    if (targetModel != null) add('target_model = ?', targetModel);
    if (dryRun != null) add('dry_run = ?', dryRun ? 1 : 0);
    const sql = `SELECT ${COLUMNS} FROM replications WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
    return this.connection.read((opened) => {
      const rows = opened.all<JobRow>(sql, ...values, first + 1);
      return { items: rows.slice(0, first).map(toReplication), hasNextPage: rows.length > first };
    });
  }

  async abandoned(credential: string): Promise<readonly Replication[]> {
    const sql = `SELECT ${COLUMNS} FROM replications
      WHERE credential = ? AND dry_run = 0 AND owner IS NULL AND status IN ('INTERRUPTED', 'UNDOING') ORDER BY seq`;
    return this.connection.read((opened) => opened.all<JobRow>(sql, credential).map(toReplication));
  }

  async countClaimed(principal: string): Promise<number> {
    const owners = await this.connection.read((opened) =>
      opened.column<string>(OWNERS_OF, principal).filter((owner) => opened.processLock.isAlive(owner)),
    );
    return owners.length;
  }

  async claim(id: string, changes: ReplicationChanges): Promise<ClaimedReplication | null> {
    const isClaimed = await this.connection.transact((opened) => {
      if (ownerOf(opened, id)) return false;
      update(
        opened,
        id,
        changes,
        `owner = ?, turn = ${NEXT_TURN}, cancel_requested = 0`,
        opened.processLock.id,
      );
      return true;
    });
    return isClaimed ? claimedReplication(this.connection, id) : null;
  }

  async isClaimed(id: string): Promise<boolean> {
    return this.connection.read((opened) => ownerOf(opened, id) !== null);
  }

  requestCancel(id: string): Promise<void> {
    return this.connection.write((opened) => update(opened, id, {}, 'cancel_requested = 1'));
  }

  async recentReplicas(id: string, since: number | null): Promise<readonly RecentReplica[]> {
    return this.connection.read((opened) =>
      opened
        .all<Row<RecentReplica>>(RECENT_REPLICAS, since, id, since)
        .map((row) => ({ ...row, replica: parseJson(row.replica, 'replica') })),
    );
  }

  async unpublishedVersions(id: string): Promise<readonly UnpublishedVersion[]> {
    return this.connection.read((opened) => opened.all<UnpublishedVersion>(UNPUBLISHED_VERSIONS, id));
  }

  async isAlive(process: string): Promise<boolean> {
    return this.connection.read(({ processLock }) => processLock.isAlive(process));
  }

  async items(id: string, { first, after, statuses }: ItemQuery): Promise<ItemPage> {
    const filter = statuses ? ` AND status IN (${statuses.map(() => '?').join(', ')})` : '';
    const from = `FROM items WHERE seq = ${SEQ}${filter}`;
    return this.connection.read((opened) => {
      const values = [id, ...(statuses ?? [])];
      const [total = 0] = opened.column<number>(`SELECT count(*) AS total ${from}`, ...values);
      const page = `SELECT ${ITEM_COLUMNS} ${from} AND position > ? ORDER BY position LIMIT ?`;
      const rows = opened.all<Row<ReplicationItem>>(page, ...values, after ?? -1, first + 1);
      return { items: rows.slice(0, first).map(toItem), hasNextPage: rows.length > first, total };
    });
  }

  async findItem(id: string, sourceId: string): Promise<ReplicationItem | null> {
    const sql = `SELECT ${ITEM_COLUMNS} FROM items WHERE seq = ${SEQ} AND source_id = ?`;
    return this.connection.read(
      (opened) => opened.all<Row<ReplicationItem>>(sql, id, sourceId).map(toItem)[0] ?? null,
    );
  }

  async counts(id: string): Promise<ReplicationCounts> {
    const sql = `SELECT status, count(*) AS number FROM items WHERE seq = ${SEQ} GROUP BY status`;
    const rows = await this.connection.read((opened) =>
      opened.all<{ status: ReplicationItemStatus; number: number }>(sql, id),
    );
    const counts = { total: 0, created: 0, updated: 0, skipped: 0, failed: 0, pending: 0, undone: 0 };
    for (const { status, number } of rows) {
      counts[TALLY[status]] += number;
      counts.total += number;
    }
    return counts;
  }

  async throughput(id: string, windowMs: number): Promise<{ done: number; ms: number }> {
    const now = this.now();
    const sql = `SELECT max(coalesce(running_at, 0), ?) AS since, (
        SELECT count(*) FROM items WHERE items.seq = replications.seq
          AND status IN ('CREATED', 'UPDATED', 'FAILED') AND saved_at >= max(coalesce(running_at, 0), ?)
      ) AS done FROM replications WHERE id = ?`;
    const values = [now - windowMs, now - windowMs, id];
    const row = await this.connection.read((opened) =>
      opened.one<{ done: number; since: number }>(sql, ...values),
    );
    return { done: row?.done ?? 0, ms: row ? now - row.since : 0 };
  }
}

type JobRow = Row<Replication>;

/** Converts a row to a job. @throws BrokenTextError */
function toReplication({ dryRun, selection, options, error, ...row }: JobRow): Replication {
  return {
    ...row,
    dryRun: dryRun === 1,
    selection: parseJson(selection, 'selection'),
    options: parseJson(options, 'options'),
    error: parseJson(error, 'error'),
  };
}

/** Converts a row to an item. @throws BrokenTextError */
function toItem({ source, replica, error, ...row }: Row<ReplicationItem>): ReplicationItem {
  return {
    ...row,
    source: parseJson(source, 'source'),
    replica: parseJson(replica, 'replica'),
    error: parseJson(error, 'error'),
  };
}
