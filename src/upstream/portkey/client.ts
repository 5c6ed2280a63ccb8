import type {
  PortkeyCollection,
  PortkeyListFilter,
  PortkeyPrompt,
  PortkeyPromptInput,
  PortkeyPromptSummary,
  PortkeyPromptVersionInput,
} from '../../domain/portkey-prompt.js';
import { isNotFound, UpstreamError } from '../../domain/upstream-error.js';
import { type Caller, type CallerClient, type ConnectionOptions, UpstreamClient } from '../http-client.js';
import { portkeyRetryPolicy } from '../retry-policy.js';
import {
  collection,
  created,
  parseFieldErrors,
  prompt,
  promptList,
  updated,
  versions,
  type WrittenPrompt,
} from './decoders.js';

/** Path of the partials, which looks like the path of a prompt. */
const PARTIALS = 'partials';

/** Largest page size that is requested from Portkey. */
const MAX_PAGE = 100;

/**
 * Page sizes that a server supports. A server that silently returns smaller pages also counts pages in that size, so every page
 * except the first would contain unexpected prompts.
 */
export class PageSizes {
  #served = 0;
  #cap = MAX_PAGE;

  /** Largest page size that is worth requesting, 1 to 100. */
  get most(): number {
    return this.#cap;
  }

  /** Returns true if a page of this size or a larger one was ever served in full. */
  serves(size: number): boolean {
    return size <= this.#served;
  }

  /** Records that a page of this size was served in full. */
  recordServed(size: number): void {
    this.#served = Math.max(this.#served, size);
  }

  /** Records that pages have at most this size although there are more prompts. Ignored if a larger page was served. */
  recordCap(size: number): void {
    if (size >= this.#served) this.#cap = size;
  }
}

/** Page sizes by connection. */
const pageSizes = new WeakMap<UpstreamClient, PageSizes>();

/**
 * Calls Portkey's endpoints for prompts for one caller. All failures are UpstreamErrors, but a read returns null for a 404.
 */
export class PortkeyApi {
  /** Page sizes that all callers of the connection share. */
  readonly pageSizes: PageSizes;
  readonly #client: CallerClient;

  constructor(client: UpstreamClient, caller: Caller) {
    this.#client = client.forCaller(caller);
    this.pageSizes = pageSizes.get(client) ?? new PageSizes();
  }

  /** Returns one page. `currentPage` counts from 0. */
  listPrompts(
    filter: PortkeyListFilter,
    { currentPage, pageSize }: { currentPage: number; pageSize: number },
  ): Promise<{ total: number; items: PortkeyPromptSummary[] }> {
    const query = new URLSearchParams({ current_page: String(currentPage), page_size: String(pageSize) });
    if (filter.collectionId) query.set('collection_id', filter.collectionId);
    if (filter.workspaceId) query.set('workspace_id', filter.workspaceId);
    if (filter.search) query.set('search', filter.search);
    return this.#client.fetch({ endpoint: 'GET /prompts', query }, promptList);
  }

  /** Returns the published version of a prompt. */
  getPrompt(idOrSlug: string): Promise<PortkeyPrompt | null> {
    if (idOrSlug === PARTIALS) return Promise.resolve(null);
    return this.#client.find({ endpoint: 'GET /prompts/:id', params: [idOrSlug] }, prompt);
  }

  createPrompt(input: PortkeyPromptInput): Promise<WrittenPrompt> {
    const json = {
      name: input.name,
      collection_id: input.collectionId,
      ...versionFields(input),
      template_metadata: input.metadata,
      // 0 is the default, and some deployments do not know the field in this request.
      ...(input.isRawTemplate && { is_raw_template: 1 }),
    };
    return this.#client.fetch({ endpoint: 'POST /prompts', json }, created);
  }

