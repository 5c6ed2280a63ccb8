import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Claim, CreateStore, KnownPrompt, Rest, SentCreate } from '../../backplane/create-store.js';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import type { Prompt } from '../../domain/prompt.js';
import { StoreError } from '../../domain/store-error.js';
import { isOutcomeUnknown, UpstreamError } from '../../domain/upstream-error.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import type { PromptAccount } from './account.js';
import { decideClaim } from './claim.js';
import { PromptSearch } from './prompt-search.js';
import { reuseOf } from './reused-prompt.js';
import type { ClockOffset } from './same-prompt.js';

/** A prompt that is to be created. */
export interface Draft {
  readonly owner: PromptAccount;
  /** Sends the create. @param callback The address that Astria is to call; undefined: whatever the draft says. */
  send(astria: AstriaApi, callback: string | undefined): Promise<Prompt>;
  /**
   * All that can be known of the prompt; null where that is not enough to look for it.
   * @throws UpstreamError when it cannot be read now.
   */
  complete(): Promise<KnownPrompt | null>;
}

/** What is known of a draft before it is sent. */
export interface Prospect {
  readonly known: KnownPrompt;
  /** The caller's own address to call back. */
  readonly target: string | null;
}

/** How a create is made. */
export interface Way {
  /** Astria as the create is to be sent. */
  readonly astria: AstriaApi;
  /** Aborted when nobody waits for the prompt any more; null: it is wanted in any case. */
  readonly signal: AbortSignal | null;
  /** Writes the create's id down, before anything is sent; null where the create is not to be gone on with. */
  readonly begin: ((id: string) => Promise<void>) | null;
}

/** A create, and what is known of it in this process alone. */
interface Sending {
  readonly create: SentCreate;
  /** The address that Astria was given; undefined where that is not known any more, or there is none. */
  readonly url: string | undefined;
  /** Whether the store knows of it. */
  readonly isRecorded: boolean;
}

/**
 * Result of a create request. `REUSED` and `LIKELY_REUSED` name the prompt that Astria returned in place of a new one; the
 * latter may be the new one after all.
 */
export type CreateResult =
  | { readonly type: 'CREATED' | 'REUSED' | 'LIKELY_REUSED'; readonly prompt: Prompt }
  | { readonly type: 'UNKNOWN' };

const UNKNOWN: CreateResult = { type: 'UNKNOWN' };

const resultOf = (prompt: Prompt | null): CreateResult => (prompt ? { type: 'CREATED', prompt } : UNKNOWN);

/** Between two looks whether an earlier create was answered. */
const CLAIM_PAUSE_MS = 25;
/** How long what is under way may take to end when the gateway closes. */
const PATIENCE_MS = 5_000;

export interface PromptCreationOptions {
  readonly store: CreateStore;
  readonly callbacks: PromptCallbacks;
  /** For how long a prompt whose creation was not confirmed is looked for, in milliseconds. */
  readonly settleMs: number;
  /** After how long a create is sent again where Astria's account has idempotency on, in milliseconds; null: never. */
  readonly repeatMs: number | null;
  readonly log: Log;
}

