import DataLoader from 'dataloader';
import type { OffsetPage } from '../domain/page.js';
import type {
  PortkeyCollection,
  PortkeyListFilter,
  PortkeyPrompt,
  PortkeyPromptSummary,
} from '../domain/portkey-prompt.js';
import { isNotFound } from '../domain/upstream-error.js';
import { badResponse } from '../upstream/failures.js';
import type { PortkeyApi } from '../upstream/portkey/client.js';

/** Longer than any id or slug: such a one names nothing. */
const MAX_ID_LENGTH = 255;
/** How often a list that moves is read through until all of it was seen. */
const LIST_PASSES = 5;
/** How many pages of a whole list are read at a time. */
const PAGES_AT_ONCE = 10;

/** The part of Portkey that is read. */
type PortkeyReader = Pick<PortkeyApi, 'getPrompt' | 'listPrompts' | 'findCollection' | 'pageSizes'>;
type Paging = Parameters<PortkeyApi['listPrompts']>[1];
type ListPage = Awaited<ReturnType<PortkeyApi['listPrompts']>>;

/** The LLM prompts that one request reads. */
export class PortkeyPromptSource {
  readonly #portkey: PortkeyReader;
  /** The most per page that the server has given to this request; it is believed of all once a second page bears it out. */
  #cap = Number.POSITIVE_INFINITY;
  readonly #byId: DataLoader<string, PortkeyPrompt | null>;

  constructor(portkey: PortkeyReader) {
    this.#portkey = portkey;
    // Portkey has no way to read several at once; the loader still makes two reads of one prompt a single call.
    this.#byId = new DataLoader((ids) =>
      Promise.all(ids.map((id) => this.#read(id).catch((error: Error) => error))),
    );
  }

  /** A prompt with its published version, by id or slug; null when there is none. */
  load(idOrSlug: string): Promise<PortkeyPrompt | null> {
    if (idOrSlug.length > MAX_ID_LENGTH) return Promise.resolve(null);
    return this.#byId.load(idOrSlug);
  }

  /** A collection, by id or slug; null when there is none. */
  async findCollection(idOrSlug: string): Promise<PortkeyCollection | null> {
    if (idOrSlug.length > MAX_ID_LENGTH) return null;
    return this.#portkey.findCollection(idOrSlug);
  }

  async #read(idOrSlug: string): Promise<PortkeyPrompt | null> {
    const prompt = await this.#portkey.getPrompt(idOrSlug);
    if (prompt) this.#byId.prime(prompt.id, prompt);
    return prompt;
  }

  /**
   * `first` prompts from position `offset` on. Portkey cannot filter by model: then as many pages are read as it takes
   * to find `first` matches and to know whether there is another one, and the total is not known.
   */
  async list(
    { first, offset }: { first: number; offset: number },
    { model, ...filter }: PortkeyListFilter & { model?: string | null | undefined } = {},
  ): Promise<OffsetPage<PortkeyPromptSummary>> {
    const found: { item: PortkeyPromptSummary; offset: number }[] = [];
    // Without a model to look for, the total tells whether there is more.
    const sought = model ? first + 1 : first;
    let next = offset;
    let end = Number.POSITIVE_INFINITY;
    let total = 0;
    while (found.length < sought && next < end) {
      const wanted = model ? this.#most : sought - found.length;
      const window = await this.#window(filter, next, Math.min(wanted, end - next));
      total = window.total;
      // A list can hold less than it says.
      end = window.items.length === 0 ? next : total;
      for (const item of window.items.slice(0, wanted)) {
        if (!model || item.model === model) found.push({ item, offset: next });
        next += 1;
      }
    }
    const page = found.slice(0, first);
    return {
      items: page.map(({ item }) => item),
      offsets: page.map(({ offset }) => offset),
      hasNextPage: model ? found.length > first : next < end,
      total: model ? null : total,
    };
  }

  /**
   * Every prompt, each once, however the list moves while it is read.
   * @throws UpstreamError `BAD_RESPONSE` when the list never holds as many as it says.
   */
  async listAll(filter: PortkeyListFilter = {}): Promise<PortkeyPromptSummary[]> {
    const byId = new Map<string, PortkeyPromptSummary>();
    for (let pass = 1; pass <= LIST_PASSES; pass += 1) {
      if (await this.#readThrough(filter, byId)) return [...byId.values()];
    }
    throw badResponse('portkey', 'its list has fewer prompts than its total');
  }

  /**
   * Reads the list once from start to end into `byId`.
   * @returns Whether this reading has missed nothing: what is added meanwhile pushes the rest back, which at worst shows a
   * prompt twice, but what is removed pulls one past the reader.
   */
  async #readThrough(filter: PortkeyListFilter, byId: Map<string, PortkeyPromptSummary>): Promise<boolean> {
    const seen = new Set<string>();
    let pageSize = this.#most;
    let atStart = 0;
    let before = 0;
    let ahead: Promise<ListPage>[] = [];
    for (let currentPage = 0; ; currentPage += 1) {
      if (ahead.length === 0) ahead = this.#startReading(filter, { currentPage, pageSize }, before);
      const [page, ...rest] = ahead;
      ahead = rest;
      if (!page) return false;
      const { items, total } = await page;
      for (const item of items) {
        seen.add(item.id);
        byId.set(item.id, item);
      }
      if (currentPage === 0) {
        atStart = total;
        // A server that gives less than asked for counts its pages in that size.
        pageSize = Math.min(pageSize, items.length);
      } else if (total < before) return false;
      before = total;
      const isAtEnd = items.length === 0 || seen.size >= total || (currentPage + 1) * pageSize >= total;
      if (isAtEnd) return seen.size >= atStart;
    }
  }

