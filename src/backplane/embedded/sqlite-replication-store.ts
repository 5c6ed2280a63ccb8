import type Database from 'libsql';
import type { Log } from '../../domain/log.js';
import type { Page } from '../../domain/page.js';
import type {
  Replication,
  ReplicationCounts,
  ReplicationItem,
  ReplicationItemStatus,
} from '../../domain/replication.js';
import type {
  ItemPage,
  ItemQuery,
  ReplicationChanges,
  ReplicationQuery,
  ReplicationStore,
  Rivals,
} from '../replication-store.js';
import { Connection } from './connection.js';
import type { Presence } from './presence.js';
import {
  COLUMNS,
  columnsOf,
  type ItemRow,
  type ReplicationRow,
  STATUS,
  text,
  toItem,
  toReplication,
} from './rows.js';
import { FORGET, FREE_ORPHANS, OVERLAPPING, OWNERS, SAVE_ITEM } from './statements.js';

const TALLY: Readonly<Record<ReplicationItemStatus, Exclude<keyof ReplicationCounts, 'total'>>> = {
  PENDING: 'pending',
  RUNNING: 'pending',
  CREATED: 'created',
  UPDATED: 'updated',
  SKIPPED: 'skipped',
  FAILED: 'failed',
  UNDONE: 'undone',
};

/** Keeps replications in a SQLite file that several processes of one machine can share. */
export class SqliteReplicationStore implements ReplicationStore {
  readonly #connection: Connection;

  /** @throws UnusableStoreError when there is a store in the folder that must not be touched. */
  constructor(folder: string, log: Log) {
    this.#connection = new Connection(folder, log, freeOrphans);
  }

  async create(replication: Replication, items: readonly ReplicationItem[]): Promise<void> {
    const { id, principal, ...fields } = replication;
    this.#connection.transact(({ database, presence }) => {
      const [columns, values] = columnsOf(fields);
      const names = ['id', 'principal', 'size', 'owner', ...columns];
      const marks = names.map(() => '?').join(', ');
      database
        .prepare(`INSERT INTO replications (${names.join(', ')}, turn) VALUES (${marks}, ${NEXT_TURN})`)
        .run([id, principal, items.length, presence.id, ...values]);
      const save = database.prepare(SAVE_ITEM);
      for (const item of items) save.run(itemValues(id, item));
      database.prepare(FORGET).run();
    });
  }

  async get(id: string): Promise<Replication | null> {
    const sql = `SELECT ${COLUMNS} FROM replications WHERE id = ?`;
    const row = this.#connection.read(({ database }) => one<ReplicationRow>(database, sql, id));
    return row ? toReplication(row) : null;
  }

  async list(principal: string, query: ReplicationQuery): Promise<Page<Replication>> {
    const { first, after, status, targetModel, dryRun } = query;
    const conditions = ['principal = ?'];
    const values: (string | number)[] = [principal];
    const add = (condition: string, ...given: (string | number)[]) => {
      conditions.push(condition);
      values.push(...given);
    };
    // Behind a job that was forgotten there are only older ones, which were forgotten before it.
    if (after !== undefined)
      add('seq < (SELECT seq FROM replications WHERE id = ? AND principal = ?)', after, principal);
    if (status) add(`${STATUS} IN (${status.map(() => '?').join(', ')})`, ...status);
    if (targetModel != null) add('target_model = ?', targetModel);
    if (dryRun != null) add('dry_run = ?', dryRun ? 1 : 0);
    const sql = `SELECT ${COLUMNS} FROM replications WHERE ${conditions.join(' AND ')} ORDER BY seq DESC LIMIT ?`;
    const rows = this.#connection.read(({ database }) =>
      all<ReplicationRow>(database, sql, ...values, first + 1),
    );
    return { items: rows.slice(0, first).map(toReplication), hasNextPage: rows.length > first };
  }

  async abandoned(principal: string): Promise<readonly Replication[]> {
    const sql = `SELECT ${COLUMNS} FROM replications
      WHERE principal = ? AND dry_run = 0 AND owner IS NULL AND status IN ('INTERRUPTED', 'UNDOING') ORDER BY seq`;
    return this.#connection
      .read(({ database }) => all<ReplicationRow>(database, sql, principal))
      .map(toReplication);
  }

  async countTaken(principal: string): Promise<number> {
    return this.#connection.read(({ database, presence }) =>
      all<{ owner: string; principal: string }>(database, OWNERS).filter(
        (row) => row.principal === principal && presence.isAlive(row.owner),
      ),
    ).length;
  }

  async take(id: string, changes: ReplicationChanges): Promise<boolean> {
    return this.#connection.transact(({ database, presence }) => {
      if (ownerOf(database, presence, id)) return false;
      update(database, id, changes, `owner = '${presence.id}', turn = ${NEXT_TURN}, cancel_requested = 0`);
      return true;
    });
  }

  async isTaken(id: string): Promise<boolean> {
    return this.#connection.read(({ database, presence }) => ownerOf(database, presence, id) !== null);
  }

  update(id: string, changes: ReplicationChanges): Promise<void> {
    return this.#connection.write(({ database }) => update(database, id, changes));
  }

  release(id: string, changes: ReplicationChanges): Promise<void> {
    const release = `owner = NULL, waits_for = NULL, cancel_requested = 0, released_at = ${Date.now()}`;
    return this.#connection.write(({ database }) => update(database, id, changes, release));
  }

  requestCancel(id: string): Promise<void> {
    return this.#connection.write(({ database }) => update(database, id, {}, 'cancel_requested = 1'));
  }

  async isCancelRequested(id: string): Promise<boolean> {
    const sql = 'SELECT cancel_requested AS asked FROM replications WHERE id = ?';
    return this.#connection.read(({ database }) => one<{ asked: number }>(database, sql, id)?.asked === 1);
  }

  async rivals(id: string, since: number): Promise<Rivals> {
    return this.#connection.read(({ database, presence }) => {
      const rows = all<{ id: string; owner: string | null; isBefore: number }>(
        database,
        OVERLAPPING,
        id,
        since,
      );
      const isAhead = ({ owner, isBefore }: (typeof rows)[number]) =>
        isBefore === 1 && owner !== null && presence.isAlive(owner);
      const ahead = rows.find(isAhead)?.id ?? null;
      return { ahead, hasEnded: rows.some(({ owner }) => owner === null || !presence.isAlive(owner)) };
    });
  }

  saveItem(id: string, item: ReplicationItem): Promise<void> {
    return this.#connection.write(
      ({ database }) => void database.prepare(SAVE_ITEM).run(itemValues(id, item)),
    );
  }

  removeItem(id: string, position: number): Promise<void> {
    const sql = `DELETE FROM items WHERE seq = ${SEQ} AND position = ?`;
    return this.#connection.write(({ database }) => void database.prepare(sql).run([id, position]));
  }

  async items(id: string, { first, after, statuses }: ItemQuery): Promise<ItemPage> {
    const filter = statuses ? ` AND status IN (${statuses.map(() => '?').join(', ')})` : '';
    const from = `FROM items WHERE seq = ${SEQ}${filter}`;
    return this.#connection.read(({ database }) => {
      const values = [id, ...(statuses ?? [])];
      const total =
        one<{ total: number }>(database, `SELECT count(*) AS total ${from}`, ...values)?.total ?? 0;
      const page = `SELECT position, source, replica_name, action, status, replica, error, attempts ${from}
        AND position > ? ORDER BY position LIMIT ?`;
      const rows = all<ItemRow>(database, page, ...values, after ?? -1, first + 1);
      return { items: rows.slice(0, first).map(toItem), hasNextPage: rows.length > first, total };
    });
  }

  async counts(id: string): Promise<ReplicationCounts> {
    const sql = `SELECT status, count(*) AS number FROM items WHERE seq = ${SEQ} GROUP BY status`;
    const rows = this.#connection.read(({ database }) =>
      all<{ status: ReplicationItemStatus; number: number }>(database, sql, id),
    );
    const counts = { total: 0, created: 0, updated: 0, skipped: 0, failed: 0, pending: 0, undone: 0 };
    for (const { status, number } of rows) {
      counts[TALLY[status]] += number;
      counts.total += number;
    }
    return counts;
  }

  async pace(id: string, since: number): Promise<{ done: number; first: number | null }> {
    const sql = `SELECT count(*) AS done, min(saved_at) AS first FROM items
      WHERE seq = ${SEQ} AND status IN ('CREATED', 'UPDATED', 'FAILED') AND saved_at >= ?`;
    const row = this.#connection.read(({ database }) =>
      one<{ done: number; first: number | null }>(database, sql, id, since),
    );
    return { done: row?.done ?? 0, first: row?.first ?? null };
  }

  close(): void {
    this.#connection.close();
  }
}

