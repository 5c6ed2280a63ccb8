import pLimit, { type LimitFunction } from 'p-limit';

/** Returns a function that runs work, and limits the number of concurrent runs for each key. */
export function keyedLimit(concurrency: number) {
  const limits = new Map<string, { readonly limit: LimitFunction; users: number }>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const entry = limits.get(key) ?? { limit: pLimit(concurrency), users: 0 };
    limits.set(key, entry);
    entry.users += 1;
    try {
      return await entry.limit(work);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) limits.delete(key);
    }
  };
}