  /** Pages from one on, several at a time: as many as there are by the `total` that was told last. */
  #startReading(
    filter: PortkeyListFilter,
    { currentPage, pageSize }: Paging,
    total: number,
  ): Promise<ListPage>[] {
    const left = Math.ceil(total / Math.max(1, pageSize)) - currentPage;
    const count = Math.max(1, Math.min(PAGES_AT_ONCE, left));
    const pages = Array.from({ length: count }, (_, n) =>
      this.#list(filter, { currentPage: currentPage + n, pageSize }),
    );
    // One that fails is noticed where it is waited for, if it still is.
    for (const page of pages) page.catch(() => {});
    return pages;
  }

  /** Some of the items from `offset` on, none only where the list has ended: whole pages are all that Portkey gives. */
  async #window(filter: PortkeyListFilter, offset: number, wanted: number): Promise<ListPage> {
    for (;;) {
      const pageSize = smallestPageAround(offset, Math.min(wanted, this.#most), this.#most);
      const currentPage = Math.floor(offset / pageSize);
      const page = await this.#page(filter, { currentPage, pageSize });
      const items = page.items.slice(offset - currentPage * pageSize);
      // Otherwise it is known now how much less the server gives: that is asked for next.
      if (await this.#isInPlace(filter, { currentPage, pageSize }, page, items.length > 0))
        return { total: page.total, items };
    }
  }

  get #most(): number {
    return Math.min(this.#cap, this.#portkey.pageSizes.most);
  }

  /**
   * Whether a page is the one that was meant, and not that of a server that gives less per page. A short page can be the
   * last one, or a capped one of the very size that the last one has. Where no page of that size was ever seen whole,
   * the first one tells.
   */
  async #isInPlace(
    filter: PortkeyListFilter,
    paging: Paging,
    page: ListPage,
    holdsWanted: boolean,
  ): Promise<boolean> {
    const { currentPage, pageSize } = paging;
    const given = page.items.length;
    if (given >= pageSize) return true;
    // The first page is in its place whatever its size.
    if (currentPage === 0) return !this.#isCapped(pageSize, page) || holdsWanted;
    const isRest = given === page.total - currentPage * pageSize;
    if (given === 0 || (isRest && this.#portkey.pageSizes.serves(pageSize))) return true;
    return !this.#isCapped(pageSize, await this.#page(filter, { currentPage: 0, pageSize }));
  }

  /** Whether a first page is smaller than asked for although there are more; remembers how small. */
  #isCapped(pageSize: number, { items, total }: ListPage): boolean {
    const isCapped = items.length > 0 && items.length < Math.min(pageSize, total);
    if (isCapped) this.#cap = items.length;
    return isCapped;
  }

  async #list(filter: PortkeyListFilter, paging: Paging): Promise<ListPage> {
    const page = await this.#portkey.listPrompts(filter, paging);
    const { currentPage, pageSize } = paging;
    if (page.items.length >= pageSize) {
      this.#portkey.pageSizes.noteServed(pageSize);
      if (currentPage > 0 && pageSize === this.#cap) this.#portkey.pageSizes.noteCap(pageSize);
    }
    return page;
  }

  /** One page. A collection or workspace that does not exist, which some deployments refuse, has none. */
  async #page(filter: PortkeyListFilter, paging: Paging): Promise<ListPage> {
    try {
      return await this.#list(filter, paging);
    } catch (error) {
      const isNamed = Boolean(filter.collectionId || filter.workspaceId);
      if (isNamed && isNotFound(error)) return { total: 0, items: [] };
      throw error;
    }
  }
}

/** The smallest page that holds `count` items from `offset` on, or a page of `count` that holds the first of them. */
function smallestPageAround(offset: number, count: number, most: number): number {
  for (let size = count; size <= most; size += 1) {
    if (Math.floor(offset / size) === Math.floor((offset + count - 1) / size)) return size;
  }
  return count;
}