const SEQ = '(SELECT seq FROM replications WHERE id = ?)';
const NEXT_TURN = '(SELECT coalesce(max(turn), 0) + 1 FROM replications)';

function one<Row>(database: Database.Database, sql: string, ...values: (string | number)[]): Row | undefined {
  return all<Row>(database, sql, ...values)[0];
}

/** The rows, by what the schema says of them. */
function all<Row>(database: Database.Database, sql: string, ...values: (string | number)[]): Row[] {
  return database.prepare(sql).all(values) as Row[];
}

function update(database: Database.Database, id: string, changes: ReplicationChanges, more?: string): void {
  const [columns, values] = columnsOf(changes);
  const assignments = [...columns.map((column) => `${column} = ?`), ...(more ? [more] : [])];
  if (assignments.length === 0) return;
  database.prepare(`UPDATE replications SET ${assignments.join(', ')} WHERE id = ?`).run([...values, id]);
}

/** The living process that has a job. */
function ownerOf(database: Database.Database, presence: Presence, id: string): string | null {
  const owner = one<{ owner: string | null }>(
    database,
    'SELECT owner FROM replications WHERE id = ?',
    id,
  )?.owner;
  return owner && presence.isAlive(owner) ? owner : null;
}

function itemValues(id: string, item: ReplicationItem): (string | number | null)[] {
  const { position, source, replicaName, action, status, replica, error, attempts } = item;
  return [
    ...[id, position, source.id, JSON.stringify(source), replicaName, action, status],
    ...[text(replica), text(error), attempts, Date.now()],
  ];
}

/** What dead processes have left behind is nobody's. */
function freeOrphans({ database, presence }: { database: Database.Database; presence: Presence }): void {
  const owners = new Set(all<{ owner: string }>(database, OWNERS).map(({ owner }) => owner));
  for (const owner of owners) {
    if (presence.isAlive(owner)) continue;
    database.prepare(FREE_ORPHANS).run([new Date().toISOString(), Date.now(), owner]);
  }
}
