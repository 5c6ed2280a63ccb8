import { open } from 'node:fs/promises';
import path from 'node:path';
import { FreshRuns } from '../../async/fresh-runs.js';

const syncs = new FreshRuns<void>();

/**
 * Waits until everything that was committed to a database in WAL mode is on disk and survives a power failure. The work runs
 * in Node's thread pool, with one sync at a time per file.
 * @throws System error.
 */
export function syncWal(database: string): Promise<void> {
  return syncs.run(database, async () => {
    // Closing a descriptor of these files releases no lock, because SQLite locks other files.
    for (const file of [`${database}-wal`, path.dirname(database)]) {
      const handle = await open(file, 'r');
      await handle.datasync().finally(() => handle.close());
    }
  });
}
