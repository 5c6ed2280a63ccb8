import {
  type CallbackCall,
  type CallbackChanges,
  type CallbackEnvelope,
  type CallbackRecord,
  type CallbackStatus,
  type CallbackStore,
  type NewCallback,
  SETTLING_PATIENCE_MS,
} from '../callback-store.js';
import type { Connection, Opened, Value } from './connection.js';
import { parseJson } from './readable-rows.js';

/** How many callbacks of an account are remembered, beside those that are still to be relayed. */
const KEPT = 50_000;

interface CallbackRow {
  readonly id: string;
  readonly account: string;
  readonly secret_hash: string;
  readonly target: string | null;
  readonly prompt_id: string | null;
  readonly status: CallbackStatus;
  readonly called_at: number | null;
  readonly claimed_id: string | null;
  readonly envelope: CallbackEnvelope | null;
  readonly payload: string | null;
  readonly attempts: string;
  readonly next_at: number | null;
  readonly created_at: number;
}

const COLUMNS =
  'id, account, secret_hash, target, prompt_id, status, called_at, claimed_id, envelope, payload, attempts, next_at, created_at';
const LAST_CALL = '(SELECT max(call_number) FROM callbacks WHERE call_number IS NOT NULL)';
/** In the words of the index. */
const OPEN = "target IS NOT NULL AND status IN ('WAITING', 'PENDING')";

