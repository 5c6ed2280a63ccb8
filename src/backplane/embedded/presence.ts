import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import Database from 'libsql';

const SUFFIX = '.lock';
/** How often, and for how long each time, a process tries to enter while others look whether it is alive. */
const ENTRIES = 10;
const ENTRY_MS = 5_000;

/**
 * Tells which processes that share the store are alive. Each holds a lock of the operating system on a file of its own,
 * which falls with the process however that ends: there is no clock in it, so a process that was paused is not taken for
 * dead, and one that was killed is known to be at once. SQLite does the locking, as Node has no call for it.
 */
export class Presence {
  readonly #folder: string;
  readonly #lock: Database.Database;

  /** @param id This process's name among them. */
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

  /** Lets go of the lock. */
  close(): void {
    this.#remove(this.id);
    this.#lock.close();
  }

  #enter(): Database.Database {
    const file = this.#fileOf(this.id);
    for (let attempt = 0; attempt < ENTRIES; attempt += 1) {
      const lock = acquire(file, ENTRY_MS);
      // Another process may have found the file unlocked, and removed it, just before.
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

  /** Null when its process holds it. */
  #tryLock(id: string): Database.Database | null {
    try {
      return acquire(this.#fileOf(id), 0);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null;
      throw error;
    }
  }

  /** Only ever under the lock: one that is about to enter must not be taken for dead. */
  #remove(id: string): void {
    for (const file of [this.#fileOf(id), `${this.#fileOf(id)}-journal`]) rmSync(file, { force: true });
  }

  #fileOf(id: string): string {
    return path.join(this.#folder, `${id}${SUFFIX}`);
  }
}

/** @throws SqliteError SQLITE_BUSY when somebody else holds it for longer than `patienceMs`. */
function acquire(file: string, patienceMs: number): Database.Database {
  const database = new Database(file, { timeout: patienceMs });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
