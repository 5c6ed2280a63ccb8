import pMap, { pMapSkip } from 'p-map';
import { type CancellationToken, JobStoppedError } from './cancellation.js';

/** Works on the items of one job with bounded concurrency, until the job stops. */
export class WorkerPool {
  readonly #concurrency: number;
  readonly #token: CancellationToken;

  /** @param concurrency Number of calls in progress. A few more items are prepared, so that no call has to wait. */
  constructor(concurrency: number, token: CancellationToken) {
    this.#concurrency = concurrency + Math.floor(concurrency / 4);
    this.#token = token;
  }

  /** Works on every item. @returns The results of those that were worked on, in their order. */
  map<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    return pMap(
      items,
      async (item) => {
        if (this.#token.reason) return pMapSkip;
        const result = await this.run(() => work(item));
        return result === undefined ? pMapSkip : result;
      },
      { concurrency: this.#concurrency },
    );
  }

  /** Runs work. An error stops the whole job. @returns undefined then. */
  async run<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JobStoppedError))
        this.#token.stop(error instanceof Error ? error : new Error('unknown'));
      return undefined;
    }
  }
}