/** Keeps callbacks in the SQLite file. */
export class SqliteCallbackStore implements CallbackStore {
  readonly now: () => number;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.now = connection.clock.now;
  }

  add({ id, account, secretHash, target }: NewCallback): Promise<void> {
    const sql = `INSERT INTO callbacks (id, account, secret_hash, target, status, attempts, owner, created_at)
      VALUES (?, ?, ?, ?, 'WAITING', '[]', ?, ?)`;
    return this.#connection.write((opened) =>
      opened.run(sql, id, account, secretHash, target, opened.presence.id, opened.clock.now()),
    );
  }

  remove(id: string): Promise<void> {
    const sql = 'DELETE FROM callbacks WHERE id = ? AND call_number IS NULL';
    return this.#connection.write((opened) => opened.run(sql, id));
  }

  async get(id: string): Promise<CallbackRecord | null> {
    return this.#one('id = ?', id);
  }

  async ofPrompt(account: string, promptId: string): Promise<CallbackRecord | null> {
    return this.#one('account = ? AND prompt_id = ? ORDER BY seq DESC LIMIT 1', account, promptId);
  }

  change(id: string, changes: CallbackChanges): Promise<void> {
    const columns: (readonly [string, Value])[] = [];
    const { promptId, status, payload, attempts, nextAt } = changes;
    if (promptId !== undefined) columns.push(['prompt_id', promptId]);
    if (status !== undefined) columns.push(['status', status]);
    if (payload !== undefined) columns.push(['payload', payload]);
    if (attempts !== undefined) columns.push(['attempts', JSON.stringify(attempts)]);
    if (nextAt !== undefined) columns.push(['next_at', nextAt]);
    const sql = `UPDATE callbacks SET ${columns.map(([name]) => `${name} = ?`).join(', ')} WHERE id = ?`;
    const values = columns.map(([, value]) => value);
    return this.#connection.write((opened) => opened.run(sql, ...values, id));
  }

  call(id: string, claimedId: string | null, envelope: CallbackEnvelope | null): Promise<void> {
    const sql = `UPDATE callbacks SET called_at = ?, call_number = coalesce(${LAST_CALL}, 0) + 1, claimed_id = ?,
      envelope = ? WHERE id = ? AND called_at IS NULL`;
    return this.#connection.write((opened) => opened.run(sql, opened.clock.now(), claimedId, envelope, id));
  }

  async callsAfter(number: number): Promise<readonly CallbackCall[]> {
    const sql = `SELECT call_number AS number, id, account, prompt_id AS promptId FROM callbacks
      WHERE call_number > ? ORDER BY call_number`;
    return this.#connection.read((opened) => opened.all<CallbackCall>(sql, number));
  }

  async lastCall(): Promise<number> {
    const sql = `SELECT ${LAST_CALL} AS last`;
    return this.#connection.read((opened) => opened.one<{ last: number | null }>(sql)?.last ?? 0);
  }

  async abandonedAccounts(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT account FROM callbacks
      WHERE ${OPEN} AND status = 'WAITING' AND owner IN (SELECT value FROM json_each(?)) AND created_at > ?`;
    return this.#connection.read((opened) => {
      const dead = deadOwners(opened, 'WAITING');
      if (dead.length === 0) return [];
      const rows = opened.all<{ account: string }>(
        sql,
        JSON.stringify(dead),
        opened.clock.now() - SETTLING_PATIENCE_MS,
      );
      return rows.map(({ account }) => account);
    });
  }

  async takeWaiting(account: string): Promise<readonly string[]> {
    return this.#take('WAITING', account);
  }

  async takePending(): Promise<readonly string[]> {
    return this.#take('PENDING', null);
  }

  forget(): Promise<void> {
    // The row of the last call is kept, as the next call's number comes from it.
    const crowded = 'SELECT account FROM callbacks GROUP BY account HAVING count(*) > ?';
    const sql = `DELETE FROM callbacks WHERE account = ?
      AND seq <= (SELECT seq FROM callbacks WHERE account = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)
      AND NOT (${OPEN} AND (status = 'PENDING' OR prompt_id IS NOT NULL AND created_at > ?))
      AND call_number IS NOT coalesce(${LAST_CALL}, 0)`;
    return this.#connection.write((opened) => {
      for (const { account } of opened.all<{ account: string }>(crowded, KEPT))
        opened.run(sql, account, account, KEPT, opened.clock.now() - SETTLING_PATIENCE_MS);
    });
  }

  async #one(condition: string, ...values: Value[]): Promise<CallbackRecord | null> {
    const sql = `SELECT ${COLUMNS} FROM callbacks WHERE ${condition}`;
    return this.#connection.read(
      (opened) => opened.all<CallbackRow>(sql, ...values).map(toRecord)[0] ?? null,
    );
  }

  /** @param account Null: of all. */
  async #take(status: 'WAITING' | 'PENDING', account: string | null): Promise<readonly string[]> {
    // Hardly ever is there one, and to look does not keep other processes from writing.
    const dead = await this.#connection.read((opened) => deadOwners(opened, status));
    if (dead.length === 0) return [];
    const of = `FROM callbacks WHERE ${OPEN} AND status = ? AND owner IN (SELECT value FROM json_each(?))
      AND coalesce(?, account) = account`;
    const taken: string[] = [];
    await this.#connection.write((opened) => {
      const values = [status, JSON.stringify(deadOwners(opened, status)), account];
      const ids = opened.all<{ id: string }>(`SELECT id ${of} ORDER BY seq`, ...values).map(({ id }) => id);
      const sql = 'UPDATE callbacks SET owner = ? WHERE id IN (SELECT value FROM json_each(?))';
      opened.run(sql, opened.presence.id, JSON.stringify(ids));
      taken.push(...ids);
    });
    return taken;
  }
}

/** Processes that had open relays when they died. */
function deadOwners(opened: Opened, status: 'WAITING' | 'PENDING'): string[] {
  const sql = `SELECT DISTINCT owner FROM callbacks WHERE ${OPEN} AND status = ?`;
  const owners = opened.all<{ owner: string }>(sql, status).map(({ owner }) => owner);
  return owners.filter((owner) => !opened.presence.isAlive(owner));
}

function toRecord(row: CallbackRow): CallbackRecord {
  return {
    id: row.id,
    account: row.account,
    secretHash: row.secret_hash,
    target: row.target,
    createdAt: row.created_at,
    promptId: row.prompt_id,
    status: row.status,
    calledAt: row.called_at,
    claimedId: row.claimed_id,
    envelope: row.envelope,
    payload: row.payload,
    attempts: parseJson(row.attempts, 'attempts'),
    nextAt: row.next_at,
  };
}
