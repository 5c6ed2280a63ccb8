import {
  type CallbackCall,
  type CallbackChanges,
  type CallbackEnvelope,
  type CallbackRecord,
  type CallbackStore,
  type NewCallback,
  SETTLING_PATIENCE_MS,
} from '../callback-store.js';
import { type Opened, SqliteStore } from './connection.js';
import { columnsOf, parseJson, type Row, type Value } from './rows.js';

/** Number of callbacks that are kept per account, in addition to those that still have to be relayed. */
const KEPT = 50_000;

const COLUMNS = `id, account, secret_hash AS secretHash, target, created_at AS createdAt, prompt_id AS promptId, status,
  called_at AS calledAt, claimed_id AS reportedPromptId, envelope, payload, attempts, next_at AS nextAt`;
const LAST_CALL = '(SELECT max(call_number) FROM callbacks WHERE call_number IS NOT NULL)';
/** Must match the condition of the index. */
const OPEN = "target IS NOT NULL AND status IN ('WAITING', 'PENDING')";

/** Stores callbacks in the SQLite file. */
export class SqliteCallbackStore extends SqliteStore implements CallbackStore {
  add({ id, account, secretHash, target }: NewCallback): Promise<void> {
    const sql = `INSERT INTO callbacks (id, account, secret_hash, target, status, attempts, owner, created_at)
      VALUES (?, ?, ?, ?, 'WAITING', '[]', ?, ?)`;
    return this.connection.write((opened) =>
      opened.run(sql, id, account, secretHash, target, opened.processLock.id, opened.clock.now()),
    );
  }

  remove(id: string): Promise<void> {
    const sql = 'DELETE FROM callbacks WHERE id = ? AND call_number IS NULL';
    return this.connection.write((opened) => opened.run(sql, id));
  }

  async get(id: string): Promise<CallbackRecord | null> {
    return this.#findOne('id = ?', id);
  }

  async ofPrompt(account: string, promptId: string): Promise<CallbackRecord | null> {
    return this.#findOne('account = ? AND prompt_id = ? ORDER BY seq DESC LIMIT 1', account, promptId);
  }

  change(id: string, changes: CallbackChanges): Promise<void> {
    const [columns, values] = columnsOf(changes);
    const sql = `UPDATE callbacks SET ${columns.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`;
    return this.connection.write((opened) => opened.run(sql, ...values, id));
  }

  call(id: string, reportedPromptId: string | null, envelope: CallbackEnvelope | null): Promise<void> {
    const sql = `UPDATE callbacks SET called_at = ?, call_number = coalesce(${LAST_CALL}, 0) + 1, claimed_id = ?,
      envelope = ? WHERE id = ? AND called_at IS NULL`;
    return this.connection.write((opened) =>
      opened.run(sql, opened.clock.now(), reportedPromptId, envelope, id),
    );
  }

  async callsAfter(number: number): Promise<readonly CallbackCall[]> {
    const sql = `SELECT call_number AS number, id, account, prompt_id AS promptId FROM callbacks
      WHERE call_number > ? ORDER BY call_number`;
    return this.connection.read((opened) => opened.all<CallbackCall>(sql, number));
  }

  async lastCall(): Promise<number> {
    const sql = `SELECT ${LAST_CALL} AS last`;
    return this.connection.read((opened) => opened.column<number | null>(sql)[0] ?? 0);
  }

  async abandonedAccounts(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT account FROM callbacks
      WHERE ${OPEN} AND status = 'WAITING' AND owner IN (SELECT value FROM json_each(?)) AND created_at > ?`;
    return this.connection.read((opened) => {
      const dead = deadOwners(opened, 'WAITING');
      if (dead.length === 0) return [];
      return opened.column<string>(sql, JSON.stringify(dead), opened.clock.now() - SETTLING_PATIENCE_MS);
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
    return this.connection.write((opened) => {
      for (const account of opened.column<string>(crowded, KEPT))
        opened.run(sql, account, account, KEPT, opened.clock.now() - SETTLING_PATIENCE_MS);
    });
  }

  async #findOne(condition: string, ...values: Value[]): Promise<CallbackRecord | null> {
    const sql = `SELECT ${COLUMNS} FROM callbacks WHERE ${condition}`;
    return this.connection.read((opened) => {
      const row = opened.one<Row<CallbackRecord>>(sql, ...values);
      return row ? { ...row, attempts: parseJson(row.attempts, 'attempts') } : null;
    });
  }

  /** @param account Null means all accounts. */
  async #take(status: 'WAITING' | 'PENDING', account: string | null): Promise<readonly string[]> {
    // There are rarely dead owners, and a read does not block writes of other processes.
    const dead = await this.connection.read((opened) => deadOwners(opened, status));
    if (dead.length === 0) return [];
    const of = `FROM callbacks WHERE ${OPEN} AND status = ? AND owner IN (SELECT value FROM json_each(?))
      AND coalesce(?, account) = account`;
    return this.connection.write((opened) => {
      const values = [status, JSON.stringify(deadOwners(opened, status)), account];
      const ids = opened.column<string>(`SELECT id ${of} ORDER BY seq`, ...values);
      const sql = 'UPDATE callbacks SET owner = ? WHERE id IN (SELECT value FROM json_each(?))';
      opened.run(sql, opened.processLock.id, JSON.stringify(ids));
      return ids;
    });
  }
}

/** Returns the dead processes that still own open relays. */
function deadOwners(opened: Opened, status: 'WAITING' | 'PENDING'): string[] {
  const sql = `SELECT DISTINCT owner FROM callbacks WHERE ${OPEN} AND status = ?`;
  return opened.column<string>(sql, status).filter((owner) => !opened.processLock.isAlive(owner));
}
