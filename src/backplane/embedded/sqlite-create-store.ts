import type { Claim, CreateStore, KnownPrompt, OtherCreate, Rest, SentCreate } from '../create-store.js';
import type { Connection, Opened } from './connection.js';

/** How long a create is remembered: none is looked for any more after that. */
const KEPT_MS = 60 * 60 * 1000;

interface CreateRow {
  readonly id: string;
  readonly account: string;
  readonly owner: string | null;
  readonly known: string;
  readonly callback: string | null;
  readonly sent_at: number;
  readonly lost_at: number | null;
  readonly prompt_id: string | null;
  readonly answered_id: string | null;
}

const COLUMNS = 'id, account, owner, known, callback, sent_at, lost_at, prompt_id, answered_id';

/** Keeps creates in the SQLite file. */
export class SqliteCreateStore implements CreateStore {
  readonly now: () => number;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.now = connection.clock.now;
  }

  begin({ id, account, known, callback, sentAt }: SentCreate): Promise<void> {
    const sql =
      'INSERT INTO creates (id, account, owner, known, callback, sent_at) VALUES (?, ?, ?, ?, ?, ?)';
    return this.#connection.write((opened) => {
      opened.run('DELETE FROM creates WHERE sent_at < ?', opened.clock.now() - KEPT_MS);
      opened.run(sql, id, account, opened.presence.id, JSON.stringify(known), callback, sentAt);
    });
  }

  async get(id: string): Promise<{ create: SentCreate; promptId: string | null } | null> {
    const sql = `SELECT ${COLUMNS} FROM creates WHERE id = ?`;
    const row = await this.#connection.read((opened) => opened.one<CreateRow>(sql, id));
    return row ? { create: toCreate(row), promptId: row.prompt_id } : null;
  }

  lose(id: string, known: KnownPrompt): Promise<void> {
    const sql = `UPDATE creates SET owner = NULL, known = ?, lost_at = coalesce(lost_at, ?)
      WHERE id = ? AND prompt_id IS NULL`;
    return this.#connection.write((opened) => opened.run(sql, JSON.stringify(known), opened.clock.now(), id));
  }

  finish(id: string, promptId: string): Promise<void> {
    const sql = 'UPDATE creates SET owner = NULL, prompt_id = ? WHERE id = ?';
    return this.#connection.write((opened) => opened.run(sql, promptId, id));
  }

  forget(id: string): Promise<void> {
    return this.#connection.write((opened) => opened.run('DELETE FROM creates WHERE id = ?', id));
  }

  async answer({ id, account }: SentCreate, promptId: string, decide: (rest: Rest) => Claim): Promise<Claim> {
    let claim: Claim = 'WAIT';
    await this.#connection.write((opened) => {
      claim = decide({ others: othersOf(opened, id, account), taken: takenOf(opened, account, [promptId]) });
      if (claim === 'CLAIMED')
        opened.run('UPDATE creates SET owner = NULL, prompt_id = ? WHERE id = ?', promptId, id);
      else opened.run('UPDATE creates SET answered_id = ? WHERE id = ?', promptId, id);
    });
    return claim;
  }

  async claim(
    { id, account }: SentCreate,
    among: readonly string[],
    choose: (rest: Rest) => string | null,
  ): Promise<string | null> {
    let chosen: string | null = null;
    await this.#connection.write((opened) => {
      chosen = choose({ others: othersOf(opened, id, account), taken: takenOf(opened, account, among) });
      if (chosen !== null)
        opened.run('UPDATE creates SET owner = NULL, prompt_id = ? WHERE id = ?', chosen, id);
    });
    return chosen;
  }
}

function othersOf(opened: Opened, id: string, account: string): OtherCreate[] {
  const sql = `SELECT ${COLUMNS} FROM creates WHERE account = ? AND prompt_id IS NULL AND id <> ?`;
  const rows = opened.all<CreateRow>(sql, account, id);
  const owners = new Set(rows.map(({ owner }) => owner).filter((owner) => owner !== null));
  const alive = new Set([...owners].filter((owner) => opened.presence.isAlive(owner)));
  return rows.map((row) => ({
    ...toCreate(row),
    isUnderWay: row.owner !== null && alive.has(row.owner),
    answeredId: row.answered_id,
  }));
}

function takenOf(opened: Opened, account: string, among: readonly string[]): Set<string> {
  const sql =
    'SELECT prompt_id FROM creates WHERE account = ? AND prompt_id IN (SELECT value FROM json_each(?))';
  const rows = opened.all<{ prompt_id: string }>(sql, account, JSON.stringify(among));
  return new Set(rows.map(({ prompt_id }) => prompt_id));
}

function toCreate(row: CreateRow): SentCreate {
  return {
    id: row.id,
    account: row.account,
    known: JSON.parse(row.known),
    callback: row.callback,
    sentAt: row.sent_at,
    lostAt: row.lost_at,
  };
}
