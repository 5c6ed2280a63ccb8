import { randomUUID } from 'node:crypto';
import { monotonicMs } from '../clock.js';
import type { Dialect } from '../dialect.js';
import { Store } from '../store.js';
import type { Owner } from './records.js';

interface Past<T> {
  /** End of this state of the record, in milliseconds of `monotonicMs()`. */
  until: number;
  /** Null if the record did not exist. */
  record: T | null;
}

type Lag = Readonly<Pick<Dialect, 'readLagMs' | 'laggingReads'>>;

const NO_LAG: Lag = { readLagMs: 0, laggingReads: 'all' };

/** Keeps the previous states of recently written records, so that reads can lag behind writes. */
export class LaggingStore<T extends { id: string; owner: Owner }> extends Store<T> {
  readonly #lag: Lag;
  readonly #copy: (record: T) => T;
  /** Previous states by id, oldest first. The ids are in the order of their last change. */
  readonly #past = new Map<string, Past<T>[]>();

  /** @param copy Copies the parts of a record that writes change in place. */
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

  /** Saves the state of a record. Call before a request changes, creates or deletes it. */
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

  /** Returns the records as shown to this kind of read: delayed by the lag, or current without one. */
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

  /** Drops states that reads no longer show. @returns The time whose state lagging reads show. */
  #prune(): number {
    const seenAt = monotonicMs() - this.#lag.readLagMs;
    for (const [id, past] of this.#past) {
      if ((past.at(-1)?.until ?? 0) > seenAt) break;
      this.#past.delete(id);
    }
    return seenAt;
  }
}
