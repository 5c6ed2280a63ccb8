import type { Log } from '../../domain/log.js';
import { Connection } from './connection.js';
import { SqliteCallbackStore } from './sqlite-callback-store.js';
import { freeOrphans } from './sqlite-claimed-replication.js';
import { SqliteCreateStore } from './sqlite-create-store.js';
import { SqliteIdempotencyStore } from './sqlite-idempotency-store.js';
import { SqliteReplicationStore } from './sqlite-replication-store.js';

/** Everything that outlives the process, in one SQLite file that several processes of one machine can share. */
export class EmbeddedBackplane {
  readonly replications: SqliteReplicationStore;
  readonly creates: SqliteCreateStore;
  readonly idempotency: SqliteIdempotencyStore;
  readonly callbacks: SqliteCallbackStore;
  readonly #connection: Connection;

  /** @throws UnusableStoreError when there is a store in the folder that must not be touched. */
  constructor(folder: string, log: Log) {
    this.#connection = new Connection(folder, log, freeOrphans);
    this.replications = new SqliteReplicationStore(this.#connection);
    this.creates = new SqliteCreateStore(this.#connection);
    this.idempotency = new SqliteIdempotencyStore(this.#connection);
    this.callbacks = new SqliteCallbackStore(this.#connection);
  }

  /** This process's name among those that share the store. */
  get process(): string {
    return this.#connection.process;
  }

  /** Clock of the record: Unix milliseconds, but never set. */
  get now(): () => number {
    return this.#connection.clock.now;
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
