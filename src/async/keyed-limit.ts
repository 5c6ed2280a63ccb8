import pLimit, { type LimitFunction } from 'p-limit';

/** Limits how many pieces of work run concurrently for each key. */
export class KeyedLimit {
  readonly #concurrency: number;
  readonly #limits = new Map<string, { readonly limit: LimitFunction; users: number }>();

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const entry = this.#limits.get(key) ?? { limit: pLimit(this.#concurrency), users: 0 };
    this.#limits.set(key, entry);
    entry.users += 1;
    try {
      return await entry.limit(work);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) this.#limits.delete(key);
    }
  }
}