/** Creates prompts so that a lost answer does not buy one twice. */
export class PromptCreation {
  readonly #options: PromptCreationOptions;
  readonly #search: PromptSearch;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: PromptCreationOptions) {
    this.#options = options;
    this.#search = new PromptSearch(options);
    // Every create whose answer is lost listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Creates a prompt. @throws UpstreamError when it was certainly not created. */
  create(draft: Draft, prospect: Prospect, way: Way): Promise<CreateResult> {
    return this.#run(async () => {
      const sending = await this.#begin(draft, prospect, way);
      try {
        const prompt = await draft.send(way.astria, sending.url);
        return await this.#accept(draft, sending, prompt);
      } catch (error) {
        if (error instanceof UpstreamError && !error.outcomeUnknown) await this.#discard(sending);
        else if (sending.isRecorded)
          await this.#tell(() => this.#options.store.lose(sending.create.id, prospect.known));
        if (!isOutcomeUnknown(error) || isCancelled(error)) throw error;
        return this.#recover(draft, way, sending);
      }
    });
  }

  /** Goes on with a create that may have been sent before. As `create` else. */
  goOn(draft: Draft, way: Way, id: string): Promise<CreateResult> {
    return this.#run(async () => {
      const kept = await this.#options.store.get(id);
      if (!kept) return UNKNOWN;
      if (kept.promptId !== null) return resultOf(await draft.owner.astriaToEnd.getPrompt(kept.promptId));
      await this.#options.store.lose(id, kept.create.known);
      return this.#recover(draft, way, { create: kept.create, url: undefined, isRecorded: true });
    });
  }

  /** Looks for nothing any more, and waits for what is under way, a while. */
  async close(): Promise<void> {
    this.#closing.abort();
    const patience = new AbortController();
    const enough = pause(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {});
    await Promise.race([this.idle(), enough]);
    patience.abort();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const running = work().finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async #begin({ owner }: Draft, { known, target }: Prospect, { begin }: Way): Promise<Sending> {
    const { store, callbacks } = this.#options;
    const sentAt = store.now();
    const own = { id: randomUUID(), account: owner.account, known, sentAt, lostAt: null };
    let issued: { id: string; url: string } | null = null;
    try {
      if (callbacks.isReachable) issued = await callbacks.issue(owner, target);
      const create = { ...own, callback: issued?.id ?? null };
      await store.begin(create);
      await begin?.(create.id);
      return { create, url: issued?.url, isRecorded: true };
    } catch (error) {
      // Without a key it needs no record; if its answer is lost as well, nothing can be said of it.
      if (begin || !(error instanceof StoreError)) throw error;
      return { create: { ...own, callback: issued?.id ?? null }, url: issued?.url, isRecorded: false };
    }
  }

  /** The answer was lost: looks for the prompt, and sends it again where that is safe. */
  async #recover(draft: Draft, way: Way, sending: Sending): Promise<CreateResult> {
    const { repeatMs } = this.#options;
    const lostAt = monotonicMs();
    const end = AbortSignal.any([this.#closing.signal, ...(way.signal ? [way.signal] : [])]);
    const found = sending.isRecorded ? await this.#look(draft, sending, end) : null;
    if (found) return resultOf(found);
    // Another address would make it another prompt, and that of before is known to the process that sent it alone.
    const isSafe = sending.create.callback === null || sending.url !== undefined;
    if (repeatMs === null || !isSafe) return UNKNOWN;
    await pause(Math.max(0, lostAt + repeatMs - monotonicMs()), undefined, { signal: end }).catch(() => {});
    if (end.aborted) return UNKNOWN;
    try {
      const prompt = await draft.send(way.astria, sending.url);
      return await this.#accept(draft, sending, prompt);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return UNKNOWN;
    }
  }

  async #look(draft: Draft, { create }: Sending, end: AbortSignal): Promise<Prompt | null> {
    const prompt = await this.#search.find(draft, create, end);
    if (!prompt) return null;
    this.#options.log.info({ prompt: prompt.id }, 'a prompt whose creation was not confirmed was found');
    await this.#toCallbacks(draft, create, prompt);
    return prompt;
  }

  /** Takes the prompt that Astria has answered with, unless it is not a new one: Astria deduplicates. */
  async #accept(draft: Draft, sending: Sending, prompt: Prompt): Promise<CreateResult> {
    const { create, isRecorded } = sending;
    const { clockOffset } = draft.owner.astriaInBackground;
    const reuse = reuseOf(prompt, create, clockOffset.likelyMs);
    let claim: Claim = reuse === 'NONE' ? 'CLAIMED' : 'TAKEN';
    if (isRecorded && reuse === 'NONE') claim = await this.#claim(create, prompt, clockOffset.leastMs);
    if (claim === 'UNCLEAR') {
      await this.#tell(() => this.#options.store.lose(create.id, create.known));
      return UNKNOWN;
    }
    if (claim === 'TAKEN') {
      const isLikely = reuse === 'LIKELY' && !(await this.#isTaken(create, prompt.id));
      await this.#discard(sending);
      return { type: isLikely ? 'LIKELY_REUSED' : 'REUSED', prompt };
    }
    await this.#toCallbacks(draft, create, prompt);
    return { type: 'CREATED', prompt };
  }

  /** Records that a prompt belongs to a create, once the creates that may get the same prompt are decided. */
  async #claim(create: SentCreate, prompt: Prompt, offset: ClockOffset): Promise<Exclude<Claim, 'WAIT'>> {
    const { store, settleMs } = this.#options;
    const deadline = monotonicMs() + settleMs;
    for (;;) {
      const isLast = monotonicMs() >= deadline || this.#closing.signal.aborted;
      let claim: Claim;
      try {
        claim = await store.answer(create, prompt.id, (rest) =>
          decideClaim(prompt, create, rest, offset, isLast),
        );
      } catch (error) {
        // The prompt is there: that must not be hidden because it cannot be recorded.
        if (error instanceof StoreError) return 'CLAIMED';
        throw error;
      }
      if (claim !== 'WAIT') return claim;
      await pause(CLAIM_PAUSE_MS, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  /** Returns true when a prompt is known to be another create's. */
  async #isTaken(create: SentCreate, promptId: string): Promise<boolean> {
    let isTaken = false;
    const look = ({ taken }: Rest) => {
      isTaken = taken.has(promptId);
      return null;
    };
    await this.#tell(async () => void (await this.#options.store.claim(create, [promptId], look)));
    return isTaken;
  }

  async #discard({ create, isRecorded }: Sending): Promise<void> {
    if (isRecorded) await this.#tell(() => this.#options.store.forget(create.id));
    if (create.callback !== null) await this.#options.callbacks.discard(create.callback);
  }

  async #toCallbacks({ owner }: Draft, { callback }: SentCreate, prompt: Prompt): Promise<void> {
    if (callback !== null)
      await this.#tell(() => this.#options.callbacks.created(callback, prompt.id, owner));
  }

  /** The prompt is there, or is not: that must not be hidden because it cannot be written down. */
  async #tell(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }
}

/** Returns true when the caller has gone away: nobody waits for the prompt. */
function isCancelled(error: unknown): boolean {
  return error instanceof UpstreamError && error.kind === 'CANCELLED';
}
