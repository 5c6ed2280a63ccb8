import { randomUUID } from 'node:crypto';
import { pause } from '../../async/pause.js';
import { ShutdownSignal } from '../../async/shutdown-signal.js';
import type { TaskGroup } from '../../async/task-group.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Prompt } from '../../domain/prompt.js';
import { StoreError } from '../../domain/store-error.js';
import { isOutcomeUnknown, UpstreamError } from '../../domain/upstream-error.js';
import type { Claim, CompetingCreates, SentCreate } from '../../storage/create-store.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { SaveCheckpoint } from '../idempotency/idempotency.js';
import { decideClaim, reuseOf } from './claim.js';
import { type CreateCommand, expectedPrompt, send } from './create-command.js';
import type { ClockOffset } from './prompt-matcher.js';
import { PromptSearch, type PromptSearchOptions } from './prompt-search.js';

/** Conditions of one create request. */
export interface CreateOptions {
  /** Astria client that sends the request. */
  readonly astria: AstriaApi;
  /** Aborted when the client disconnects; null to continue in any case. */
  readonly signal: AbortSignal | null;
  /** Records the id of the attempt before anything is sent; null if the request is never resumed. */
  readonly saveCheckpoint: SaveCheckpoint | null;
}

/** One attempt to create a prompt. */
interface CreateAttempt {
  readonly create: SentCreate;
  /** Callback URL of the gateway for Astria; undefined for none, or if an earlier process issued it. */
  readonly url: string | undefined;
  /** True if the store holds a record of the attempt. */
  readonly isRecorded: boolean;
}

/**
 * Result of a create request. `REUSED` and `LIKELY_REUSED` hold the prompt that Astria returned instead of a new one. The
 * latter may be the new one after all.
 */
export type CreateResult =
  | { readonly type: 'CREATED' | 'REUSED' | 'LIKELY_REUSED'; readonly prompt: Prompt }
  | { readonly type: 'UNKNOWN' };

const UNKNOWN: CreateResult = { type: 'UNKNOWN' };

const resultOf = (prompt: Prompt | null): CreateResult => (prompt ? { type: 'CREATED', prompt } : UNKNOWN);

/** Interval at which a response waits for the responses of earlier requests, in milliseconds. */
const CLAIM_PAUSE_MS = 25;
/** Time that requests in progress have to end when the gateway closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 5_000;

export interface PromptCreatorOptions extends PromptSearchOptions {
  /** Delay before a request is sent again, in milliseconds. Null unless the Astria account has idempotency enabled. */
  readonly retryDelayMs: number | null;
  /** Counts the requests in progress. */
  readonly tasks: TaskGroup;
  readonly log: Log;
}

/** Sends create requests such that a lost response never leads to a second purchase. */
export class PromptCreator {
  readonly #options: PromptCreatorOptions;
  readonly #search: PromptSearch;
  readonly #shutdown = new ShutdownSignal();

  constructor(options: PromptCreatorOptions) {
    this.#options = options;
    this.#search = new PromptSearch(options);
  }

