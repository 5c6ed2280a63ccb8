import { existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';
import { MIGRATIONS } from './migrations.js';

/** "PGat". Distinguishes the store from other SQLite files. */
const APPLICATION_ID = 0x50476174;
/** Longest wait for another process's write while the store is opened, in milliseconds. */
const BUSY_MS = 5_000;

/**
 * Size of the WAL, in pages of 4 KiB, from which each commit also makes a checkpoint. The checkpoint thread keeps the WAL far
 * below this size.
 */
const LARGEST_WAL_PAGES = 128_000;

/** Thrown if this program cannot use the store, regardless of the state of the disk. The message says what to do. */
export class UnusableStoreError extends Error {
  override readonly name = 'UnusableStoreError';
}

/**
 * Opens the store's file and migrates its schema.
 * @throws UnusableStoreError if the file is corrupt, or from another program or a newer version. The file is not modified.
 * Other errors come from the system, such as a full disk or missing write permission.
 */
export function openDatabase(file: string, migrations: readonly string[] = MIGRATIONS): Database.Database {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) examine(file, migrations.length);
  const database = new Database(file, { timeout: BUSY_MS });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('foreign_keys = ON');
    migrate(database, migrations);
    // A commit survives a kill of the process. It survives a power failure after the next sync: see `syncWal`.
    database.pragma('synchronous = NORMAL');
    // Another thread makes checkpoints long before that: see `Checkpoints`.
    database.pragma(`wal_autocheckpoint = ${LARGEST_WAL_PAGES}`);
    if (sizeOf(`${file}-wal`) === 0) beginWal(database);
    return database;
  } catch (error) {
    abandonDatabase(database);
    throw error;
  }
}

/**
 * Makes a commit that changes nothing. The first commit in an empty WAL waits for the WAL's header to be synced, so call this
 * where waiting for the disk blocks nothing.
 */
export function beginWal(database: Database.Database): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(`PRAGMA user_version = ${readNumber(database, 'user_version')}; COMMIT`);
}

/** Closes the database with all content in the main file. libsql alone would leave the newest part in the `-wal` file. */
export function closeDatabase(database: Database.Database): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // The content is just as safe in the `-wal` file.
  }
  database.close();
}

/**
 * Closes a connection after an error. libsql leaves a failed statement in progress, and with it the transaction and its lock,
 * until the statement is garbage-collected.
 */
export function abandonDatabase(database: Database.Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // There was no transaction.
  }
  database.close();
}

/** Checks the file through a read-only connection. @throws UnusableStoreError */
function examine(file: string, newest: number): void {
  // Even a new file gets its first page before the WAL has any content. SQLite would discard the WAL.
  if (sizeOf(file) === 0 && sizeOf(`${file}-wal`) > 0) throw corrupt(file);
  const database = new Database(`${pathToFileURL(file).href}?mode=ro`, { timeout: BUSY_MS });
  try {
    const version = readNumber(database, 'user_version');
    const isEmpty = readNumber(database, 'schema_version') === 0;
    if (isEmpty) return;
    if (readNumber(database, 'application_id') !== APPLICATION_ID) {
      throw new UnusableStoreError(
        `${file} belongs to another program. Set DATA_DIR to a folder that only Promptgate uses.`,
      );
    }
    if (version > newest) {
      throw new UnusableStoreError(
        `${file} was written by a newer Promptgate (store version ${version}; this program supports up to ${newest}). ` +
          'Run that version again, or set DATA_DIR to another folder.',
      );
    }
    const checkResult = firstValue(database, 'PRAGMA quick_check(1)');
    if (checkResult !== 'ok') throw corrupt(file);
  } catch (error) {
    throw isCorruption(error) ? corrupt(file) : error;
  } finally {
    database.close();
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function migrate(database: Database.Database, migrations: readonly string[]): void {
  if (readNumber(database, 'user_version') === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  // Another process may have migrated the store in the meantime.
  const version = readNumber(database, 'user_version');
  for (const step of migrations.slice(version)) database.exec(step);
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${migrations.length}; COMMIT`,
  );
}

function corrupt(file: string): UnusableStoreError {
  return new UnusableStoreError(
    `${file} is damaged. Restore a copy, or move it away (with its -wal and -shm files) to start with an empty store. ` +
      'Replicas are still found by their markers: running a replication again creates no duplicates.',
  );
}

function isCorruption(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB');
}

/** Returns true if another process or thread holds the required lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}

/** Returns a message about an error for a client, without a path. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC')
    return 'The store of the gateway cannot be written because its disk is full.';
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EROFS' || code === 'EPERM')
    return 'The store of the gateway cannot be written. The gateway needs write access to DATA_DIR.';
  // libsql has no error code for a file that cannot be opened.
  if (error instanceof Error && error.message.includes('Unable to open'))
    return 'The store of the gateway cannot be opened. The gateway needs write access to DATA_DIR.';
  return 'The store of the gateway cannot be written or read. See the log of the gateway for the reason.';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function readNumber(database: Database.Database, pragma: string): number {
  return Number(firstValue(database, `PRAGMA ${pragma}`));
}

function firstValue(database: Database.Database, sql: string): unknown {
  const row = database.prepare(sql).raw().get();
  return Array.isArray(row) ? row[0] : undefined;
}
