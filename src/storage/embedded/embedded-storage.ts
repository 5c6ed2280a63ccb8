import type { Log } from '../../domain/log.js';
import { Connection } from './connection.js';
import { SqliteCallbackStore } from './sqlite-callback-store.js';
import { freeOrphans } from './sqlite-claimed-replication.js';
import { SqliteCreateStore } from './sqlite-create-store.js';
import { SqliteIdempotencyStore } from './sqlite-idempotency-store.js';
import { SqliteReplicationStore } from './sqlite-replication-store.js';

/** Stores in one SQLite file that outlives the process. Several processes on one machine can share it. */
export type EmbeddedStorage = ReturnType<typeof openStorage>;

/** Opens the store in a folder. @throws UnusableStoreError if the folder has a store that must not be modified. */
export function openStorage(folder: string, log: Log) {
  const connection = new Connection(folder, log, freeOrphans);
  return {
    replications: new SqliteReplicationStore(connection),
    creates: new SqliteCreateStore(connection),
    idempotency: new SqliteIdempotencyStore(connection),
    callbacks: new SqliteCallbackStore(connection),
    /** Id of this process among those that share the store. */
    process: connection.process,
    /** Returns Unix milliseconds on the store's clock. Changes of the system clock do not affect it. */
    now: connection.clock.now,
    close: () => connection.close(),
  };
}
