import pMap, { pMapSkip } from 'p-map';
import { type Stop, Stopped } from './stop.js';

/** Does the work of one job with bounded concurrency, until the job is to stop. */
export class Workforce {
  readonly #concurrency: number;
  readonly #stop: Stop;

  /** @param concurrency How many calls may be under way; a few items more are made ready, so that none of these waits. */
  constructor(concurrency: number, stop: Stop) {
    this.#concurrency = concurrency + Math.floor(concurrency / 4);
    this.#stop = stop;
  }

  /** Does something for every item. @returns What came of those that were dealt with, in their order. */
  each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    return pMap(
      items,
      async (item) => {
        if (this.#stop.reason) return pMapSkip;
        const result = await this.attempt(() => work(item));
        return result === undefined ? pMapSkip : result;
      },
      { concurrency: this.#concurrency },
    );
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
