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
import { ProcessLock } from './process-lock.js';
import { RecordClock } from './record-clock.js';
import { BrokenTextError, decodeText, readable, type Value } from './rows.js';
import { syncWal } from './sync.js';

const FILE = 'promptgate.db';
/** Number of commits between two checks of the WAL's size. */
const COMMITS_PER_LOOK = 10;
/** Time between two attempts to commit while another process or thread writes, in milliseconds. */
const BUSY_PAUSE_MS = 5;
/** Longest time that commits wait for other writers, in milliseconds. Enough for several syncs of a slow disk. */
const BUSY_PATIENCE_MS = 15_000;

const CLOSED = 'The gateway is stopping. Repeat the request when it is running again.';

/** Open database with its prepared statements. */
export class Opened {
  readonly #statements = new Map<string, Database.Statement>();

  constructor(
    readonly database: Database.Database,
    readonly processLock: ProcessLock,
    readonly clock: RecordClock,
  ) {}

  run(sql: string, ...values: Value[]): void {
    this.#prepare(sql, false).run(values);
  }

  /** Returns the rows of a query. The schema must guarantee their type. @throws BrokenTextError */
  all<Row>(sql: string, ...values: Value[]): Row[] {
    const rows = this.#prepare(sql, true).all(values) as Record<string, unknown>[];
    for (const row of rows) decodeText(row);
    return rows as Row[];
  }

  one<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.all<Row>(sql, ...values)[0];
  }

  /** Returns the values of a query for one column. */
  column<T extends Value>(sql: string, ...values: Value[]): T[] {
    return this.all<Record<string, T>>(sql, ...values).flatMap((row) => Object.values(row));
  }

  /** Prepares each statement once, because its native memory is freed only when it is garbage-collected. */
  #prepare(sql: string, isQuery: boolean): Database.Statement {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
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
 * Connection of this process to the store. After an error it is reopened at its next use. Work that needs no store continues
 * in the meantime.
 */
export class Connection {
  /** Id of this process among those that share the store. */
  readonly process = randomUUID();
  readonly clock = new RecordClock();
  readonly #folder: string;
  readonly #file: string;
  readonly #log: Log;
  readonly #onOpen: (opened: Opened) => void;
  readonly #checkpoints: Checkpoints;
  #opened: Opened | null = null;
  #processLock: ProcessLock | null = null;
  #queue: Write[] = [];
  /** Loop that commits the queue. Null while the queue is empty. */
  #flushing: Promise<void> | null = null;
  /** Resolves when a checkpoint allows writes to continue. */
  #held: Promise<void> = Promise.resolve();
  #isClosed = false;
  #commits = 0;

  /**
   * @param onOpen Called every time that the store is opened.
   * @throws UnusableStoreError if the existing store must not be modified.
   */
  constructor(folder: string, log: Log, onOpen: (opened: Opened) => void) {
    this.#folder = path.resolve(folder);
    this.#file = path.join(this.#folder, FILE);
    this.#log = log;
    this.#onOpen = onOpen;
    this.#checkpoints = new Checkpoints(this.#file, () => this.#suspendCommits());
    try {
      this.#open();
    } catch (error) {
      if (error instanceof UnusableStoreError) throw error;
      this.#logProblem(error, 'The store cannot be opened. Requests that need it fail until it can.');
    }
  }

  /**
   * Reads. It sees earlier writes, unless their commit is still waiting for a lock.
   * @throws StoreError
   */
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
   * Reads and writes in one transaction. Resolves when the changes survive a power failure. If the disk cannot sync, it logs
   * that and still resolves.
   * @throws StoreError
   */
  async transact<T>(work: (opened: Opened) => T): Promise<T> {
    const result = await this.write(work);
    await syncWal(this.#file).catch((error: unknown) =>
      this.#logProblem(error, 'The store cannot be synced to disk.'),
    );
    return result;
  }

  /**
   * Writes in one transaction with all other writes of this turn of the event loop. Resolves when the changes survive a kill
   * of the process. They do not survive a power failure yet, because waiting for the disk each time would delay everything.
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

  /** Commits the queued writes and closes the store. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#flushing;
    await this.#checkpoints.idle();
    if (this.#opened) closeDatabase(this.#opened.database);
    this.#opened = null;
    this.#processLock?.close();
    this.#processLock = null;
  }

  /** Commits until the queue is empty. */
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

  /** Returns true if another process holds a lock that is worth waiting for. Opening the store has already waited. */
  #isHeldUp(error: unknown): boolean {
    return isBusy(error) && this.#opened !== null;
  }

  /** Suspends commits. @returns A function that resumes them. */
  #suspendCommits(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  /** Runs one write of a transaction. An unreadable string fails only this write. */
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
      // Held from here to the end of the process, even if the database is reopened.
      this.#processLock ??= new ProcessLock(path.join(this.#folder, 'processes'), this.process);
      this.clock.share(database);
      const opened = new Opened(database, this.#processLock, this.clock);
      this.#onOpen(opened);
      // From here on SQLite does not block the event loop to wait for another process.
      database.pragma('busy_timeout = 0');
      this.#opened = opened;
      return opened;
    } catch (error) {
      abandonDatabase(database);
      throw error;
    }
  }

  /** Returns the error for an unreadable string. The connection stays usable. */
  #unreadable(error: BrokenTextError): StoreError {
    this.#logProblem(error, 'The store holds a string that cannot be read.');
    return new StoreError(`${reasonOf(error)} Restore a copy of the store to recover the data.`);
  }

  /** Returns the error for a lock that another process held for too long. The connection stays usable. */
  #busy(error: unknown): StoreError {
    this.#logProblem(error, 'The store is busy.');
    return new StoreError(
      'The store of the gateway is busy because another process writes to it. Repeat the request later.',
    );
  }

  /** Closes the connection after an error and returns the error for the caller. */
  #failed(error: unknown): StoreError {
    this.#logProblem(error, 'The store failed.');
    if (this.#opened) abandonDatabase(this.#opened.database);
    this.#opened = null;
    return new StoreError(`${reasonOf(error)} Work in progress can be resumed once this is fixed.`);
  }

  #logProblem(error: unknown, message: string): void {
    const reason = error instanceof Error ? error.message : 'unknown';
    this.#log.error({ reason, folder: this.#folder }, message);
  }
}

/** Base class of the stores in the SQLite file. */
export class SqliteStore {
  /** Returns the time on the store's clock. */
  readonly now: () => number;

  constructor(protected readonly connection: Connection) {
    this.now = connection.clock.now;
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
