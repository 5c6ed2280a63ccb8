import pLimit from 'p-limit';
import { UpstreamError } from '../../domain/upstream-error.js';
import { type ByIdReaders, ListMemory, readByIds } from '../../sources/keyset.js';

/** How many single reads of a group are under way at once: they are in the background and must not crowd requests out. */
const SINGLES_AT_ONCE = 8;

/** How a group is read, over all of its readings. */
export class GroupReads {
  readonly #limit = pLimit(SINGLES_AT_ONCE);
  readonly #memory = new ListMemory();

  /** As `readByIds`, a few at a time. Once the upstream asks to wait, no more is asked of it. */
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
