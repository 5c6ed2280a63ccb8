/**
 * Migrations of the store's schema. Step N leads from version N to version N + 1. Never change the statements of a released
 * step: add a new step instead.
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
    -- The process that runs the job, and its turn among the claimed jobs. The job that was claimed first has precedence.
    owner TEXT,
    turn INTEGER,
    released_at INTEGER,
    -- Time at which it became RUNNING.
    running_at INTEGER,
    -- The process whose sandbox has its replicas.
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
    -- Fingerprints of the key and of the operation with its arguments.
    key TEXT NOT NULL,
    input TEXT NOT NULL,
    -- The process that executes the request. Null after its end, also after an end with an unknown outcome.
    owner TEXT,
    -- Checkpoint from before anything was sent. Null if nothing was sent.
    begun TEXT,
    result TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (account, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

  CREATE TABLE creates (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    -- The process that waits for the response.
    owner TEXT,
    -- Expected properties of the prompt.
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
    -- URL from the caller. Null if the caller gave none.
    target TEXT,
    -- Null while it is unknown.
    prompt_id TEXT,
    status TEXT NOT NULL,
    -- Time of the call from Astria, which uses up the secret, its number among all calls, and the unverified prompt id in it.
    called_at INTEGER,
    call_number INTEGER,
    claimed_id TEXT,
    -- JSON to relay. Set when the prompt has settled.
    payload TEXT,
    attempts TEXT NOT NULL,
    next_at INTEGER,
    -- The process that is responsible for the callback.
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
  -- The key that the job runs with. In older jobs the principal is the key itself.
  ALTER TABLE replications ADD COLUMN credential TEXT NOT NULL DEFAULT '';
  UPDATE replications SET credential = principal;
  CREATE INDEX replications_by_credential ON replications (credential, seq);
  `,
  `
  -- Form of the body of the call from Astria. Null without a call, or if the body has neither form.
  ALTER TABLE callbacks ADD COLUMN envelope TEXT;
  `,
  `
  -- Prompt in the response to a create request, while it is undecided whether the prompt belongs to that request.
  ALTER TABLE creates ADD COLUMN answered_id TEXT;
  `,
  `
  -- Boot time of a machine in Unix milliseconds, on the clock of the store. See RecordClock.
  CREATE TABLE clock (
    boot TEXT PRIMARY KEY,
    started_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Time at which a job was first recorded, on the same clock. Null for older jobs.
  ALTER TABLE replications ADD COLUMN recorded_at INTEGER;
  `,
  `
  -- Hash of the text, equal for all create requests that can create the same prompt. Null if the text is unknown.
  ALTER TABLE creates ADD COLUMN text_hash TEXT;
  -- Hash of the column known. Null for older rows.
  ALTER TABLE creates ADD COLUMN known_hash TEXT;
  DROP INDEX creates_by_account;
  -- Has all columns that are compared first, because SQLite reads all of known to reach the columns after it.
  CREATE INDEX creates_by_account
    ON creates (account, prompt_id, text_hash, known_hash, owner, callback, sent_at, lost_at, answered_id);
  `,
];
