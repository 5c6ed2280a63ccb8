import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type Database from 'libsql';
import { pause } from '../../async/pause.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { StoreError } from '../../domain/store-error.js';
import { Checkpoints } from './checkpoints.js';
import {
  abandonDatabase,
  closeDatabase,
  isBusy,
  openDatabase,
  reasonOf,
  UnusableStoreError,
} from './database.js';
import { Presence } from './presence.js';
import { RecordClock } from './record-clock.js';
import { BrokenTextError, decodeText, readable, type Value } from './rows.js';
import { syncWal } from './sync.js';

const FILE = 'promptgate.db';
/** Number of commits between two looks at the size of the WAL. */
const COMMITS_PER_LOOK = 10;
/** Time between two attempts at a commit while another process or thread writes, in milliseconds. */
const BUSY_PAUSE_MS = 5;
/** Longest time that commits wait for that: several syncs of a slow disk. */
const BUSY_PATIENCE_MS = 15_000;

const CLOSED = 'The gateway is stopping. Repeat the request when it is running again.';

/** The store as it is open now. */
export class Opened {
  readonly #statements = new Map<string, Database.Statement>();

  constructor(
    readonly database: Database.Database,
    readonly presence: Presence,
    readonly clock: RecordClock,
  ) {}

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql, false).run(values);
  }

  /** The rows, by what the schema says of them. @throws BrokenTextError */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    const rows = this.#prepare(sql, true).all(values) as Record<string, unknown>[];
    for (const row of rows) decodeText(row);
    return rows as Row[];
  }

  /** The first row. */
  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  /** The values of a query for one column. */
  column<T extends Value>(sql: string, ...values: Value[]): T[] {
    return this.all<Record<string, T>>(sql, ...values).flatMap((row) => Object.values(row));
  }

  /** Each once: what a statement holds outside of JavaScript's memory is not freed before its garbage is collected. */
  #prepare(sql: string, isQuery: boolean): Database.Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = isQuery ? readable(this.database, sql) : this.database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

interface Write {
  /** Writes, and returns a function that resolves the caller's promise. */
  readonly run: (opened: Opened) => () => void;
  readonly reject: (error: StoreError) => void;
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
  readonly #file: string;
  readonly #log: Log;
  readonly #onOpen: (opened: Opened) => void;
  readonly #checkpoints: Checkpoints;
  #opened: Opened | null = null;
  #presence: Presence | null = null;
  #queue: Write[] = [];
  /** The commits that take the queue in, one after the other; null when the queue is empty. */
  #flushing: Promise<void> | null = null;
  /** Resolves when the last part of a checkpoint lets writes continue. */
  #held: Promise<void> = Promise.resolve();
  #isClosed = false;
  #commits = 0;

  /**
   * @param onOpen Runs whenever it was opened.
   * @throws UnusableStoreError when what lies there must not be touched.
   */
  constructor(folder: string, log: Log, onOpen: (opened: Opened) => void) {
    this.#folder = path.resolve(folder);
    this.#file = path.join(this.#folder, FILE);
    this.#log = log;
    this.#onOpen = onOpen;
    this.#checkpoints = new Checkpoints(this.#file, () => this.#hold());
    try {
      this.#open();
    } catch (error) {
      if (error instanceof UnusableStoreError) throw error;
      this.#complain(error, 'The store cannot be opened. Requests that need it fail until it can.');
    }
  }

