/**
 * The schema of the store, step by step: step N leads from version N to N + 1. A step that was released is never changed;
 * what is to be different gets a step of its own.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE replications (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    principal TEXT NOT NULL,
    status TEXT NOT NULL,
    target_model TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    selection TEXT NOT NULL,
    options TEXT NOT NULL,
    error TEXT,
    waits_for TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    size INTEGER NOT NULL,
    -- The process that runs it, and which place it has among the jobs under way: who was taken first goes first.
    owner TEXT,
    turn INTEGER,
    released_at INTEGER,
    -- Since when it has been RUNNING.
    running_at INTEGER,
    -- The process in whose sandbox its replicas are.
    sandbox TEXT,
    cancel_requested INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX replications_by_principal ON replications (principal, seq);
  CREATE INDEX replications_by_owner ON replications (owner) WHERE owner IS NOT NULL;

  CREATE TABLE items (
    seq INTEGER NOT NULL REFERENCES replications (seq) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    source_id TEXT NOT NULL,
    source TEXT NOT NULL,
    replica_name TEXT NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    replica TEXT,
    error TEXT,
    attempts INTEGER NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (seq, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX items_by_status ON items (seq, status, position);
  CREATE INDEX items_by_source ON items (seq, source_id);
  CREATE INDEX items_by_name ON items (seq, replica_name);
  `,
  `
  CREATE TABLE idempotency_keys (
    account TEXT NOT NULL,
    -- A fingerprint of the key, and of what it was sent with.
    key TEXT NOT NULL,
    input TEXT NOT NULL,
    -- The process that works on it; null once it has ended, and when it has ended without knowing its outcome.
    owner TEXT,
    -- What was noted before anything was sent; null: nothing was.
    begun TEXT,
    result TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

  CREATE TABLE creates (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    -- The process that waits for its answer.
    owner TEXT,
    -- What the prompt will look like.
    known TEXT NOT NULL,
    callback TEXT,
    sent_at INTEGER NOT NULL,
    lost_at INTEGER,
    prompt_id TEXT
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX creates_by_account ON creates (account, prompt_id);
  CREATE INDEX creates_by_age ON creates (sent_at);

  CREATE TABLE callbacks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    -- The caller's own address; null where it has given none.
    target TEXT,
    -- Null until it is known.
    prompt_id TEXT,
    status TEXT NOT NULL,
    -- When Astria has called: the secret is used up. Which call it was among all, and about which prompt by its own account.
    called_at INTEGER,
    call_number INTEGER,
    claimed_id TEXT,
    -- What is relayed, once the prompt has settled.
    payload TEXT,
    attempts TEXT NOT NULL,
    next_at INTEGER,
    -- The process that sees to it.
    owner TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX callbacks_by_prompt ON callbacks (account, prompt_id);
  CREATE INDEX callbacks_by_call ON callbacks (call_number) WHERE call_number IS NOT NULL;
  CREATE INDEX callbacks_by_account ON callbacks (account, seq);
  CREATE INDEX open_callbacks ON callbacks (status, owner, account)
    WHERE target IS NOT NULL AND status IN ('WAITING', 'PENDING');
  `,
  `
  -- The key that it runs under. Until then there was nobody but who had the key.
  ALTER TABLE replications ADD COLUMN credential TEXT NOT NULL DEFAULT '';
  UPDATE replications SET credential = principal;
  CREATE INDEX replications_by_credential ON replications (credential, seq);
  `,
  `
  -- Form of the body of Astria's call; null where there was no call, or one of neither form.
  ALTER TABLE callbacks ADD COLUMN envelope TEXT;
  `,
  `
  -- Prompt in the response to a create, while it is not decided whether it is that create's.
  ALTER TABLE creates ADD COLUMN answered_id TEXT;
  `,
  `
  -- Unix milliseconds, by the clock of the record, at which a machine was started: see RecordClock.
  CREATE TABLE clock (
    boot TEXT PRIMARY KEY,
    started_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Time of the first record of a job, by the same clock; null for older ones.
  ALTER TABLE replications ADD COLUMN recorded_at INTEGER;
  `,
  `
  -- Hash of the text, equal for all creates that can become the same prompt; null where the text is not known.
  ALTER TABLE creates ADD COLUMN text_hash TEXT;
  -- Hash of the column known; null for older rows.
  ALTER TABLE creates ADD COLUMN known_hash TEXT;
  DROP INDEX creates_by_account;
  -- Has every column by which creates are compared first: SQLite reads all of known to reach those behind it.
  CREATE INDEX creates_by_account
    ON creates (account, prompt_id, text_hash, known_hash, owner, callback, sent_at, lost_at, answered_id);
  `,
];
