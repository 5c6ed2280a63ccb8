import { monotonicMs } from '../clock.js';
import type { Dialect } from '../dialect.js';

interface Past<T> {
  /** End of this state of the record, by `monotonicMs()`. */
  until: number;
  /** Null where it did not exist. */
  record: T | null;
}

/** Records by id, as a request may see them. */
export type View<T> = Pick<ReadonlyMap<string, T>, 'get' | 'values'>;

/** Keeps what writes have changed within the lag, so that reads can show the state from before. */
export class ReadLag<T extends { id: string }> {
  readonly #records: ReadonlyMap<string, T>;
  readonly #dialect: Readonly<Dialect>;
  readonly #copy: (record: T) => T;
  /** Oldest first per id; ids in the order of their last change. */
  readonly #past = new Map<string, Past<T>[]>();

  constructor(records: ReadonlyMap<string, T>, dialect: Readonly<Dialect>, copy: (record: T) => T) {
    this.#records = records;
    this.#dialect = dialect;
    this.#copy = copy;
  }

  /** Call before a write changes, creates or deletes the record with this id. */
  beforeWrite(id: string): void {
    if (this.#dialect.readLagMs === 0) return;
    const seenAt = this.#prune();
    const record = this.#records.get(id);
    const past = (this.#past.get(id) ?? []).filter(({ until }) => until > seenAt);
    past.push({ until: monotonicMs(), record: record ? this.#copy(record) : null });
    this.#past.delete(id);
    this.#past.set(id, past);
  }

  /** The records as this kind of read shows them: as they were before the lag, or without a lag as they are. */
  view(kind: 'lists' | 'objects'): View<T> {
    const { laggingReads } = this.#dialect;
    if (laggingReads !== 'all' && laggingReads !== kind) return this.#records;
    const seenAt = this.#prune();
    if (this.#past.size === 0) return this.#records;
    const get = (id: string) => this.#recordAt(id, seenAt) ?? undefined;
    const ids = new Set([...this.#records.keys(), ...this.#past.keys()]);
    return { get, values: () => [...ids].flatMap((id) => get(id) ?? []).values() };
  }

  clear(): void {
    this.#past.clear();
  }

  #recordAt(id: string, time: number): T | null {
    const past = this.#past.get(id)?.find(({ until }) => until > time);
    return past ? past.record : (this.#records.get(id) ?? null);
  }

  /** Forgets what no read shows any more. Returns the time that reads show. */
  #prune(): number {
    const seenAt = monotonicMs() - this.#dialect.readLagMs;
    for (const [id, past] of this.#past) {
      if ((past.at(-1)?.until ?? 0) > seenAt) break;
      this.#past.delete(id);
    }
    return seenAt;
  }
}
