import DataLoader from 'dataloader';
import type { OffsetPage } from '../domain/page.js';
import type {
  PortkeyCollection,
  PortkeyListFilter,
  PortkeyPrompt,
  PortkeyPromptSummary,
} from '../domain/portkey-prompt.js';
import { isNotFound } from '../domain/upstream-error.js';
import { badResponse } from '../upstream/errors.js';
import type { PortkeyApi } from '../upstream/portkey/client.js';

/** Maximum length of an id or slug. A longer one does not exist. */
const MAX_ID_LENGTH = 255;
/** Maximum number of passes over a list that changes while it is read. */
const MAX_PASSES = 5;
/** Number of pages that are read concurrently when a whole list is read. */
const CONCURRENT_PAGES = 10;

/** Read methods of {@link PortkeyApi}. */
type PortkeyReader = Pick<PortkeyApi, 'getPrompt' | 'listPrompts' | 'findCollection' | 'pageSizes'>;
type Paging = Parameters<PortkeyApi['listPrompts']>[1];
type ListPage = Awaited<ReturnType<PortkeyApi['listPrompts']>>;

/** Reads LLM prompts for one request. */
export class PortkeyPromptSource {
  readonly #portkey: PortkeyReader;
  /** Largest page that the server returns to this request. Other requests use it once a second page confirms it. */
  #cap = Number.POSITIVE_INFINITY;
  readonly #byId: DataLoader<string, PortkeyPrompt | null>;

