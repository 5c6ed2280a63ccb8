import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';

const SUFFIX = '.lock';
/** Number of attempts to take the lock of this process, and the time for each, while others check whether it is alive. */
const ENTRIES = 10;
const ENTRY_MS = 5_000;

/**
 * Detects which of the processes that share the store are alive. Each holds an operating-system lock on its own file, which is
 * released when the process ends in any way. A paused process does not count as dead. SQLite does the locking, because Node
 * has no API for it.
 */
export class ProcessLock {
  readonly #folder: string;
  readonly #lock: Database.Database;

  /** @param id Id of this process. */
  constructor(
    folder: string,
    readonly id: string,
  ) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#removeDead();
    this.#lock = this.#enter();
  }

  isAlive(id: string): boolean {
    if (id === this.id) return true;
    if (!existsSync(this.#fileOf(id))) return false;
    const lock = this.#tryLock(id);
    lock?.close();
    return lock === null;
  }

  /** Releases the lock. */
  close(): void {
    this.#remove(this.id);
    this.#lock.close();
  }

  #enter(): Database.Database {
    const file = this.#fileOf(this.id);
    for (let attempt = 0; attempt < ENTRIES; attempt += 1) {
      const lock = acquire(file, ENTRY_MS);
      // Just before, another process may have found the file unlocked and removed it.
      if (existsSync(file)) return lock;
      lock.close();
    }
    throw new Error('The lock file of this process was removed repeatedly.');
  }

  #removeDead(): void {
    for (const name of readdirSync(this.#folder)) {
      if (!name.endsWith(SUFFIX)) continue;
      const id = path.basename(name, SUFFIX);
      const lock = this.#tryLock(id);
      if (!lock) continue;
      this.#remove(id);
      lock.close();
    }
  }

  /** Returns null if the process holds its lock. */
  #tryLock(id: string): Database.Database | null {
    try {
      return acquire(this.#fileOf(id), 0);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null;
      throw error;
    }
  }

  /** Removes a lock file. Call only while holding its lock, or a process that is about to lock it counts as dead. */
  #remove(id: string): void {
    for (const file of [this.#fileOf(id), `${this.#fileOf(id)}-journal`]) rmSync(file, { force: true });
  }

  #fileOf(id: string): string {
    return path.join(this.#folder, `${id}${SUFFIX}`);
  }
}

/** Takes a lock. @throws SqliteError SQLITE_BUSY if another process holds it for longer than `timeoutMs`. */
function acquire(file: string, timeoutMs: number): Database.Database {
  const database = new Database(file, { timeout: timeoutMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
