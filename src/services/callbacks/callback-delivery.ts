import { type Backoff, backoffMs } from '../../async/backoff.js';
import { keyedLimit } from '../../async/keyed-limit.js';
import { KeyedTasks } from '../../async/keyed-tasks.js';
import { ShutdownError, ShutdownSignal, TimeoutError } from '../../async/shutdown-signal.js';
import { timestamp } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import { UpstreamError, unwrap } from '../../domain/upstream-error.js';
import {
  type CallbackEnvelope,
  type CallbackRecord,
  type CallbackStore,
  SETTLING_PATIENCE_MS,
} from '../../storage/callback-store.js';
import type { PostOutcome, SendWebhook } from '../../upstream/webhook-client.js';
import { isSettledPrompt, promptKey, promptTarget } from '../live/astria-targets.js';
import type { LiveHub } from '../live/hub.js';
import type { PromptAccount } from '../prompts/account.js';
import { relayedBody } from './callback-bodies.js';
import { isSecret, ownAddress } from './callback-urls.js';

/** Maximum number of concurrent calls to one host. */
const CALLS_PER_HOST = 8;
/** Time for which a missing prompt is searched, after its create request and after Astria's call, in milliseconds. */
const APPEARING_MS = 120_000;
/** Tolerance for Astria's clock and for the missing fraction of a second in a `Date` header, in milliseconds. */
const CLOCK_GRACE_MS = 2_000;
/** Time that Astria's call may take to arrive after the prompt has settled, in milliseconds. */
const CALL_GRACE_MS = 2_000;
/** Longest pause in milliseconds, even if Retry-After asks for more. */
const LONGEST_PAUSE_MS = 3_600_000;
/** Maximum number of calls for one prompt. */
const MAX_ATTEMPTS = 12;
const GONE = 'The prompt no longer exists.';

/** Pauses between reads of a prompt that does not exist yet. */
const RECHECK_BACKOFF: Backoff = { firstMs: 1_000, ceilingMs: 15_000 };

export interface CallbackDeliveryOptions {
  readonly store: CallbackStore;
  readonly live: LiveHub;
  readonly post: SendWebhook;
  /** Pause after the first failed call, in milliseconds. */
  readonly retryMs: number;
  readonly recheckBackoff?: Backoff;
  readonly log: Log;
}

/** Next step of one callback. */
type Step = 'CONTINUE' | 'DONE' | 'RECHECK';

/**
 * Delivers callbacks, each as a separate task: finds the prompt, waits until it settles, and calls the caller's URL until
 * that succeeds. The stored state determines the next step, so a task can resume at any point.
 */
export class CallbackDelivery {
  readonly #options: CallbackDeliveryOptions;
  readonly #tasks = new KeyedTasks();
  readonly #perHost = keyedLimit(CALLS_PER_HOST);
  readonly #shutdown = new ShutdownSignal();

  readonly #onMissing: (id: string, owner: PromptAccount) => void;
  /** Functions that end the pauses, by callback. */
  readonly #pauses = new Map<string, () => void>();
  /** Callbacks with an event since their last pause. */
  readonly #woken = new Set<string>();

  /** @param onMissing Called for each callback whose prompt does not exist. */
  constructor(options: CallbackDeliveryOptions, onMissing: (id: string, owner: PromptAccount) => void) {
    this.#options = options;
    this.#onMissing = onMissing;
  }

