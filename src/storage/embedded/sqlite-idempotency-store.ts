import type { AcquiredKey, IdempotencyStore, KeyedRequest, KeyState } from '../idempotency-store.js';
import { type Connection, type Opened, SqliteStore } from './connection.js';

/** Time for which a key is kept, in milliseconds. */
const KEPT_MS = 24 * 60 * 60 * 1000;

interface KeyRow {
  readonly input: string;
  readonly owner: string | null;
  readonly begun: string | null;
  readonly result: string | null;
  readonly createdAt: number;
}

/** State of a key, with the checkpoint of an acquired one. */
type Found =
  | Exclude<KeyState, { type: 'ACQUIRED' }>
  | { readonly type: 'ACQUIRED'; readonly checkpoint: string | null };

const WHERE = 'WHERE account = ? AND key = ?';

/** Stores idempotency keys in the SQLite file. */
export class SqliteIdempotencyStore extends SqliteStore implements IdempotencyStore {
  async acquire(request: KeyedRequest): Promise<KeyState> {
    const found = await this.connection.write((opened) => acquire(opened, request));
    if (found.type !== 'ACQUIRED') return found;
    return { type: 'ACQUIRED', key: acquiredKey(this.connection, request, found.checkpoint) };
  }
}

function acquiredKey(
  connection: Connection,
  { account, key }: KeyedRequest,
  checkpoint: string | null,
): AcquiredKey {
  const write = (sql: string, ...values: string[]) =>
    connection.write((opened) => opened.run(`${sql} ${WHERE}`, ...values, account, key));
  return {
    checkpoint,
    saveCheckpoint(next) {
      const sql = `UPDATE idempotency_keys SET begun = ? ${WHERE}`;
      // The sync covers earlier writes too, so a used key does not look new after a power failure.
      return connection.transact((opened) => opened.run(sql, next, account, key));
    },
    finish: (result) => write('UPDATE idempotency_keys SET result = ?, owner = NULL', result),
    suspend: () => write('UPDATE idempotency_keys SET owner = NULL'),
    forget: () => write('DELETE FROM idempotency_keys'),
  };
}

function acquire(opened: Opened, { account, key, input }: KeyedRequest): Found {
  const now = opened.clock.now();
  const { id: process } = opened.processLock;
  // A key in progress is kept until its request ends, for at most one more day.
  const stale = 'DELETE FROM idempotency_keys WHERE created_at < ? AND (owner IS NULL OR created_at < ?)';
  opened.run(stale, now - KEPT_MS, now - 2 * KEPT_MS);
  const sql = `SELECT input, owner, begun, result, created_at AS createdAt FROM idempotency_keys ${WHERE}`;
  const row = opened.one<KeyRow>(sql, account, key);
  if (!row) {
    const insert =
      'INSERT INTO idempotency_keys (account, key, input, owner, created_at) VALUES (?, ?, ?, ?, ?)';
    opened.run(insert, account, key, input, process, now);
    return { type: 'ACQUIRED', checkpoint: null };
  }
  const isInProgress = row.owner !== null && opened.processLock.isAlive(row.owner);
  // If a process died before it sent anything, its key is free.
  const isFree = !isInProgress && row.begun === null && row.result === null;
  if (row.input !== input && !isFree) return { type: 'OTHER_INPUT' };
  if (row.result !== null) return { type: 'DONE', result: row.result };
  if (isInProgress) return { type: 'IN_PROGRESS' };
  const since = isFree ? now : row.createdAt;
  const update = `UPDATE idempotency_keys SET owner = ?, input = ?, created_at = ? ${WHERE}`;
  opened.run(update, process, input, since, account, key);
  return { type: 'ACQUIRED', checkpoint: row.begun };
}
