import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type Database from 'libsql';
import type { Log } from '../../domain/log.js';
import { StoreError } from '../../domain/store-error.js';
import { checkpointEnded, checkpointIfLarge } from './checkpoints.js';
import { abandonDatabase, closeDatabase, openDatabase, UnusableStoreError } from './database.js';
import { Presence } from './presence.js';
import { BrokenTextError, decodeText, prepareAsIs, readable } from './readable-rows.js';
import { RecordClock } from './record-clock.js';
import { syncWal } from './sync.js';

const FILE = 'promptgate.db';
/** Number of commits between two looks at the size of the WAL. */
const COMMITS_PER_LOOK = 100;

/** A value of a column. */
export type Value = string | number | null;

/** The store as it is open now. */
export class Opened {
  readonly #statements = new Map<string, Database.Statement>();

  constructor(
    readonly database: Database.Database,
    readonly presence: Presence,
    readonly clock: RecordClock,
  ) {}

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql).run(values);
  }

  /** The rows, by what the schema says of them. @throws BrokenTextError */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    const rows = this.#prepare(sql, readable).all(values) as Record<string, unknown>[];
    for (const row of rows) decodeText(row);
    return rows as Row[];
  }

  /** The first row. */
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  /** Each once: what a statement holds outside of JavaScript's memory is not freed before its garbage is collected. */
  #prepare(sql: string, prepare = prepareAsIs): Database.Statement {
    const statement = this.#statements.get(sql) ?? prepare(this.database, sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

interface Write {
  /** Writes, and returns a function that resolves the caller's promise. */
  readonly run: (opened: Opened) => () => void;
  readonly reject: (error: StoreError) => void;
}

function queued<T>(
  run: (opened: Opened) => T,
  resolve: (result: T) => void,
  reject: (error: StoreError) => void,
): Write {
  return {
    run: (opened) => {
      const result = run(opened);
      return () => resolve(result);
    },
    reject,
  };
}

/**
 * The connection of this process to the store. Where the disk does not allow it, it is opened anew with the next use:
 * what needs no store goes on meanwhile.
 */
export class Connection {
  /** This process's name among those that share the store. */
  readonly process = randomUUID();
  readonly clock = new RecordClock();
  readonly #folder: string;
  readonly #log: Log;
  readonly #onOpen: (opened: Opened) => void;
  #opened: Opened | null = null;
  #presence: Presence | null = null;
  #queue: Write[] = [];
  #commits = 0;

  /**
   * @param onOpen Runs whenever it was opened.
   * @throws UnusableStoreError when what lies there must not be touched.
   */
  constructor(folder: string, log: Log, onOpen: (opened: Opened) => void) {
    this.#folder = path.resolve(folder);
    this.#log = log;
    this.#onOpen = onOpen;
    try {
      this.#open();
    } catch (error) {
      if (error instanceof UnusableStoreError) throw error;
      this.#complain(error, 'the store cannot be opened: what needs it fails until it can');
    }
  }

  /** Reads, after everything that was to be written. @throws StoreError */
  read<T>(query: (opened: Opened) => T): T {
    this.#flush();
    try {
      return query(this.#open());
    } catch (error) {
      throw error instanceof BrokenTextError ? this.#unreadable(error) : this.#failed(error);
    }
  }

  /**
   * Reads and writes in one transaction. Resolves when not even a power cut can take it back, unless the disk cannot sync,
   * which is logged.
   * @throws StoreError
   */
  async transact<T>(work: (opened: Opened) => T): Promise<T> {
    const committed = this.write(work);
    this.#flush();
    const result = await committed;
    await syncWal(this.#file).catch((error: unknown) => this.#complain(error, 'the store cannot be synced'));
    return result;
  }

  /**
   * Writes together with everything else that is to be written in this turn of the event loop. Resolves when a kill
   * cannot take it back; a power cut can, for a while: waiting for the disk each time would hold everything else up.
   * @throws StoreError
   */
  write<T>(run: (opened: Opened) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push(queued(run, resolve, reject));
    });
  }

  async close(): Promise<void> {
    await checkpointEnded(this.#file);
    this.#flush();
    if (this.#opened) closeDatabase(this.#opened.database);
    this.#opened = null;
    this.#presence?.close();
    this.#presence = null;
  }

  #flush(): void {
    const writes = this.#queue;
    if (writes.length === 0) return;
    this.#queue = [];
    try {
      const opened = this.#open();
      opened.database.exec('BEGIN IMMEDIATE');
      const outcomes = writes.map((write) => this.#attempt(opened, write));
      opened.database.exec('COMMIT');
      for (const settle of outcomes) settle();
    } catch (error) {
      const failure = this.#failed(error);
      for (const { reject } of writes) reject(failure);
    }
    this.#commits += 1;
    if (this.#commits % COMMITS_PER_LOOK === 0) void checkpointIfLarge(this.#file);
  }

  /** Runs one write of a transaction. A string that cannot be read fails this write alone. */
  #attempt(opened: Opened, { run, reject }: Write): () => void {
    opened.database.exec('SAVEPOINT write');
    try {
      const resolve = run(opened);
      opened.database.exec('RELEASE write');
      return resolve;
    } catch (error) {
      if (!(error instanceof BrokenTextError)) throw error;
      opened.database.exec('ROLLBACK TO write; RELEASE write');
      const failure = this.#unreadable(error);
      return () => reject(failure);
    }
  }

  get #file(): string {
    return path.join(this.#folder, FILE);
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const database = openDatabase(this.#file);
    try {
      // Held from here to the end of the process, even where the database is opened anew.
      this.#presence ??= new Presence(path.join(this.#folder, 'processes'), this.process);
      this.clock.share(database);
      const opened = new Opened(database, this.#presence, this.clock);
      this.#onOpen(opened);
      this.#opened = opened;
      return opened;
    } catch (error) {
      abandonDatabase(database);
      throw error;
    }
  }

  /** The connection can still be used. */
  #unreadable(error: BrokenTextError): StoreError {
    this.#complain(error, 'the store holds a string that cannot be read');
    return new StoreError(`${reasonOf(error)}. Put back a copy of the store to get it back`);
  }

  /** The connection is given up with the failure. */
  #failed(error: unknown): StoreError {
    this.#complain(error, 'the store failed');
    if (this.#opened) abandonDatabase(this.#opened.database);
    this.#opened = null;
    return new StoreError(`${reasonOf(error)}. What was begun can be resumed once that is mended`);
  }

  #complain(error: unknown, message: string): void {
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#log.error({ reason, folder: this.#folder }, message);
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC')
    return 'the record of this gateway cannot be written: its disk is full';
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return 'the record of this gateway cannot be written: it may only read its DATA_DIR';
  // libsql has no code for a file that cannot be opened.
  if (error instanceof Error && error.message.includes('Unable to open'))
    return 'the record of this gateway cannot be opened: it needs the right to write to its DATA_DIR';
  return 'the record of this gateway cannot be written or read: its log says why';
}