  /** Processes a callback. @param owner Null if its prompt need not be read again. */
  start(id: string, owner: PromptAccount | null): void {
    if (this.#shutdown.signal.aborted) return;
    this.#tasks.start(id, () => this.#process(id, owner).finally(() => this.#woken.delete(id)));
  }

  /** Ends the current or next pause of a callback, because something has happened to it. */
  wake(id: string): void {
    if (!this.#tasks.isRunning(id)) return;
    this.#woken.add(id);
    this.#pauses.get(id)?.();
  }

  /** Stops all tasks. Open callbacks stay in the store. */
  async close(): Promise<void> {
    this.#shutdown.abort();
    await this.#tasks.idle();
  }

  async #process(id: string, owner: PromptAccount | null): Promise<void> {
    const { retryMs, recheckBackoff = RECHECK_BACKOFF, log } = this.#options;
    let rechecks = 0;
    for (let failures = 0; ; ) {
      try {
        const step = await this.#step(id, owner);
        if (step === 'DONE') return;
        failures = 0;
        rechecks = step === 'RECHECK' ? rechecks + 1 : 0;
        if (rechecks > 0) await this.#pause(id, backoffMs(recheckBackoff, rechecks, 0));
      } catch (error) {
        if (error instanceof ShutdownError || this.#shutdown.signal.aborted) return;
        failures += 1;
        const reason = error instanceof Error ? error.message : 'unknown';
        log.warn({ reason, failures }, 'Callback processing failed and will be retried.');
        const requestedMs = error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0;
        const wait = Math.max(backoffMs(relayBackoff(retryMs), failures, Math.random()), requestedMs);
        await this.#shutdown.pause(Math.min(wait, LONGEST_PAUSE_MS)).catch(() => {});
        if (this.#shutdown.signal.aborted) return;
      }
    }
  }

  /** Waits until `ms` have passed or {@link wake} is called, which may precede the pause. @throws ShutdownError */
  async #pause(id: string, ms: number): Promise<void> {
    if (!this.#woken.has(id)) {
      const hurried = new Promise<void>((resolve) => this.#pauses.set(id, resolve));
      await Promise.race([this.#shutdown.pause(ms), hurried]).finally(() => this.#pauses.delete(id));
    }
    this.#woken.delete(id);
  }

  async #step(id: string, owner: PromptAccount | null): Promise<Step> {
    const record = await this.#options.store.get(id);
    if (!record) return 'DONE';
    if (record.status === 'PENDING') return this.#deliver(record);
    if (record.status !== 'WAITING' || !owner) return 'DONE';
    const { promptId, reportedPromptId, target } = record;
    if (promptId !== null) return target === null ? 'DONE' : this.#settle(record, promptId, target, owner);
    return reportedPromptId === null ? 'DONE' : this.#verify(record, reportedPromptId, owner);
  }

  /** Trusts the reported prompt id only if that prompt has this callback's URL. */
  async #verify(record: CallbackRecord, reportedPromptId: string, owner: PromptAccount): Promise<Step> {
    const { store, live } = this.#options;
    const { id, account } = record;
    const prompt = await this.#shutdown.withTimeout(owner.backgroundAstria.getPrompt(reportedPromptId));
    if (!prompt) return mayAppear(record, store.now()) ? 'RECHECK' : 'DONE';
    if (!isOf(prompt, record, owner.backgroundAstria.clockOffset.leastMs ?? 0)) return 'DONE';
    await store.change(id, { promptId: reportedPromptId });
    live.invalidate(promptKey(account, reportedPromptId));
    return 'CONTINUE';
  }

  /** Waits until a prompt has settled, and records the body to deliver. */
  async #settle(
    { id, createdAt }: CallbackRecord,
    promptId: string,
    target: string,
    owner: PromptAccount,
  ): Promise<Step> {
    const states = this.#follow(owner, promptId, createdAt + SETTLING_PATIENCE_MS);
    const settled = await states.catch((error: unknown) => {
      if (error instanceof TimeoutError) return 'LATE';
      throw error;
    });
    if (settled === 'LATE') return this.#giveUp(id, 'The prompt did not settle in time.');
    const prompt = settled && (await this.#shutdown.withTimeout(owner.backgroundAstria.getPrompt(promptId)));
    if (!prompt) return this.#missing(id, owner);
    // A status that cannot be decoded throws, and is read again.
    if (unwrap(prompt.status) === 'RUNNING') throw new Error('The prompt is still running.');
    const payload = relayedBody(prompt[RAW], target, await this.#envelope(id));
    const { store } = this.#options;
    await store.change(id, { status: 'PENDING', payload, nextAt: store.now() });
    return 'CONTINUE';
  }

  /** Returns the form of Astria's call, which may come shortly after the gateway has seen the prompt settle. */
  async #envelope(id: string): Promise<CallbackEnvelope | null> {
    const { store } = this.#options;
    const record = await store.get(id);
    if (record?.calledAt !== null) return record?.envelope ?? null;
    await this.#pause(id, CALL_GRACE_MS);
    return (await store.get(id))?.envelope ?? null;
  }

  /** Returns true once a prompt has settled, false if it is missing. @throws TimeoutError after `end`, by the store's clock. */
  async #follow(owner: PromptAccount, promptId: string, end: number): Promise<boolean> {
    // Astria received a callback URL of the gateway and calls it, even if the prompt shows a different URL.
    const states = this.#options.live.watch(promptTarget(owner, promptId, () => true));
    try {
      for (;;) {
        const next = await this.#shutdown.withTimeout(
          states.next(),
          Math.max(0, end - this.#options.store.now()),
        );
        if (next.done) throw new Error('The gateway no longer follows prompts.');
        if (next.value instanceof Error) throw next.value;
        if (next.value === null) return false;
        if (isSettledPrompt(next.value)) return true;
      }
    } finally {
      states.return().catch(() => {});
    }
  }

  /** Retries a missing prompt for a while, because reads can lag behind its creation. */
  async #missing(id: string, owner: PromptAccount): Promise<Step> {
    // Astria may have called in the meantime.
    const { store } = this.#options;
    const record = await store.get(id);
    if (!record) return 'DONE';
    if (mayAppear(record, store.now())) return 'RECHECK';
    this.#onMissing(id, owner);
    return this.#giveUp(id, GONE);
  }

  async #giveUp(id: string, error: string): Promise<Step> {
    const attempts = [{ at: timestamp(), status: null, error }];
    await this.#options.store.change(id, { status: 'FAILED', attempts });
    return 'DONE';
  }

