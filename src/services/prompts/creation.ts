import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Log } from '../../domain/log.js';
import type { Prompt } from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { AstriaApi, Keyset } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import type { PromptAccount } from './account.js';
import { findPrompt } from './find-prompt.js';
import { FreshReads } from './fresh-reads.js';
import { type LostPrompt, LostPrompts } from './lost-prompts.js';
import type { Expected } from './same-prompt.js';

/** A prompt that is to be created. */
export interface Draft {
  readonly owner: PromptAccount;
  /** Names everything that it is made from but its images. */
  readonly kind: string;
  /** A fingerprint of its images. */
  readonly images: string;
  /** The caller's own address to call back. */
  readonly target: string | null;
  /** Sends the create. @param callback The address that Astria is to call; undefined: whatever the draft says. */
  send(astria: AstriaApi, callback: string | undefined): Promise<Prompt>;
  /** What the prompt will look like; null when that cannot be known. */
  expect(): Promise<Omit<Expected, 'since'> | null>;
}

/** How the request is made that a draft comes from. */
export interface Way {
  /** Astria as the create is to be sent. */
  readonly astria: AstriaApi;
  /** Aborted when nobody waits for the prompt any more. */
  readonly signal: AbortSignal | null;
  /** Writes down what is needed to go on, before anything is sent. */
  readonly begin: (begun: string) => Promise<void>;
}

/** What is written down: when it was sent, and the id of the gateway's own callback. */
const begunShape = z.object({ sentAt: z.number(), callback: z.string().nullable() });
type Begun = z.output<typeof begunShape>;

/** What is known of a create that was sent. */
interface Sent extends Begun {
  readonly url: string | undefined;
}

/** A date in an answer's header says the second only, and a clock can be a little off. */
const CLOCK_GRACE_MS = 2_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
/** How long what is under way may take to end when the gateway closes. */
const PATIENCE_MS = 5_000;

export interface PromptCreationOptions {
  /** Which of these prompts are known to be of other creates. */
  readonly claimed: (account: string, ids: readonly string[]) => Promise<readonly string[]>;
  readonly callbacks: PromptCallbacks | null;
  /** For how long a prompt whose creation was not confirmed is looked for, in milliseconds. */
  readonly settleMs: number;
  /** After how long a create is sent again where Astria's account has idempotency on, in milliseconds; null: never. */
  readonly repeatMs: number | null;
  readonly log: Log;
}

