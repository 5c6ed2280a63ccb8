import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../clock.js';
import type { Dialect } from '../dialect.js';
import { Store } from '../store.js';
import type { Owner } from './records.js';

interface Past<T> {
  /** End of this state of the record, by `monotonicMs()`. */
  until: number;
  /** Null where it did not exist. */
  record: T | null;
}

type Lag = Readonly<Pick<Dialect, 'readLagMs' | 'laggingReads'>>;

const NO_LAG: Lag = { readLagMs: 0, laggingReads: 'all' };

/** Keeps what writes have changed within the lag, so that reads can show the state from before. */
export class LaggingStore<T extends { id: string; owner: Owner }> extends Store<T> {
  readonly #lag: Lag;
  readonly #copy: (record: T) => T;
  /** Oldest first per id; ids in the order of their last change. */
  readonly #past = new Map<string, Past<T>[]>();

  /** `copy` copies what writes change in place. */
  constructor(lag: Lag = NO_LAG, copy: (record: T) => T = (record) => ({ ...record })) {
    super();
    this.#lag = lag;
    this.#copy = copy;
  }

  /** Returns the id for a record that a request creates. */
  newId(): string {
    const id = randomUUID();
    this.beforeWrite(id);
    return id;
  }

  /** Call before a request changes, creates or deletes the record with this id. */
  beforeWrite(id: string): void {
    if (this.#lag.readLagMs === 0) return;
    const seenAt = this.#prune();
    const record = this.get(id);
    const past = (this.#past.get(id) ?? []).filter(({ until }) => until > seenAt);
    past.push({ until: monotonicMs(), record: record ? this.#copy(record) : null });
    this.#past.delete(id);
    this.#past.set(id, past);
  }

  /** Adds a copy of each record of another store. */
  copyFrom(other: LaggingStore<T>): void {
    for (const record of other.values()) this.add(this.#copy(record));
  }

  /** The records as this kind of read shows them: as they were before the lag, or without a lag as they are. */
  view(kind: 'lists' | 'objects'): Store<T> {
    const { laggingReads } = this.#lag;
    if (laggingReads !== 'all' && laggingReads !== kind) return this;
    const seenAt = this.#prune();
    if (this.#past.size === 0) return this;
    const view = new Store<T>(this);
    for (const [id, states] of this.#past) {
      const past = states.find(({ until }) => until > seenAt);
      if (past?.record) view.add(past.record);
      else if (past) view.delete(id);
    }
    return view;
  }

  override clear(): void {
    super.clear();
    this.#past.clear();
  }

  /** Forgets what no read shows any more. Returns the time that reads show. */
  #prune(): number {
    const seenAt = monotonicMs() - this.#lag.readLagMs;
    for (const [id, past] of this.#past) {
      if ((past.at(-1)?.until ?? 0) > seenAt) break;
      this.#past.delete(id);
    }
    return seenAt;
  }
}