  /** Calls the caller's URL once, when the call is due. */
  async #deliver({ id, promptId, target, payload, nextAt, attempts }: CallbackRecord): Promise<Step> {
    const { store, post, retryMs, log } = this.#options;
    if (target === null || payload === null) return 'DONE';
    await this.#shutdown.pause(Math.max(0, (nextAt ?? 0) - store.now()));
    const relay = { url: target, body: payload, id };
    const { host } = new URL(target);
    const outcome = await this.#perHost(host, () => post(relay, this.#shutdown.signal));
    // The outcome is unknown, so the call is repeated after a restart.
    if (this.#shutdown.signal.aborted) throw new ShutdownError();
    const { status, error, code } = outcome;
    const allAttempts = [...attempts, { at: timestamp(), status, error }];
    if (error === null) {
      await store.change(id, { status: 'DELIVERED', attempts: allAttempts, payload: null, nextAt: null });
      return 'DONE';
    }
    const wait = nextAttemptIn(allAttempts.length, outcome, retryMs, Math.random());
    const details = { status, reason: error, wait, ...(code && { code }) };
    log.warn({ prompt: promptId, attempts: allAttempts.length, ...details }, 'Callback delivery failed.');
    await store.change(
      id,
      wait === null
        ? { status: 'FAILED', attempts: allAttempts, payload: null, nextAt: null }
        : { attempts: allAttempts, nextAt: store.now() + wait },
    );
    return wait === null ? 'DONE' : 'CONTINUE';
  }
}

/** Returns the pauses between calls to a caller's URL. @param firstMs First pause, in milliseconds. */
function relayBackoff(firstMs: number): Backoff {
  return { firstMs, ceilingMs: LONGEST_PAUSE_MS, jitter: 0.25 };
}

/**
 * Returns the pause in milliseconds after a failed call, or null if it was the last call. Respects a Retry-After of up to
 * one hour. Pure.
 * @param attempts Number of calls so far.
 * @param random A random number in [0, 1).
 */
export function nextAttemptIn(
  attempts: number,
  { isFinal, retryAfterMs }: Pick<PostOutcome, 'isFinal' | 'retryAfterMs'>,
  firstMs: number,
  random: number,
): number | null {
  if (isFinal || attempts >= MAX_ATTEMPTS) return null;
  const pauseMs = backoffMs(relayBackoff(firstMs), attempts, random);
  return Math.max(pauseMs, Math.min(retryAfterMs ?? 0, LONGEST_PAUSE_MS));
}

/** Returns true if a callback was given up because its prompt did not exist. */
export function isGone({ status, attempts }: CallbackRecord): boolean {
  return status === 'FAILED' && attempts.length === 1 && attempts[0]?.error === GONE;
}

function mayAppear({ createdAt, calledAt }: CallbackRecord, now: number): boolean {
  return now - Math.max(createdAt, calledAt ?? 0) < APPEARING_MS;
}

/**
 * Returns true if a prompt belongs to a callback. If Astria shows the prompt without its callback URL, the prompt
 * must at least not be older than the callback.
 */
function isOf({ callback, createdAt }: Prompt, record: CallbackRecord, clockOffsetMs: number): boolean {
  if (callback === undefined || callback === null) {
    const since = record.createdAt + clockOffsetMs - CLOCK_GRACE_MS;
    return typeof createdAt === 'string' && Date.parse(createdAt) >= since;
  }
  const address = typeof callback === 'string' ? ownAddress(callback) : null;
  return address?.id === record.id && isSecret(address.secret, record.secretHash);
}
