import type { IdempotencyStore, KeyedRequest, KeyState } from '../idempotency-store.js';
import type { Connection, Opened } from './connection.js';

/** How long a key is kept. */
const KEPT_MS = 24 * 60 * 60 * 1000;

interface KeyRow {
  readonly input: string;
  readonly owner: string | null;
  readonly begun: string | null;
  readonly result: string | null;
  readonly created_at: number;
}

const WHERE = 'WHERE account = ? AND key = ?';

/** Keeps idempotency keys in the SQLite file. */
export class SqliteIdempotencyStore implements IdempotencyStore {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async take(request: KeyedRequest): Promise<KeyState> {
    const states: KeyState[] = [];
    await this.#connection.write((opened) => states.push(take(opened, request)));
    return states[0] ?? { type: 'UNDER_WAY' };
  }

  begin({ account, key }: KeyedRequest, begun: string): Promise<void> {
    const sql = `UPDATE idempotency_keys SET begun = ? ${WHERE}`;
    // The sync includes earlier writes, so a power cut does not make a used key look new.
    return this.#connection.transact((opened) => opened.run(sql, begun, account, key));
  }

  finish({ account, key }: KeyedRequest, result: string): Promise<void> {
    const sql = `UPDATE idempotency_keys SET result = ?, owner = NULL ${WHERE}`;
    return this.#connection.write((opened) => opened.run(sql, result, account, key));
  }

  suspend({ account, key }: KeyedRequest): Promise<void> {
    const sql = `UPDATE idempotency_keys SET owner = NULL ${WHERE}`;
    return this.#connection.write((opened) => opened.run(sql, account, key));
  }

  forget({ account, key }: KeyedRequest): Promise<void> {
    return this.#connection.write((opened) =>
      opened.run(`DELETE FROM idempotency_keys ${WHERE}`, account, key),
    );
  }
}

function take(opened: Opened, { account, key, input }: KeyedRequest): KeyState {
  const now = opened.clock.now();
  const { id: process } = opened.presence;
  // One that is under way is kept until it has ended; nothing is for another day.
  const stale = 'DELETE FROM idempotency_keys WHERE created_at < ? AND (owner IS NULL OR created_at < ?)';
  opened.run(stale, now - KEPT_MS, now - 2 * KEPT_MS);
  const sql = `SELECT input, owner, begun, result, created_at FROM idempotency_keys ${WHERE}`;
  const row = opened.one<KeyRow>(sql, account, key);
  if (!row) {
    const insert =
      'INSERT INTO idempotency_keys (account, key, input, owner, created_at) VALUES (?, ?, ?, ?, ?)';
    opened.run(insert, account, key, input, process, now);
    return { type: 'MINE', begun: null };
  }
  const isUnderWay = row.owner !== null && opened.presence.isAlive(row.owner);
  // A process that has died before it sent anything leaves the key free.
  const isFree = !isUnderWay && row.begun === null && row.result === null;
  if (row.input !== input && !isFree) return { type: 'OTHER_INPUT' };
  if (row.result !== null) return { type: 'DONE', result: row.result };
  if (isUnderWay) return { type: 'UNDER_WAY' };
  const since = isFree ? now : row.created_at;
  const update = `UPDATE idempotency_keys SET owner = ?, input = ?, created_at = ? ${WHERE}`;
  opened.run(update, process, input, since, account, key);
  return { type: 'MINE', begun: row.begun };
}
