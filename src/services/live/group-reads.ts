import pLimit from 'p-limit';
import { UpstreamError } from '../../domain/upstream-error.js';
import { type ByIdReaders, NegativeCache, readByIds } from '../../sources/keyset.js';

/** Maximum number of concurrent single reads of a group. They run in the background and must not crowd out requests. */
const SINGLES_AT_ONCE = 8;

/** Limits and memory of one group across all of its reads. */
export class GroupReads {
  readonly #limit = pLimit(SINGLES_AT_ONCE);
  readonly #memory = new NegativeCache();

  /** Like `readByIds`, with limited concurrency. Once the upstream asks to wait, no further reads are sent. */
  byIds<T extends { readonly id: string }>(
    ids: readonly string[],
    { list, single }: ByIdReaders<T>,
  ): Promise<(T | null | Error)[]> {
    let refusal: UpstreamError | null = null;
    const gently = async (id: string) => {
      if (refusal) throw refusal;
      return single(id).catch((error: unknown) => {
        if (error instanceof UpstreamError && error.retryAfterMs) refusal = error;
        throw error;
      });
    };
    return readByIds(ids, { list, single: (id) => this.#limit(() => gently(id)) }, this.#memory);
  }
}
