import { monotonicMs } from '../domain/clock.js';
import type { Page } from '../domain/page.js';
import { type Keyset, MAX_PAGE } from '../upstream/astria/client.js';

interface Identified {
  readonly id: string;
}

/** Reads a stretch of a list that is ordered by id, newest first. */
export type KeysetReader<T> = (keyset: Keyset) => Promise<readonly T[]>;

/**
 * Reads the first `first` objects below `beforeId`, in as many pages as it takes. One object more is asked for than
 * wanted: that is how it is known whether there are more, for no extra call unless a page is exactly full.
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

/** From how many ids on a list page is tried: it is one call, and so is each id. */
const WORTH_A_PAGE = 3;

export interface ByIdReaders<T> {
  readonly list: KeysetReader<T>;
  readonly single: (id: string) => Promise<T | null>;
}

/** How long it is remembered that the list is of no use, in milliseconds: a new object may not be in it at once. */
const REMEMBERED_MS = 60_000;

/** Remembers from one reading to the next where the list was of no use, so that it is not tried each time. */
export class ListMemory {
  readonly #unlisted = new Set<string>();
  #isBarren = false;
  #end = 0;

  /** Those of the ids, in their order, that a page of the list may bring. */
  listed(ids: readonly string[]): readonly string[] {
    if (monotonicMs() >= this.#end) {
      this.#end = monotonicMs() + REMEMBERED_MS;
      this.#unlisted.clear();
      this.#isBarren = false;
    }
    return this.#isBarren ? [] : ids.filter((id) => !this.#unlisted.has(id));
  }

  /** Remembers what a page has brought. @param missing Ids that it would have if the list had them. */
  learn(missing: readonly string[], isBarren: boolean): void {
    for (const id of missing) this.#unlisted.add(id);
    this.#isBarren ||= isBarren;
  }
}

/**
 * Reads objects by id with as few calls as it can. Astria takes no list of ids, but one page of the list holds up to 120
 * neighbours: pages are read as long as they bring at least two of the ids each, single reads fetch the rest (objects of
 * the gallery are in no list).
 *
 * @param memory For those who read the same again and again.
 * @returns A value per id: the object, null when there is none, or the error that its read ended with.
 */
export async function readByIds<T extends Identified>(
  ids: readonly string[],
  { list, single }: ByIdReaders<T>,
  memory?: ListMemory,
): Promise<(T | null | Error)[]> {
  const found = new Map<string, T | null | Error>();
  // Newest first, like the list. An id that is no number of Astria's names nothing.
  const sorted = [...new Set(ids)].filter(isAstriaId).sort((a, b) => Number(b) - Number(a));
  let wanted = memory ? memory.listed(sorted) : sorted;
  while (wanted.length >= WORTH_A_PAGE) {
    const highest = Number(wanted[0]);
    const span = highest - Number(wanted.at(-1)) + 1;
    const limit = Math.min(MAX_PAGE, span);
    const page = await list({ limit, beforeId: highest + 1 });
    const byId = new Map(page.map((object) => [object.id, object]));
    const isLastPage = page.length < limit;
    const lowest = isLastPage ? 0 : Number(page.at(-1)?.id);
    const covered = wanted.filter((id) => Number(id) >= lowest);
    for (const id of covered) {
      const object = byId.get(id);
      if (object) found.set(id, object);
    }
    const missing = covered.filter((id) => !byId.has(id));
    const brought = covered.length - missing.length;
    memory?.learn(missing, brought === 0);
    wanted = wanted.slice(covered.length);
    if (brought < 2) break;
  }
  const singles = sorted.filter((id) => !found.has(id));
  await Promise.all(
    singles.map(async (id) => found.set(id, await single(id).catch((error: Error) => error))),
  );
  return ids.map((id) => found.get(id) ?? null);
}

/** Astria's ids are whole numbers. */
export function isAstriaId(id: string): boolean {
  return /^[1-9]\d{0,14}$/.test(id);
}