  /** Creates a prompt. @throws UpstreamError if it was certainly not created. */
  create(command: CreateCommand, options: CreateOptions): Promise<CreateResult> {
    return this.#options.tasks.run(async () => {
      const attempt = await this.#begin(command, options);
      try {
        const prompt = await send(command, options.astria, attempt.url);
        return await this.#accept(command, attempt, prompt);
      } catch (error) {
        if (error instanceof UpstreamError && !error.outcomeUnknown) await this.#discard(attempt);
        else if (attempt.isRecorded)
          await this.#record(() => this.#options.store.lose(attempt.create.id, attempt.create.known));
        if (!isOutcomeUnknown(error) || isCancelled(error)) throw error;
        return this.#recover(command, options, attempt);
      }
    });
  }

  /** Resumes an attempt that may have been sent before. Otherwise like {@link create}. */
  resume(command: CreateCommand, id: string, options: CreateOptions): Promise<CreateResult> {
    return this.#options.tasks.run(async () => {
      const record = await this.#options.store.get(id);
      if (!record) return UNKNOWN;
      if (record.promptId !== null)
        return resultOf(await command.account.uncancellableAstria.getPrompt(record.promptId));
      await this.#options.store.lose(id, record.create.known);
      return this.#recover(command, options, { create: record.create, url: undefined, isRecorded: true });
    });
  }

  /** Stops searching, and waits briefly for requests in progress. */
  async close(): Promise<void> {
    this.#shutdown.abort();
    await this.#options.tasks.idle(CLOSE_TIMEOUT_MS);
  }

  /** Records an attempt before it is sent. */
  async #begin(command: CreateCommand, { saveCheckpoint }: CreateOptions): Promise<CreateAttempt> {
    const { store, callbacks } = this.#options;
    const { account, callbackTarget } = command;
    const known = expectedPrompt(command);
    const sent = { id: randomUUID(), account: account.account, known, sentAt: store.now(), lostAt: null };
    let issued: { id: string; url: string } | null = null;
    try {
      if (callbacks.isReachable) issued = await callbacks.issue(account, callbackTarget);
      const create = { ...sent, callback: issued?.id ?? null };
      await store.begin(create);
      await saveCheckpoint?.(create.id);
      return { create, url: issued?.url, isRecorded: true };
    } catch (error) {
      // A request without a key needs no record. If its response is lost as well, the outcome stays unknown.
      if (saveCheckpoint || !(error instanceof StoreError)) throw error;
      return { create: { ...sent, callback: issued?.id ?? null }, url: issued?.url, isRecorded: false };
    }
  }

  /** Searches for the prompt after a lost response, and sends the request again if that is safe. */
  async #recover(
    command: CreateCommand,
    options: CreateOptions,
    attempt: CreateAttempt,
  ): Promise<CreateResult> {
    const { retryDelayMs } = this.#options;
    const lostAt = monotonicMs();
    const { signal: shutdown } = this.#shutdown;
    const end = options.signal ? AbortSignal.any([shutdown, options.signal]) : shutdown;
    const found = attempt.isRecorded ? await this.#searchLostPrompt(command, attempt, end) : null;
    if (found) return resultOf(found);
    // A different callback URL would create another prompt, and only the process that issued the first URL knows it.
    const isSafe = attempt.create.callback === null || attempt.url !== undefined;
    if (retryDelayMs === null || !isSafe) return UNKNOWN;
    await pause(Math.max(0, lostAt + retryDelayMs - monotonicMs()), end);
    if (end.aborted) return UNKNOWN;
    try {
      const prompt = await send(command, options.astria, attempt.url);
      return await this.#accept(command, attempt, prompt);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return UNKNOWN;
    }
  }

  async #searchLostPrompt(
    command: CreateCommand,
    { create }: CreateAttempt,
    end: AbortSignal,
  ): Promise<Prompt | null> {
    const prompt = await this.#search.find(command, create, end);
    if (!prompt) return null;
    this.#options.log.info({ prompt: prompt.id }, 'The prompt of an unconfirmed create request was found.');
    await this.#startCallback(command, create, prompt);
    return prompt;
  }

  /** Accepts the prompt in the response unless it is an older one, because Astria deduplicates requests. */
  async #accept(command: CreateCommand, attempt: CreateAttempt, prompt: Prompt): Promise<CreateResult> {
    const { create, isRecorded } = attempt;
    const { clockOffset } = command.account.backgroundAstria;
    const reuse = reuseOf(prompt, create, clockOffset.likelyMs);
    let claim: Claim = reuse === 'NONE' ? 'CLAIMED' : 'TAKEN';
    if (isRecorded && reuse === 'NONE') claim = await this.#claim(create, prompt, clockOffset.leastMs);
    if (claim === 'UNCLEAR') {
      await this.#record(() => this.#options.store.lose(create.id, create.known));
      return UNKNOWN;
    }
    if (claim === 'TAKEN') {
      const isLikely = reuse === 'LIKELY' && !(await this.#isTaken(create, prompt.id));
      await this.#discard(attempt);
      return { type: isLikely ? 'LIKELY_REUSED' : 'REUSED', prompt };
    }
    await this.#startCallback(command, create, prompt);
    return { type: 'CREATED', prompt };
  }

  /** Records that a prompt belongs to a request, once the requests that may get the same prompt are decided. */
  async #claim(create: SentCreate, prompt: Prompt, offset: ClockOffset): Promise<Exclude<Claim, 'WAIT'>> {
    const { store, lostResponseTimeoutMs } = this.#options;
    const deadline = monotonicMs() + lostResponseTimeoutMs;
    for (;;) {
      const isLast = monotonicMs() >= deadline || this.#shutdown.signal.aborted;
      const decide = (rest: CompetingCreates) => decideClaim(prompt, create, rest, offset, isLast);
      const claim = await store.answer(create, prompt.id, decide).catch((error: unknown) => {
        // The prompt exists, so a failed record must not hide it.
        if (error instanceof StoreError) return 'CLAIMED' as const;
        throw error;
      });
      if (claim !== 'WAIT') return claim;
      await pause(CLAIM_PAUSE_MS, this.#shutdown.signal);
    }
  }

  /** Returns true if a prompt is known to belong to another request. */
  async #isTaken(create: SentCreate, promptId: string): Promise<boolean> {
    let isTaken = false;
    const checkClaim = ({ taken }: CompetingCreates) => {
      isTaken = taken.has(promptId);
      return null;
    };
    await this.#record(async () => void (await this.#options.store.claim(create, [promptId], checkClaim)));
    return isTaken;
  }

  async #discard({ create, isRecorded }: CreateAttempt): Promise<void> {
    if (isRecorded) await this.#record(() => this.#options.store.forget(create.id));
    if (create.callback !== null) await this.#options.callbacks.discard(create.callback);
  }

  async #startCallback({ account }: CreateCommand, { callback }: SentCreate, prompt: Prompt): Promise<void> {
    if (callback !== null)
      await this.#record(() => this.#options.callbacks.created(callback, prompt.id, account));
  }

  /** Writes to the store. A failed write must not hide whether the prompt was created. */
  async #record(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

/** Returns true if the client has disconnected. */
function isCancelled(error: unknown): boolean {
  return error instanceof UpstreamError && error.kind === 'CANCELLED';
}
