import { open } from 'node:fs/promises';
import path from 'node:path';
import { FreshRuns } from '../../async/fresh-runs.js';

const syncs = new FreshRuns<void>();

/**
 * Waits until the disk has everything that was committed to a database in WAL mode: from then on a power cut cannot take
 * it back. The thread pool of Node does the work, one sync at a time for each file.
 * @throws Error of the system.
 */
export function syncWal(database: string): Promise<void> {
  return syncs.run(database, async () => {
    // Closing a descriptor of these files drops no lock: SQLite has its locks on others.
    for (const file of [`${database}-wal`, path.dirname(database)]) {
      const handle = await open(file, 'r');
      await handle.datasync().finally(() => handle.close());
    }
  });
}