  /**
   * Adds a version without publishing it. See {@link publishVersion}.
   * @param latest Newest version. The new one would inherit omitted fields from it, so they are sent empty.
   */
  updatePrompt(
    id: string,
    input: PortkeyPromptVersionInput,
    latest: PortkeyPrompt | null,
  ): Promise<WrittenPrompt> {
    if (dropsToolChoice(input, latest)) return this.#replaceVersion(id, input);
    return this.#put(id, {
      patch: true,
      ...(isFilled(latest?.functions) && { functions: [] }),
      ...(isFilled(latest?.tools) && { tools: [] }),
      ...(isFilled(latest?.versionDescription) && { version_description: '' }),
      ...updateFields(input),
    });
  }

  /**
   * Adds a version without the tool choice of the previous one. A tool choice has no empty value, so the complete version is
   * sent without `patch`, and with null if that is rejected.
   */
  async #replaceVersion(id: string, input: PortkeyPromptVersionInput): Promise<WrittenPrompt> {
    const fields = { functions: [], tools: [], version_description: '', ...updateFields(input) };
    try {
      return await this.#put(id, fields);
    } catch (error) {
      if (!(error instanceof UpstreamError && error.kind === 'REJECTED')) throw error;
      return this.#put(id, { ...fields, tool_choice: null });
    }
  }

  #put(id: string, json: Record<string, unknown>): Promise<WrittenPrompt> {
    return this.#client.fetch({ endpoint: 'PUT /prompts/:id', params: [id], json }, updated);
  }

  /** Lists the numbers and ids of a prompt's versions. Returns null if the prompt does not exist (yet). */
  listVersions(id: string): Promise<{ number: number; versionId: string }[] | null> {
    return this.#client.find({ endpoint: 'GET /prompts/:id/versions', params: [id] }, versions);
  }

  /** Returns one version of a prompt in the form of {@link getPrompt}, or null if it does not exist (yet). */
  getVersion(id: string, versionId: string): Promise<PortkeyPrompt | null> {
    const endpoint = 'GET /prompts/:id/versions/:versionId';
    return this.#client.find({ endpoint, params: [id, versionId] }, prompt);
  }

  async publishVersion(id: string, version: number): Promise<void> {
    await this.#client.call({ endpoint: 'PUT /prompts/:id/makeDefault', params: [id], json: { version } });
  }

  /** Deletes a prompt. Idempotent: a missing prompt counts as deleted. */
  async deletePrompt(id: string): Promise<void> {
    try {
      await this.#client.call({ endpoint: 'DELETE /prompts/:id', params: [id] });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Returns a collection, or null if it does not exist. */
  async findCollection(idOrSlug: string): Promise<PortkeyCollection | null> {
    try {
      return await this.#client.find({ endpoint: 'GET /collections/:id', params: [idOrSlug] }, collection);
    } catch (error) {
      if (error instanceof UpstreamError && error.kind === 'REJECTED') return null;
      throw error;
    }
  }
}

/** Creates a client for Portkey that all callers share. */
export function portkeyClient(options: ConnectionOptions): UpstreamClient {
  const client = new UpstreamClient({
    ...options,
    upstream: 'portkey',
    retryPolicy: portkeyRetryPolicy,
    authorize: (key) => ['x-portkey-api-key', key],
    parseFieldErrors,
  });
  pageSizes.set(client, new PageSizes());
  return client;
}

function dropsToolChoice(input: PortkeyPromptVersionInput, latest: PortkeyPrompt | null): boolean {
  return isFilled(latest?.toolChoice) && !isFilled(input.toolChoice);
}

/** Returns true if a field has a value, or is unreadable and may have one. */
function isFilled(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return !(Array.isArray(value) && value.length === 0);
}

function updateFields(input: PortkeyPromptVersionInput): Record<string, unknown> {
  return {
    ...versionFields(input),
    prompt_metadata: input.metadata,
    is_raw_template: input.isRawTemplate ? 1 : 0,
  };
}

/** Returns the fields that create and update share. Optional fields are omitted if they have no value. */
function versionFields(input: PortkeyPromptVersionInput): Record<string, unknown> {
  const optional = {
    functions: input.functions,
    tools: input.tools,
    tool_choice: input.toolChoice,
    version_description: input.versionDescription,
  };
  return {
    string: input.template,
    parameters: input.parameters,
    model: input.model,
    virtual_key: input.virtualKey,
    ...Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== null && value !== undefined),
    ),
  };
}
