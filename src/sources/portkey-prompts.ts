import DataLoader from 'dataloader';
import type { OffsetPage } from '../domain/page.js';
import type { PortkeyListFilter, PortkeyPrompt, PortkeyPromptSummary } from '../domain/portkey-prompt.js';
import { UpstreamError } from '../domain/upstream-error.js';
import { badResponse } from '../upstream/failures.js';
import type { PortkeyApi } from '../upstream/portkey/client.js';

/** The most that is asked of Portkey's list at once. */
const MAX_PAGE = 100;
/** Longer than any id or slug: such a one names nothing. */
const MAX_ID_LENGTH = 255;
/** How often a list that moves is read through until all of it was seen. */
const LIST_PASSES = 5;

/** The LLM prompts that one request reads. */
export class PortkeyPromptSource {
  readonly #portkey: PortkeyApi;
  readonly #byId: DataLoader<string, PortkeyPrompt | null>;

  constructor(portkey: PortkeyApi) {
    this.#portkey = portkey;
    // Portkey has no way to read several at once; the loader still makes two reads of one prompt a single call.
    this.#byId = new DataLoader((ids) =>
      Promise.all(ids.map((id) => this.#read(id).catch((error: Error) => error))),
    );
  }

  /** A prompt with its published version, by id or slug; null when there is none. */
  async load(idOrSlug: string): Promise<PortkeyPrompt | null> {
    if (idOrSlug.length > MAX_ID_LENGTH) return null;
    return this.#byId.load(idOrSlug);
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
      const wanted = model ? MAX_PAGE : sought - found.length;
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
    throw badResponse('portkey', 'its list holds fewer prompts than it says');
  }

  /**
   * Reads the list once from start to end into `byId`.
   * @returns Whether this reading has missed nothing: what is added meanwhile pushes the rest back, which at worst shows a
   * prompt twice, but what is removed pulls one past the reader.
   */
  async #readThrough(filter: PortkeyListFilter, byId: Map<string, PortkeyPromptSummary>): Promise<boolean> {
    const seen = new Set<string>();
    let pageSize = MAX_PAGE;
    let atStart = 0;
    let before = 0;
    for (let currentPage = 0; ; currentPage += 1) {
      const { items, total } = await this.#portkey.listPrompts(filter, { currentPage, pageSize });
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

  /** Some of the items from `offset` on, none only where the list has ended: whole pages are all that Portkey gives. */
  async #window(filter: PortkeyListFilter, offset: number, wanted: number) {
    let pageSize = smallestPageAround(offset, Math.min(wanted, MAX_PAGE));
    let currentPage = Math.floor(offset / pageSize);
    let page = await this.#page(filter, { currentPage, pageSize });
    const given = page.items.length;
    const isWhole = given === Math.min(pageSize, page.total - currentPage * pageSize);
    if (given > 0 && !isWhole && (currentPage > 0 || offset >= given)) {
      // A server that gives less than asked for counts its pages in that size: these may be other ones altogether.
      pageSize = given;
      currentPage = Math.floor(offset / pageSize);
      page = await this.#page(filter, { currentPage, pageSize });
    }
    return { total: page.total, items: page.items.slice(offset - currentPage * pageSize) };
  }

  /** One page. A collection or workspace that does not exist, which some deployments refuse, has none. */
  async #page(filter: PortkeyListFilter, paging: Parameters<PortkeyApi['listPrompts']>[1]) {
    try {
      return await this.#portkey.listPrompts(filter, paging);
    } catch (error) {
      const isNamed = Boolean(filter.collectionId || filter.workspaceId);
      if (isNamed && error instanceof UpstreamError && error.kind === 'NOT_FOUND')
        return { total: 0, items: [] };
      throw error;
    }
  }
}

/** The smallest page that holds `count` items from `offset` on, or a page of `count` that holds the first of them. */
function smallestPageAround(offset: number, count: number): number {
  for (let size = count; size <= MAX_PAGE; size += 1) {
    if (Math.floor(offset / size) === Math.floor((offset + count - 1) / size)) return size;
  }
  return count;
}
