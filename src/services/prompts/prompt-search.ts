import { type Backoff, backoffMs } from '../../async/backoff.js';
import { FreshRuns } from '../../async/fresh-runs.js';
import { pause } from '../../async/pause.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Prompt } from '../../domain/prompt.js';
import { StoreError } from '../../domain/store-error.js';
import { UpstreamError, type UpstreamErrorKind } from '../../domain/upstream-error.js';
import type { CreateStore, KnownPrompt, SentCreate } from '../../storage/create-store.js';
import { MAX_PAGE } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import type { PromptAccount } from './account.js';
import { type CreateCommand, readExpectedPrompt } from './create-command.js';
import { couldMatch, matchCreatedPrompt } from './match-created-prompt.js';
import { isBeforeSend } from './prompt-matcher.js';

export interface PromptSearchOptions {
  readonly store: CreateStore;
  readonly callbacks: PromptCallbacks;
  /** Duration of a search in milliseconds, without the time in which Astria cannot be read. */
  readonly lostResponseTimeoutMs: number;
}

/** Pauses between two attempts to find a prompt. */
const SEARCH_BACKOFF: Backoff = { firstMs: 250, ceilingMs: 2_000 };
/** Longest duration of a search that cannot read Astria for a while, in multiples of `lostResponseTimeoutMs`. */
const LONGEST_SEARCH = 12;
/** Errors that waiting does not change. After any other error, the prompt may still exist. */
const FINAL: ReadonlySet<UpstreamErrorKind> = new Set(['NOT_FOUND', 'REJECTED', 'KEY_MISSING', 'CANCELLED']);
/** Maximum number of pages of the newest prompts to search. */
const MAX_PAGES = 20;

/** Searches for prompts whose creation was not confirmed. */
export class PromptSearch {
  readonly #options: PromptSearchOptions;
  readonly #pages = new FreshRuns<readonly Prompt[] | null>();

  constructor(options: PromptSearchOptions) {
    this.#options = options;
  }

  /**
   * Searches until the prompt appears, the time is over or `end` is aborted. Never throws an error of an upstream or the
   * store.
   */
  async find(command: CreateCommand, create: SentCreate, end: AbortSignal): Promise<Prompt | null> {
    const { lostResponseTimeoutMs } = this.#options;
    const latest = monotonicMs() + LONGEST_SEARCH * lostResponseTimeoutMs;
    let deadline = monotonicMs() + lostResponseTimeoutMs;
    let known: KnownPrompt | null = null;
    for (let attempts = 1; ; attempts += 1) {
      const startedAt = monotonicMs();
      const isLast = startedAt >= deadline || end.aborted;
      let requestedMs = 0;
      let isBlind = false;
      try {
        known ??= await this.#learn(command, create);
        const prompt = await this.#searchOnce(
          command.account,
          { ...create, known: known ?? create.known },
          known !== null,
        );
        if (prompt) return prompt;
      } catch (error) {
        if (error instanceof StoreError) return null;
        if (!(error instanceof UpstreamError)) throw error;
        // Search again while there is time, but not before a Retry-After has passed.
        requestedMs = error.retryAfterMs ?? 0;
        isBlind = !FINAL.has(error.kind);
      }
      const remainingMs = Math.max(0, (isBlind ? latest : deadline) - monotonicMs());
      // The last attempt begins after the deadline.
      const isOver = isBlind ? remainingMs === 0 : isLast;
      if (isOver || end.aborted || requestedMs > remainingMs) return null;
      await pause(Math.min(Math.max(backoffMs(SEARCH_BACKOFF, attempts, 0), requestedMs), remainingMs), end);
      if (isBlind) deadline = Math.min(deadline + monotonicMs() - startedAt, latest);
    }
  }

  /** Records everything known about the prompt, for a search after a restart. */
  async #learn(command: CreateCommand, create: SentCreate): Promise<KnownPrompt | null> {
    const known = await readExpectedPrompt(command).catch((error: unknown) => {
      // A callback URL identifies the prompt without its attributes.
      if (create.callback !== null && error instanceof UpstreamError) return null;
      throw error;
    });
    if (known) await this.#options.store.lose(create.id, known);
    return known;
  }

  async #searchOnce(owner: PromptAccount, create: SentCreate, isKnown: boolean): Promise<Prompt | null> {
    const { store, callbacks } = this.#options;
    const { callback } = create;
    const reportedId = callback === null ? null : await callbacks.promptOf(callback);
    if (reportedId !== null) {
      // Astria has called back, and the prompt that it reported has that callback URL.
      const prompt = await owner.backgroundAstria.getPrompt(reportedId);
      if (prompt) await store.finish(create.id, reportedId);
      return prompt;
    }
    if (!isKnown && callback === null) return null;
    const candidates = await this.#candidates(owner, create);
    if (candidates.length === 0) return null;
    const offset = owner.backgroundAstria.clockOffset.leastMs;
    const ids = candidates.map(({ id }) => id);
    const chosen = await store.claim(create, ids, (competing) =>
      matchCreatedPrompt(candidates, create, competing, offset),
    );
    return candidates.find(({ id }) => id === chosen) ?? null;
  }

  /** Returns the prompts that can match, oldest first. */
  async #candidates({ account, backgroundAstria }: PromptAccount, create: SentCreate): Promise<Prompt[]> {
    const { tuneId } = create.known;
    const found: Prompt[] = [];
    let beforeId: number | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const keyset = { limit: MAX_PAGE, beforeId };
      // Concurrent searches share one read.
      const page = await this.#pages.run(`${account} ${tuneId} ${beforeId}`, () =>
        tuneId === null
          ? backgroundAstria.listPrompts(keyset)
          : backgroundAstria.listPromptsOfTune(tuneId, keyset),
      );
      const offset = backgroundAstria.clockOffset.leastMs;
      found.push(...(page ?? []).filter((prompt) => couldMatch(prompt, create, offset)));
      const last = page?.at(-1);
      if (!page || !last || page.length < MAX_PAGE || isBeforeSend(last, create, offset)) break;
      beforeId = Number(last.id);
    }
    return found.reverse();
  }
}