/** Creates prompts so that a lost answer does not buy one twice. */
export class PromptCreation {
  readonly #options: PromptCreationOptions;
  readonly #lost = new LostPrompts();
  readonly #pages = new FreshReads<readonly Prompt[] | null>();
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: PromptCreationOptions) {
    this.#options = options;
    // Every create whose answer is lost listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Creates a prompt. @returns null when it was sent and is not known to be there. @throws UpstreamError when it certainly is not. */
  create(draft: Draft, way: Way): Promise<Prompt | null> {
    return this.#run(async () => {
      const { owner, target } = draft;
      const { callbacks } = this.#options;
      const issued = callbacks && (await callbacks.issue(owner, target));
      const begun: Begun = { sentAt: Date.now(), callback: issued?.id ?? null };
      try {
        await way.begin(JSON.stringify(begun));
        return await this.#send(draft, way, { ...begun, url: issued?.url });
      } catch (error) {
        if (issued && isCertain(error)) await callbacks?.discard(issued.id);
        throw error;
      }
    });
  }

  /** Goes on with a create that may have been sent before, by what was written down of it. As `create` else. */
  goOn(draft: Draft, way: Way, begun: string): Promise<Prompt | null> {
    return this.#run(() =>
      this.#recover(draft, way, { ...begunShape.parse(JSON.parse(begun)), url: undefined }),
    );
  }

  /** Begins nothing new, and waits for what is under way, a while. */
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

  async #send(draft: Draft, way: Way, sent: Sent): Promise<Prompt | null> {
    const { owner, kind } = draft;
    const send = async () => {
      const prompt = await draft.send(way.astria, sent.url);
      this.#lost.claim(owner.account, prompt.id);
      return prompt;
    };
    try {
      // With an address of its own it cannot be taken for another one.
      const prompt = await (sent.callback === null ? this.#lost.sending(kind, send) : send());
      await this.#created(draft, sent, prompt);
      return prompt;
    } catch (error) {
      if (!(error instanceof UpstreamError) || !error.outcomeUnknown) throw error;
      return this.#recover(draft, way, sent);
    }
  }

  /** The answer was lost: looks for the prompt, and sends it again where that is safe. */
  async #recover(draft: Draft, way: Way, sent: Sent): Promise<Prompt | null> {
    const { repeatMs } = this.#options;
    const lostAt = Date.now();
    const end = AbortSignal.any([this.#closing.signal, ...(way.signal ? [way.signal] : [])]);
    const expected = await this.#expect(draft, sent);
    const found = expected && (await this.#look(draft, sent, expected, end));
    if (found) return found;
    // Another address would make it another prompt, and that of before is known to the process that sent it alone.
    if (repeatMs === null || (sent.callback !== null && sent.url === undefined)) return null;
    await pause(Math.max(0, lostAt + repeatMs - Date.now()), undefined, { signal: end }).catch(() => {});
    if (end.aborted) return null;
    try {
      const prompt = await draft.send(way.astria, sent.url);
      this.#lost.claim(draft.owner.account, prompt.id);
      await this.#created(draft, sent, prompt);
      return prompt;
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return null;
    }
  }

  async #expect(draft: Draft, { sentAt }: Sent): Promise<Expected | null> {
    const expected = await draft.expect().catch(() => null);
    if (!expected) return null;
    const since = sentAt + draft.owner.astriaInBackground.clockOffsetMs - CLOCK_GRACE_MS;
    return { ...expected, since };
  }

  /** Looks again and again until it is there or the time is over. */
  async #look(draft: Draft, sent: Sent, expected: Expected, end: AbortSignal): Promise<Prompt | null> {
    const { settleMs, log } = this.#options;
    const { owner, kind, images } = draft;
    const lost: LostPrompt = { account: owner.account, images, expected };
    if (sent.callback === null) this.#lost.lose(lost);
    const deadline = Date.now() + settleMs;
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      const isLast = Date.now() >= deadline || end.aborted;
      const look = () => this.#lookOnce(draft, sent, lost);
      const found = await (sent.callback === null ? this.#lost.looking(kind, look) : look());
      if (found) {
        this.#lost.find(lost);
        await this.#created(draft, sent, found);
        log.info({ prompt: found.id }, 'a prompt whose creation was not confirmed was found');
        return found;
      }
      if (isLast) return null;
      const left = Math.max(0, deadline - Date.now());
      await pause(Math.min(wait, left), undefined, { signal: end }).catch(() => {});
    }
  }

  async #lookOnce({ owner }: Draft, sent: Sent, lost: LostPrompt): Promise<Prompt | null> {
    const { claimed } = this.#options;
    const { callback } = sent;
    const isIt = (prompt: Prompt) =>
      callback === null ? this.#lost.isOf(prompt, lost) : hasCallback(prompt, callback);
    try {
      const candidates = await findPrompt(this.#reader(owner), lost.expected, isIt);
      const taken =
        callback === null
          ? await claimed(
              owner.account,
              candidates.map(({ id }) => id),
            )
          : [];
      const found = candidates.find(({ id }) => !taken.includes(id)) ?? null;
      if (found) this.#lost.claim(owner.account, found.id);
      return found;
    } catch (error) {
      // It is looked for again, as long as there is time.
      if (error instanceof UpstreamError) return null;
      throw error;
    }
  }

  /** What many look for at a time is read once for all of them. */
  #reader({ account, astriaInBackground }: PromptAccount) {
    return (tuneId: string, keyset: Keyset) =>
      this.#pages.read(`${account} ${tuneId} ${keyset.beforeId}`, () =>
        astriaInBackground.listPromptsOfTune(tuneId, keyset),
      );
  }

  async #created({ owner }: Draft, { callback }: Sent, prompt: Prompt): Promise<void> {
    const { callbacks, log } = this.#options;
    if (callback === null || !callbacks) return;
    await callbacks.created(callback, prompt.id, owner).catch((error: Error) => {
      // The prompt is there: it must not be hidden because of its callback.
      log.error({ prompt: prompt.id, reason: error.message }, 'the callback of a prompt cannot be recorded');
    });
  }
}

/** Whether nothing was created. A client that hangs up leaves that open. */
function isCertain(error: unknown): boolean {
  return !(error instanceof UpstreamError && (error.outcomeUnknown || error.kind === 'CANCELLED'));
}

/** Whether a prompt calls the gateway's own address of this id, which no other prompt has. */
function hasCallback({ callback }: Prompt, id: string): boolean {
  return typeof callback === 'string' && callback.includes(`/${id}/`);
}
