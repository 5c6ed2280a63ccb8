import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import Database from 'libsql';
import type { CheckpointMessage } from './checkpoints.js';
import { beginWal } from './database.js';

/** Longest time that the rest of a checkpoint waits for other processes, in milliseconds: writes of this one wait meanwhile. */
const PATIENCE_MS = 1_000;

/**
 * Readers that keep a database's WAL from being restarted between the two steps: the first commit after that would sync the
 * WAL's header on the event loop.
 */
const readers = new Map<string, Database.Database>();

/** Moves the content of a database's WAL to its main file, and syncs both: that can take long. */
parentPort?.on('message', ({ file, step }: CheckpointMessage) => {
  try {
    if (step === 'copy') copy(file);
    else reset(file);
  } catch {
    // The next checkpoint does it.
  }
  parentPort?.postMessage({ file, step } satisfies CheckpointMessage);
});

/** Copies what is there, while others write. */
function copy(file: string): void {
  const reader = open(file);
  readers.set(file, reader);
  reader.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
  const database = open(file);
  try {
    database.pragma('wal_checkpoint(PASSIVE)');
  } finally {
    database.close();
  }
}

/** Copies the rest while nobody writes, empties the WAL, and syncs the header of the new one with a commit. */
function reset(file: string): void {
  const reader = readers.get(file);
  readers.delete(file);
  reader?.exec('COMMIT');
  reader?.close();
  const database = open(file);
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
    beginWal(database);
  } finally {
    database.close();
  }
}

function open(file: string): Database.Database {
  const database = new Database(`${pathToFileURL(file).href}?mode=rw`, { timeout: PATIENCE_MS });
  database.pragma('synchronous = NORMAL');
  return database;
}
