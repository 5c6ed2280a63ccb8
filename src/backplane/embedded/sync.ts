import { open } from 'node:fs/promises';
import path from 'node:path';

/** The sync that runs for a file, and the one after it, for what was written in the meantime. */
interface Syncing {
  running: Promise<void>;
  next: Promise<void> | null;
}

const files = new Map<string, Syncing>();

/**
 * Waits until the disk has everything that was committed to a database in WAL mode: from then on a power cut cannot take
 * it back. The thread pool of Node does the work, one sync at a time for each file.
 * @throws Error of the system.
 */
export function syncWal(database: string): Promise<void> {
  const syncing = files.get(database);
  if (!syncing) return start(database);
  syncing.next ??= syncing.running.catch(() => {}).then(() => start(database));
  return syncing.next;
}

function start(database: string): Promise<void> {
  const running = syncFiles(database).finally(() => {
    if (files.get(database)?.running === running) files.delete(database);
  });
  files.set(database, { running, next: null });
  return running;
}

/** Closing a descriptor of these files drops no lock: SQLite has its locks on others. */
async function syncFiles(database: string): Promise<void> {
  for (const file of [`${database}-wal`, path.dirname(database)]) {
    const handle = await open(file, 'r');
    await handle.datasync().finally(() => handle.close());
  }
}
