import type { IdempotencyStore, KeyedRequest, KeyState } from '../idempotency-store.js';
import type { Connection, Opened } from './connection.js';

/** How long a key is kept. */
const KEPT_MS = 24 * 60 * 60 * 1000;

interface KeyRow {
  readonly input: string;
  readonly owner: string | null;
  readonly begun: string | null;
  readonly result: string | null;
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
    return this.#connection.write((opened) => opened.run(sql, begun, account, key));
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

  async results(account: string, among: readonly string[]): Promise<readonly string[]> {
    const sql = `SELECT result FROM idempotency_keys WHERE account = ? AND result IN (SELECT value FROM json_each(?))`;
    return this.#connection.read((opened) =>
      opened.all<{ result: string }>(sql, account, JSON.stringify(among)).map(({ result }) => result),
    );
  }
}

function take(opened: Opened, { account, key, input }: KeyedRequest): KeyState {
  const now = Date.now();
  const { id: process } = opened.presence;
  opened.run('DELETE FROM idempotency_keys WHERE created_at < ?', now - KEPT_MS);
  const sql = `SELECT input, owner, begun, result FROM idempotency_keys ${WHERE}`;
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
  opened.run(`UPDATE idempotency_keys SET owner = ?, input = ? ${WHERE}`, process, input, account, key);
  return { type: 'MINE', begun: row.begun };
}