  constructor(portkey: PortkeyReader) {
    this.#portkey = portkey;
    // Portkey cannot read several prompts in one call, but the loader avoids reading the same prompt twice.
    this.#byId = new DataLoader((ids) =>
      Promise.all(ids.map((id) => this.#read(id).catch((error: Error) => error))),
    );
  }

  /** Returns a prompt with its published version, by id or slug, or null if it does not exist. */
  load(idOrSlug: string): Promise<PortkeyPrompt | null> {
    if (idOrSlug.length > MAX_ID_LENGTH) return Promise.resolve(null);
    return this.#byId.load(idOrSlug);
  }

  /** Returns a collection by id or slug, or null if it does not exist. */
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
   * Returns `first` prompts from position `offset` on. Portkey cannot filter by model, so with a model this reads pages until it
   * has found one more match than requested.
   */
  async list(
    { first, offset }: { first: number; offset: number },
    { model, ...filter }: PortkeyListFilter & { model?: string | null | undefined } = {},
  ): Promise<OffsetPage<PortkeyPromptSummary>> {
    const found: { item: PortkeyPromptSummary; offset: number }[] = [];
    // Without a model, the total shows if there are more.
    const needed = model ? first + 1 : first;
    let next = offset;
    let end = Number.POSITIVE_INFINITY;
    let total = 0;
    while (found.length < needed && next < end) {
      const limit = model ? this.#maxPageSize : needed - found.length;
      const window = await this.#window(filter, next, Math.min(limit, end - next));
      total = window.total;
      // A list can contain fewer items than its total.
      end = window.items.length === 0 ? next : total;
      for (const item of window.items.slice(0, limit)) {
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
   * Returns every prompt once, even if the list changes while it is read.
   * @throws UpstreamError `BAD_RESPONSE` if the list never contains as many prompts as its total.
   */
  async listAll(filter: PortkeyListFilter = {}): Promise<PortkeyPromptSummary[]> {
    const byId = new Map<string, PortkeyPromptSummary>();
    for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
      if (await this.#readPass(filter, byId)) return [...byId.values()];
    }
    throw badResponse('portkey', 'its list has fewer prompts than its total');
  }

  /**
   * Reads the list once from start to end into `byId`.
   * @returns False if this pass may have missed prompts, because a removal has moved them to an earlier page.
   */
  async #readPass(filter: PortkeyListFilter, byId: Map<string, PortkeyPromptSummary>): Promise<boolean> {
    const ids = new Set<string>();
    let pageSize = this.#maxPageSize;
    let totalAtStart = 0;
    let previousTotal = 0;
    let pendingPages: Promise<ListPage>[] = [];
    for (let currentPage = 0; ; currentPage += 1) {
      if (pendingPages.length === 0)
        pendingPages = this.#startReading(filter, { currentPage, pageSize }, previousTotal);
      const [page, ...others] = pendingPages;
      pendingPages = others;
      if (!page) return false;
      const { items, total } = await page;
      for (const item of items) {
        ids.add(item.id);
        byId.set(item.id, item);
      }
      if (currentPage === 0) {
        totalAtStart = total;
        // A server that returns smaller pages than requested counts its pages in that size.
        pageSize = Math.min(pageSize, items.length);
      } else if (total < previousTotal) return false;
      previousTotal = total;
      const isAtEnd = items.length === 0 || ids.size >= total || (currentPage + 1) * pageSize >= total;
      if (isAtEnd) return ids.size >= totalAtStart;
    }
  }

  /** Starts to read several pages from `currentPage` on, at most as many as the last known `total` implies. */
  #startReading(
    filter: PortkeyListFilter,
    { currentPage, pageSize }: Paging,
    total: number,
  ): Promise<ListPage>[] {
    const remaining = Math.ceil(total / Math.max(1, pageSize)) - currentPage;
    const count = Math.max(1, Math.min(CONCURRENT_PAGES, remaining));
    const pages = Array.from({ length: count }, (_, n) =>
      this.#list(filter, { currentPage: currentPage + n, pageSize }),
    );
    // The error of a page is handled when the page is awaited. Pages that are no longer needed may fail.
    for (const page of pages) page.catch(() => {});
    return pages;
  }

  /** Returns some items from `offset` on, or none if the list has ended. */
  async #window(filter: PortkeyListFilter, offset: number, limit: number): Promise<ListPage> {
    for (;;) {
      const pageSize = smallestPageAround(offset, Math.min(limit, this.#maxPageSize), this.#maxPageSize);
      const currentPage = Math.floor(offset / pageSize);
      const page = await this.#page(filter, { currentPage, pageSize });
      const items = page.items.slice(offset - currentPage * pageSize);
      // The next request uses the largest page size of the server, which is now known.
      if (await this.#startsWhereRequested(filter, { currentPage, pageSize }, page, items.length > 0))
        return { total: page.total, items };
    }
  }

  get #maxPageSize(): number {
    return Math.min(this.#cap, this.#portkey.pageSizes.most);
  }

  /**
   * Returns true if a page starts where it was requested. If it is unclear whether a short page is the last one or a capped
   * one, the first page decides.
   */
  async #startsWhereRequested(
    filter: PortkeyListFilter,
    paging: Paging,
    page: ListPage,
    hasRequestedItem: boolean,
  ): Promise<boolean> {
    const { currentPage, pageSize } = paging;
    const count = page.items.length;
    if (count >= pageSize) return true;
    // The first page always starts at the right place.
    if (currentPage === 0) return !this.#isCapped(pageSize, page) || hasRequestedItem;
    const isLastPage = count === page.total - currentPage * pageSize;
    if (count === 0 || (isLastPage && this.#portkey.pageSizes.serves(pageSize))) return true;
    return !this.#isCapped(pageSize, await this.#page(filter, { currentPage: 0, pageSize }));
  }

  /** Returns true if a first page is smaller than requested although there are more items, and records its size. */
  #isCapped(pageSize: number, { items, total }: ListPage): boolean {
    const isCapped = items.length > 0 && items.length < Math.min(pageSize, total);
    if (isCapped) this.#cap = items.length;
    return isCapped;
  }

  async #list(filter: PortkeyListFilter, paging: Paging): Promise<ListPage> {
    const page = await this.#portkey.listPrompts(filter, paging);
    const { currentPage, pageSize } = paging;
    if (page.items.length >= pageSize) {
      this.#portkey.pageSizes.recordServed(pageSize);
      if (currentPage > 0 && pageSize === this.#cap) this.#portkey.pageSizes.recordCap(pageSize);
    }
    return page;
  }

  /** Reads one page. A collection or workspace that does not exist has no prompts, although some deployments reject it. */
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

/** Returns the smallest size of a page that contains `count` items from `offset` on, or `count` if there is none. */
function smallestPageAround(offset: number, count: number, most: number): number {
  for (let size = count; size <= most; size += 1) {
    if (Math.floor(offset / size) === Math.floor((offset + count - 1) / size)) return size;
  }
  return count;
}
