import { monotonicMs } from '../domain/clock.js';
import type { Page } from '../domain/page.js';
import { type Keyset, MAX_PAGE } from '../upstream/astria/client.js';

interface Identified {
  readonly id: string;
}

/** Reads part of a list that is ordered by id, newest first. */
export type KeysetReader<T> = (keyset: Keyset) => Promise<readonly T[]>;

/**
 * Reads the first `first` objects below `beforeId`, in as many pages as necessary. Requests one more object, which shows if there
 * is a next page.
 */
export async function readKeyset<T extends Identified>(
  read: KeysetReader<T>,
  { first, beforeId }: { first: number; beforeId?: number | undefined },
): Promise<Page<T>> {
  const items: T[] = [];
  let below = beforeId;
  while (items.length <= first) {
    const limit = Math.min(MAX_PAGE, first + 1 - items.length);
    const page = await read({ limit, beforeId: below });
    items.push(...page);
    const last = page.at(-1);
    if (page.length < limit || !last) break;
    below = Number(last.id);
  }
  return { items: items.slice(0, first), hasNextPage: items.length > first };
}

/** Minimum number of ids for which a page of the list is read. A page and a single id each cost one call. */
const MIN_IDS_FOR_PAGE = 3;

export interface ByIdReaders<T> {
  readonly list: KeysetReader<T>;
  readonly single: (id: string) => Promise<T | null>;
}

/** Milliseconds after which {@link NegativeCache} is cleared, because a new object may appear in the list with a delay. */
const RETENTION_MS = 60_000;

/** Remembers which ids the list did not contain, so that later reads skip the list for them. */
export class NegativeCache {
  readonly #unlisted = new Set<string>();
  #foundNone = false;
  #end = 0;

  /** Returns the ids that a page of the list may contain, in the same order. */
  listed(ids: readonly string[]): readonly string[] {
    if (monotonicMs() >= this.#end) {
      this.#end = monotonicMs() + RETENTION_MS;
      this.#unlisted.clear();
      this.#foundNone = false;
    }
    return this.#foundNone ? [] : ids.filter((id) => !this.#unlisted.has(id));
  }

  /** Records the result of a page. @param missing Ids that the page would contain if the list contained them. */
  record(missing: readonly string[], foundNone: boolean): void {
    for (const id of missing) this.#unlisted.add(id);
    this.#foundNone ||= foundNone;
  }
}

/**
 * Reads objects by id with as few calls as possible. Astria cannot read several ids in one call, so this reads pages of the list
 * as long as each contains at least two of the ids, then the others individually.
 *
 * @param memory Cache for callers that read the same ids repeatedly.
 * @returns One value per id: the object, null if it does not exist, or the error of its read.
 */
export async function readByIds<T extends Identified>(
  ids: readonly string[],
  { list, single }: ByIdReaders<T>,
  memory?: NegativeCache,
): Promise<(T | null | Error)[]> {
  const found = new Map<string, T | null | Error>();
  // Newest first, like the list. An id in another format does not exist.
  const sorted = [...new Set(ids)].filter(isAstriaId).sort((a, b) => Number(b) - Number(a));
  let remaining = memory ? memory.listed(sorted) : sorted;
  while (remaining.length >= MIN_IDS_FOR_PAGE) {
    const highest = Number(remaining[0]);
    const span = highest - Number(remaining.at(-1)) + 1;
    const limit = Math.min(MAX_PAGE, span);
    const page = await list({ limit, beforeId: highest + 1 });
    const byId = new Map(page.map((object) => [object.id, object]));
    const isLastPage = page.length < limit;
    const lowest = isLastPage ? 0 : Number(page.at(-1)?.id);
    const covered = remaining.filter((id) => Number(id) >= lowest);
    for (const id of covered) {
      const object = byId.get(id);
      if (object) found.set(id, object);
    }
    const missing = covered.filter((id) => !byId.has(id));
    const foundCount = covered.length - missing.length;
    memory?.record(missing, foundCount === 0);
    remaining = remaining.slice(covered.length);
    if (foundCount < 2) break;
  }
  const singles = sorted.filter((id) => !found.has(id));
  await Promise.all(
    singles.map(async (id) => found.set(id, await single(id).catch((error: Error) => error))),
  );
  return ids.map((id) => found.get(id) ?? null);
}

/** Returns true for a positive integer, which is the format of Astria's ids. */
export function isAstriaId(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}
