import pLimit from 'p-limit';
import { type Stop, Stopped } from './stop.js';

/** Does the work of one job with bounded concurrency, until the job is to stop. */
export class Workforce {
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #stop: Stop;

  constructor(concurrency: number, stop: Stop) {
    this.#limit = pLimit(concurrency);
    this.#stop = stop;
  }

  /** Does something for every item. @returns What came of those that were dealt with, in their order. */
  async each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    const results = await Promise.all(
      items.map((item) =>
        this.#limit(async (): Promise<R[]> => {
          if (this.#stop.reason) return [];
          const result = await this.attempt(() => work(item));
          return result === undefined ? [] : [result];
        }),
      ),
    );
    return results.flat();
  }

  /** What is thrown ends the whole job. @returns undefined then. */
  async attempt<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Stopped))
        this.#stop.request(error instanceof Error ? error : new Error('unknown'));
      return undefined;
    }
  }
}
