import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import Database from 'libsql';
import type { CheckpointRequest, CheckpointResponse } from './checkpoints.js';
import { abandonDatabase, beginWal } from './database.js';

/**
 * Longest time that the second step of a checkpoint waits for other processes, in milliseconds. Meanwhile it holds the lock
 * that all writes need.
 */
const PATIENCE_MS = 50;

/** Connections to one database. They stay open, because libsql closes the file of a closed one only at garbage collection. */
class Connections {
  readonly #writer: Database.Database;
  /**
   * Prevents a restart of the WAL between the two steps. The first commit after a restart would sync the WAL's header on the
   * event loop.
   */
  readonly #reader: Database.Database;

  constructor(file: string) {
    const url = `${pathToFileURL(file).href}?mode=rw`;
    this.#writer = new Database(url, { timeout: PATIENCE_MS });
    this.#writer.pragma('synchronous = NORMAL');
    this.#reader = new Database(url, { timeout: PATIENCE_MS });
  }

  /** Copies the current content of the WAL while others write. */
  copy(): boolean {
    this.#reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    this.#writer.pragma('wal_checkpoint(PASSIVE)');
    return true;
  }

  /**
   * Copies the rest while nobody writes, empties the WAL, and syncs the header of the new one with a commit.
   * @returns False if a reader in another process prevents that.
   */
  reset(): boolean {
    this.#reader.exec('COMMIT');
    const [result] = this.#writer.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    // Needed even if the WAL was copied but could not be emptied, because the next commit would restart it.
    beginWal(this.#writer);
    return result?.busy === 0;
  }

  close(): void {
    abandonDatabase(this.#reader);
    abandonDatabase(this.#writer);
  }
}

const connections = new Map<string, Connections>();

// Moves the content of a database's WAL to its main file and syncs both, which can take long.
parentPort?.on('message', ({ file, step }: CheckpointRequest) => {
  parentPort?.postMessage({ file, isDone: attempt(file, step) } satisfies CheckpointResponse);
});

function attempt(file: string, step: 'copy' | 'reset'): boolean {
  const opened = connections.get(file);
  try {
    const used = opened ?? new Connections(file);
    connections.set(file, used);
    return used[step]();
  } catch {
    // The next checkpoint tries again with new connections.
    connections.get(file)?.close();
    connections.delete(file);
    return false;
  }
}
