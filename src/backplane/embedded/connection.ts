import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type Database from 'libsql';
import type { Log } from '../../domain/log.js';
import { StoreError } from '../../domain/store-error.js';
import { abandonDatabase, closeDatabase, openDatabase, sync, UnusableStoreError } from './database.js';
import { Presence } from './presence.js';

const FILE = 'promptgate.db';

/** A value of a column. */
export type Value = string | number | null;

/** The store as it is open now. */
export class Opened {
  readonly #statements = new Map<string, Database.Statement>();

  constructor(
    readonly database: Database.Database,
    readonly presence: Presence,
  ) {}

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql).run(values);
  }

  /** The rows, by what the schema says of them. */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#prepare(sql).all(values) as Row[];
  }

  /** The first row. */
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  /** Each once: what a statement holds outside of JavaScript's memory is not freed before its garbage is collected. */
  #prepare(sql: string): Database.Statement {
    const statement = this.#statements.get(sql) ?? this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

interface Write {
  readonly run: (opened: Opened) => void;
  readonly resolve: () => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * The connection of this process to the store. Where the disk does not allow it, it is opened anew with the next use:
 * what needs no store goes on meanwhile.
 */
export class Connection {
  /** This process's name among those that share the store. */
  readonly process = randomUUID();
  readonly #folder: string;
  readonly #log: Log;
  readonly #onOpen: (opened: Opened) => void;
  #opened: Opened | null = null;
  #presence: Presence | null = null;
  #queue: Write[] = [];

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
      throw this.#failed(error);
    }
  }

  /** Reads and writes in a transaction of its own, which not even a power cut takes back. @throws StoreError */
  transact<T>(work: (opened: Opened) => T): T {
    this.#flush();
    try {
      const result = this.#inTransaction(work);
      if (this.#opened) sync(this.#opened.database);
      return result;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /**
   * Writes together with everything else that is to be written in this turn of the event loop. Resolves when a kill
   * cannot take it back; a power cut can, for a while: waiting for the disk each time would hold everything else up.
   * @throws StoreError
   */
  write(run: (opened: Opened) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ run, resolve, reject });
    });
  }

  close(): void {
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
      this.#inTransaction((opened) => {
        for (const { run } of writes) run(opened);
      });
      for (const { resolve } of writes) resolve();
    } catch (error) {
      const failure = this.#failed(error);
      for (const { reject } of writes) reject(failure);
    }
  }

  #inTransaction<T>(work: (opened: Opened) => T): T {
    const opened = this.#open();
    opened.database.exec('BEGIN IMMEDIATE');
    const result = work(opened);
    opened.database.exec('COMMIT');
    return result;
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const database = openDatabase(path.join(this.#folder, FILE));
    try {
      // Held from here to the end of the process, even where the database is opened anew.
      this.#presence ??= new Presence(path.join(this.#folder, 'processes'), this.process);
      const opened = new Opened(database, this.#presence);
      this.#onOpen(opened);
      this.#opened = opened;
      return opened;
    } catch (error) {
      abandonDatabase(database);
      throw error;
    }
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
