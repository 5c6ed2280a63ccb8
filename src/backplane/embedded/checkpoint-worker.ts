import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import Database from 'libsql';

/** Moves what is in a database's WAL to its main file, and syncs both: that can take long, and would block the event loop. */
parentPort?.on('message', (file: string) => {
  try {
    const database = new Database(`${pathToFileURL(file).href}?mode=rw`);
    try {
      database.pragma('wal_checkpoint(PASSIVE)');
    } finally {
      database.close();
    }
  } catch {
    // The next checkpoint does it.
  }
  parentPort?.postMessage(file);
});
