import type { Log } from '../../domain/log.js';
import { Connection } from './connection.js';
import { SqliteCallbackStore } from './sqlite-callback-store.js';
import { freeOrphans } from './sqlite-claimed-replication.js';
import { SqliteCreateStore } from './sqlite-create-store.js';
import { SqliteIdempotencyStore } from './sqlite-idempotency-store.js';
import { SqliteReplicationStore } from './sqlite-replication-store.js';

/** Everything that outlives the process, in one SQLite file that several processes of one machine can share. */
export type EmbeddedBackplane = ReturnType<typeof openBackplane>;

/** Opens the store in a folder. @throws UnusableStoreError if there is a store that must not be touched. */
export function openBackplane(folder: string, log: Log) {
  const connection = new Connection(folder, log, freeOrphans);
  return {
    replications: new SqliteReplicationStore(connection),
    creates: new SqliteCreateStore(connection),
    idempotency: new SqliteIdempotencyStore(connection),
    callbacks: new SqliteCallbackStore(connection),
    /** Name of this process among those that share the store. */
    process: connection.process,
    /** Clock of the record: Unix milliseconds, but never set. */
    now: connection.clock.now,
    close: () => connection.close(),
  };
}
