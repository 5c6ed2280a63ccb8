import type {
  Claim,
  CompetingCreates,
  CreateStore,
  KnownPrompt,
  OtherCreate,
  SentCreate,
} from '../create-store.js';
import { type Opened, SqliteStore } from './connection.js';
import { KnownPrompts, NO_TEXT, parseKnown, textHash } from './known-prompts.js';
import { BYTES, type Row, type Value } from './rows.js';

/** Time for which a create request is kept, in milliseconds. Nothing searches for its prompt after that. */
const KEPT_MS = 60 * 60 * 1000;

type CreateRow = Row<SentCreate> & { readonly promptId: string | null };

interface OtherRow extends Omit<OtherCreate, 'account' | 'known' | 'isInProgress'> {
  readonly knownHash: string | null;
  readonly owner: string | null;
}

const FINISH = 'UPDATE creates SET owner = NULL, prompt_id = ? WHERE id = ?';
/** Selects the create requests of an account without a prompt, except one request. All columns are in an index. */
const OTHERS = `SELECT id, known_hash AS knownHash, owner, callback, sent_at AS sentAt, lost_at AS lostAt,
  answered_id AS responsePromptId FROM creates WHERE account = ? AND prompt_id IS NULL AND id <> ?`;
/** Makes two lookups in the index. With OR, SQLite would read the index for the whole account. */
const SAME_TEXT = `${OTHERS} AND text_hash = ? UNION ALL ${OTHERS} AND text_hash IS NULL`;
const OTHER_TEXTS = `${OTHERS} AND text_hash <> ?`;

/** Stores create requests in the SQLite file. */
export class SqliteCreateStore extends SqliteStore implements CreateStore {
  readonly #prompts = new KnownPrompts();

  begin({ id, account, known, callback, sentAt }: SentCreate): Promise<void> {
    const { json, textHash, hash } = this.#prompts.record(known);
    const sql = `INSERT INTO creates (id, account, owner, known, text_hash, known_hash, callback, sent_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    return this.connection.write((opened) => {
      opened.run('DELETE FROM creates WHERE sent_at < ?', opened.clock.now() - KEPT_MS);
      opened.run(sql, id, account, opened.processLock.id, json, textHash, hash, callback, sentAt);
    });
  }

  async get(id: string): Promise<{ create: SentCreate; promptId: string | null } | null> {
    const sql = `SELECT id, account, known, callback, sent_at AS sentAt, lost_at AS lostAt, prompt_id AS promptId
      FROM creates WHERE id = ?`;
    return this.connection.read((opened) => {
      const row = opened.one<CreateRow>(sql, id);
      if (!row) return null;
      const { promptId, ...create } = row;
      return { create: { ...create, known: parseKnown(create.known) }, promptId };
    });
  }

  lose(id: string, known: KnownPrompt): Promise<void> {
    const { json, textHash, hash } = this.#prompts.record(known);
    const sql = `UPDATE creates SET owner = NULL, known = ?, text_hash = ?, known_hash = ?,
      lost_at = coalesce(lost_at, ?) WHERE id = ? AND prompt_id IS NULL`;
    return this.connection.write((opened) => opened.run(sql, json, textHash, hash, opened.clock.now(), id));
  }

  finish(id: string, promptId: string): Promise<void> {
    return this.connection.write((opened) => opened.run(FINISH, promptId, id));
  }

  forget(id: string): Promise<void> {
    return this.connection.write((opened) => opened.run('DELETE FROM creates WHERE id = ?', id));
  }

  async answer(
    create: SentCreate,
    promptId: string,
    decide: (rest: CompetingCreates) => Claim,
  ): Promise<Claim> {
    const { id, account, known } = create;
    // Two create requests without a text can also get the same prompt in their responses.
    const hash = textHash(known) ?? NO_TEXT;
    return this.connection.write((opened) => {
      const others = this.#others(opened, account, SAME_TEXT, account, id, hash, account, id);
      const claim = decide({ others, taken: takenOf(opened, account, [promptId]) });
      if (claim === 'CLAIMED') opened.run(FINISH, promptId, id);
      // The condition in ANSWERED skips a write of the same value, which would rewrite the whole row.
      else opened.run(ANSWERED, promptId, id, promptId);
      return claim;
    });
  }

  async claim(
    { id, account, known }: SentCreate,
    among: readonly string[],
    choose: (rest: CompetingCreates) => string | null,
  ): Promise<string | null> {
    const hash = textHash(known);
    return this.connection.write((opened) => {
      const taken = takenOf(opened, account, among);
      const chosen = choose(
        hash === null
          ? { taken, others: this.#others(opened, account, OTHERS, account, id) }
          : {
              taken,
              others: this.#others(opened, account, SAME_TEXT, account, id, hash, account, id),
              withOtherTexts: () => this.#others(opened, account, OTHER_TEXTS, account, id, hash),
            },
      );
      if (chosen !== null) opened.run(FINISH, chosen, id);
      return chosen;
    });
  }

  /** Reads `known` lazily, because the times alone rule out most create requests. */
  #others(opened: Opened, account: string, sql: string, ...values: Value[]): OtherCreate[] {
    const rows = opened.all<OtherRow>(sql, ...values);
    const owners = new Set(rows.map(({ owner }) => owner).filter((owner) => owner !== null));
    const alive = new Set([...owners].filter((owner) => opened.processLock.isAlive(owner)));
    const prompts = this.#prompts;
    return rows.map((row) => {
      let known: KnownPrompt | undefined;
      return {
        ...{ id: row.id, account, callback: row.callback, sentAt: row.sentAt, lostAt: row.lostAt },
        isInProgress: row.owner !== null && alive.has(row.owner),
        responsePromptId: row.responsePromptId,
        get known() {
          known ??= prompts.find(row.knownHash, () => bytesOf(opened, row.id));
          return known;
        },
      };
    });
  }
}

const BYTES_KNOWN = `${BYTES}known` as const;
const ANSWERED = 'UPDATE creates SET answered_id = ? WHERE id = ? AND answered_id IS NOT ?';

function bytesOf(opened: Opened, id: string): ArrayBuffer | null {
  const sql = `SELECT known AS ${BYTES_KNOWN} FROM creates WHERE id = ?`;
  return opened.one<{ [BYTES_KNOWN]: ArrayBuffer }>(sql, id)?.[BYTES_KNOWN] ?? null;
}

function takenOf(opened: Opened, account: string, among: readonly string[]): Set<string> {
  const sql =
    'SELECT prompt_id FROM creates WHERE account = ? AND prompt_id IN (SELECT value FROM json_each(?))';
  return new Set(opened.column<string>(sql, account, JSON.stringify(among)));
}