  /** Reads. It sees what was written before, unless commits have to wait for a lock: it does not wait with them. @throws StoreError */
  async read<T>(query: (opened: Opened) => T): Promise<T> {
    const deadline = monotonicMs() + BUSY_PATIENCE_MS;
    if (this.#flushing) await nextTurn();
    for (;;) {
      if (this.#isClosed) throw new StoreError(CLOSED);
      try {
        return query(this.#open());
      } catch (error) {
        if (error instanceof BrokenTextError) throw this.#unreadable(error);
        if (!this.#isHeldUp(error)) throw this.#failed(error);
        if (monotonicMs() >= deadline) throw this.#busy(error);
      }
      await pause(BUSY_PAUSE_MS);
    }
  }

  /**
   * Reads and writes in one transaction. Resolves when not even a power cut can take it back, unless the disk cannot sync,
   * which is logged.
   * @throws StoreError
   */
  async transact<T>(work: (opened: Opened) => T): Promise<T> {
    const result = await this.write(work);
    await syncWal(this.#file).catch((error: unknown) =>
      this.#complain(error, 'The store cannot be synced to disk.'),
    );
    return result;
  }

  /**
   * Writes together with everything else that is to be written in this turn of the event loop. Resolves when a kill
   * cannot take it back; a power cut can, for a while: waiting for the disk each time would hold everything else up.
   * @throws StoreError
   */
  write<T>(run: (opened: Opened) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new StoreError(CLOSED));
      const write = (opened: Opened) => {
        const result = run(opened);
        return () => resolve(result);
      };
      this.#queue.push({ run: write, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Writes what is waiting, and closes the store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#flushing;
    await this.#checkpoints.idle();
    if (this.#opened) closeDatabase(this.#opened.database);
    this.#opened = null;
    this.#presence?.close();
    this.#presence = null;
  }

  /** Commits what is waiting until nothing is. */
  async #flush(): Promise<void> {
    await nextTurn();
    let busySince: number | null = null;
    while (this.#queue.length > 0) {
      await this.#held;
      const writes = this.#queue;
      try {
        const opened = this.#open();
        opened.database.exec('BEGIN IMMEDIATE');
        busySince = null;
        this.#queue = [];
        const outcomes = writes.map((write) => this.#attempt(opened, write));
        opened.database.exec('COMMIT');
        for (const settle of outcomes) settle();
      } catch (error) {
        const isWaiting = this.#isHeldUp(error) && writes === this.#queue;
        busySince ??= monotonicMs();
        if (isWaiting && monotonicMs() - busySince < BUSY_PATIENCE_MS) {
          await pause(BUSY_PAUSE_MS);
          continue;
        }
        this.#queue = [];
        busySince = null;
        const failure = isWaiting ? this.#busy(error) : this.#failed(error);
        for (const { reject } of writes) reject(failure);
      }
      this.#commits += 1;
      if (this.#commits % COMMITS_PER_LOOK === 0) this.#checkpoints.look();
    }
    this.#flushing = null;
  }

  /** Returns true where another process has a lock. One that keeps the store from being opened was waited for already. */
  #isHeldUp(error: unknown): boolean {
    return isBusy(error) && this.#opened !== null;
  }

  /** Makes commits wait. @returns A function that lets them continue. */
  #hold(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
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

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const database = openDatabase(this.#file);
    try {
      // Held from here to the end of the process, even where the database is opened anew.
      this.#presence ??= new Presence(path.join(this.#folder, 'processes'), this.process);
      this.clock.share(database);
      const opened = new Opened(database, this.#presence, this.clock);
      this.#onOpen(opened);
      // From here on nobody waits on the event loop for another process.
      database.pragma('busy_timeout = 0');
      this.#opened = opened;
      return opened;
    } catch (error) {
      abandonDatabase(database);
      throw error;
    }
  }

  /** The connection can still be used. */
  #unreadable(error: BrokenTextError): StoreError {
    this.#complain(error, 'The store holds a string that cannot be read.');
    return new StoreError(`${reasonOf(error)} Restore a copy of the store to recover the data.`);
  }

  /** Another process has written for too long. The connection can still be used. */
  #busy(error: unknown): StoreError {
    this.#complain(error, 'The store is busy.');
    return new StoreError(
      'The store of the gateway is busy because another process writes to it. Repeat the request later.',
    );
  }

  /** The connection is given up with the failure. */
  #failed(error: unknown): StoreError {
    this.#complain(error, 'The store failed.');
    if (this.#opened) abandonDatabase(this.#opened.database);
    this.#opened = null;
    return new StoreError(`${reasonOf(error)} Work in progress can be resumed once this is fixed.`);
  }

  #complain(error: unknown, message: string): void {
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#log.error({ reason, folder: this.#folder }, message);
  }
}

/** A store in the SQLite file. */
export class SqliteStore {
  /** Clock of the record. */
  readonly now: () => number;

  constructor(protected readonly connection: Connection) {
    this.now = connection.clock.now;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
