import { type Backoff, backoffMs } from '../../async/backoff.js';
import { ShutdownError, ShutdownSignal } from '../../async/shutdown-signal.js';
import { timestamp } from '../../domain/clock.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import { StoreError } from '../../domain/store-error.js';
import { parseHttpUrl } from '../../domain/url.js';
import type { UserError } from '../../domain/user-error.js';
import type { CallbackAttempt, CallbackCall, CallbackStatus } from '../../storage/callback-store.js';
import { isShallow } from '../../upstream/decode.js';
import { badResponse } from '../../upstream/errors.js';
import { promptKey } from '../live/astria-targets.js';
import type { PromptAccount } from '../prompts/account.js';
import { reportedPrompt, shownPrompt } from './callback-bodies.js';
import { CallbackDelivery, type CallbackDeliveryOptions, isGone } from './callback-delivery.js';
import { CALLBACK_PATH, isSecret, newCallbackUrl, ownAddress } from './callback-urls.js';

/** Delivery state of a callback to a caller's URL. */
export interface CallbackRelay {
  readonly status: CallbackStatus;
  readonly attempts: readonly CallbackAttempt[];
  readonly nextAttemptAt: string | null;
}

export interface PromptCallbacksOptions extends CallbackDeliveryOptions {
  /** Public URL of the gateway without a trailing slash; null if it cannot be reached from outside. */
  readonly publicUrl: string | null;
  /** Returns the error of a caller's URL as a phrase that follows the name of a field; null if the URL may be called. */
  readonly refused: (url: string) => string | null;
}

/** Pauses between polls for calls that other processes received. They grow while the store fails, because each poll logs. */
const POLL_BACKOFF: Backoff = { firstMs: 500, ceilingMs: 30_000 };
/** Number of polls between sweeps for callbacks of dead processes. */
const POLLS_PER_SWEEP = 10;
/** Number of polls between deletions of the oldest callbacks. */
const POLLS_PER_CLEANUP = 1_200;
/** Maximum number of create requests with an unknown outcome that are kept in memory. */
const MAX_OPEN = 10_000;

/** Handles the callbacks that Astria sends to the gateway, and forwards them to the URLs of the callers. */
export class PromptCallbacks {
  readonly #options: PromptCallbacksOptions;
  readonly #delivery: CallbackDelivery;
  readonly #shutdown = new ShutdownSignal();
  /** Owners of callbacks whose prompt is not known yet or does not exist. */
  readonly #open = new Map<string, PromptAccount>();
  /** Accounts with callbacks of dead processes that resume when the caller sends a request. */
  #awaited: ReadonlySet<string> = new Set();
  /** Account whose callbacks resume after a restart without a request. */
  #own: PromptAccount | null = null;
  #lastCallNumber = 0;
  /** Callbacks that this process has received since its last poll. */
  readonly #received = new Set<string>();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: PromptCallbacksOptions) {
    this.#options = options;
    // Astria may still call for a callback that was given up.
    this.#delivery = new CallbackDelivery(options, (id, owner) => this.#keepOpen(id, owner));
  }

  /** True if Astria can call the gateway. New callback URLs are issued only then; earlier ones stay valid. */
  get isReachable(): boolean {
    return this.#options.publicUrl !== null;
  }

  /** Returns the errors of a callback URL. Its syntax is checked with the other attributes. */
  targetErrors(target: string | null | undefined, field: readonly string[]): UserError[] {
    if (!target || !this.isReachable || !parseHttpUrl(target)) return [];
    const problem = this.#options.refused(target);
    return problem === null ? [] : [{ code: 'INVALID', message: `Field "callback" ${problem}.`, field }];
  }

  /**
   * Issues a callback URL for a prompt that is about to be created.
   * @param target The caller's callback URL.
   * @throws StoreError
   */
  async issue(owner: PromptAccount, target: string | null): Promise<{ id: string; url: string }> {
    const { store, publicUrl } = this.#options;
    if (publicUrl === null) throw new Error('Callback URLs require PUBLIC_URL.');
    const { account } = owner;
    const { id, url, secretHash } = newCallbackUrl(publicUrl);
    await store.add({ id, account, secretHash, target });
    this.#keepOpen(id, owner);
    return { id, url };
  }

  /** Records that the prompt was created. Idempotent, even after a lost response. @throws StoreError */
  async created(id: string, promptId: string, owner: PromptAccount): Promise<void> {
    this.#open.delete(id);
    const { store, live } = this.#options;
    await store.change(id, { promptId });
    // Astria may have called before.
    live.invalidate(promptKey(owner.account, promptId));
    this.#delivery.start(id, owner);
  }

  /** Returns the id of the prompt of a callback, or null if it is unknown. @throws StoreError */
  async promptOf(id: string): Promise<string | null> {
    return (await this.#options.store.get(id))?.promptId ?? null;
  }

  /** Removes the callback of a prompt that was certainly not created. */
  async discard(id: string): Promise<void> {
    this.#open.delete(id);
    // If this fails, the store keeps a URL that nobody knows.
    await this.#attempt(() => this.#options.store.remove(id));
  }

  /**
   * Handles a call from Astria. The content is not trusted, so the call only triggers a read of the prompt after this
   * resolves.
   * @returns false for an unknown callback URL.
   * @throws StoreError
   */
  async called(id: string, secret: string, body: string): Promise<boolean> {
    const { store } = this.#options;
    const record = await store.get(id);
    if (!isSecret(secret, record?.secretHash ?? null)) return false;
    if (record?.calledAt !== null) return true;
    // The prompt exists after all.
    if (record && isGone(record)) await store.change(id, { status: 'WAITING', attempts: [] });
    const claimed = reportedPrompt(body);
    await store.call(id, claimed?.id ?? null, claimed?.envelope ?? null);
    this.#received.add(id);
    this.#handleCall(record);
    return true;
  }

  /** Returns a prompt's callback URL, with the gateway's URL replaced by the caller's. @throws StoreError */
  async shown(account: string, url: unknown): Promise<string | null> {
    if (typeof url !== 'string') return null;
    const address = ownAddress(url);
    if (!address) return url;
    const record = await this.#options.store.get(address.id);
    // Never reveal the secret in the URL.
    const isTheirs = record?.account === account && isSecret(address.secret, record.secretHash);
    return isTheirs ? record.target : null;
  }

  /** Returns a prompt as Astria sent it, with the gateway's callback URL replaced by the caller's. @throws StoreError */
  async shownPrompt(account: string, { [RAW]: raw }: Prompt): Promise<Record<string, unknown>> {
    if (!isShallow(raw)) throw badResponse('astria', 'the prompt is nested too deeply');
    return shownPrompt(raw, await this.shown(account, raw.callback));
  }

  /** Returns true for a callback URL of this gateway, which means that Astria reports the end of the prompt. */
  isOwn(url: string): boolean {
    const { publicUrl } = this.#options;
    return publicUrl !== null && ownAddress(url) !== null && url.startsWith(`${publicUrl}${CALLBACK_PATH}/`);
  }

  /** Returns the delivery state of a prompt's callback; null if the gateway has none to deliver. @throws StoreError */
  async relay(account: string, promptId: string): Promise<CallbackRelay | null> {
    const { store } = this.#options;
    const record = await store.ofPrompt(account, promptId);
    if (record?.target == null) return null;
    const { status, attempts, nextAt } = record;
    const isPlanned = status === 'PENDING' && nextAt !== null;
    return { status, attempts, nextAttemptAt: isPlanned ? timestamp(nextAt - store.now()) : null };
  }

  /**
   * Starts to resume callbacks of dead processes, and to handle calls that other processes receive.
   * @param own Account whose callbacks resume immediately. All others resume on the next request of their caller.
   */
  async recover(own: PromptAccount | null): Promise<void> {
    this.#own = own;
    await this.#attempt(async () => {
      this.#lastCallNumber = await this.#options.store.lastCall();
      await this.#sweep();
    });
    this.#watching = this.#watch();
  }

  /** Resumes callbacks that wait for the key of an account that has sent a request. Costs nothing if none wait. */
  seen(ownerOf: () => PromptAccount): void {
    if (this.#awaited.size === 0) return;
    const owner = ownerOf();
    if (!this.#awaited.has(owner.account)) return;
    this.#awaited = new Set([...this.#awaited].filter((account) => account !== owner.account));
    void this.#attempt(() => this.#takeUp(owner));
  }

  /** Stops all background work. Open callbacks stay in the store. */
  async close(): Promise<void> {
    this.#shutdown.abort();
    await Promise.all([this.#delivery.close(), this.#watching]);
  }

  #keepOpen(id: string, owner: PromptAccount): void {
    this.#open.set(id, owner);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MAX_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }

  async #watch(): Promise<void> {
    try {
      for (let polls = 1, failures = 0; ; polls += 1) {
        await this.#shutdown.pause(backoffMs(POLL_BACKOFF, failures + 1, 0));
        failures = (await this.#attempt(() => this.#pollForCalls())) ? 0 : failures + 1;
        if (polls % POLLS_PER_SWEEP === 0) await this.#attempt(() => this.#sweep());
        if (polls % POLLS_PER_CLEANUP === 0) await this.#attempt(() => this.#options.store.forget());
      }
    } catch (error) {
      if (!(error instanceof ShutdownError)) throw error;
    }
  }

  /** Handles calls that other processes have received. */
  async #pollForCalls(): Promise<void> {
    for (const call of await this.#options.store.callsAfter(this.#lastCallNumber)) {
      this.#lastCallNumber = call.number;
      if (!this.#received.delete(call.id)) this.#handleCall(call);
    }
  }

  /** Notifies the subscribers of the prompt, and continues with the callback. */
  #handleCall({ id, account, promptId }: Omit<CallbackCall, 'number'>): void {
    const owner = this.#open.get(id);
    this.#open.delete(id);
    if (promptId !== null) this.#options.live.invalidate(promptKey(account, promptId));
    if (owner) this.#delivery.start(id, owner);
    this.#delivery.wake(id);
  }

  async #sweep(): Promise<void> {
    const { store } = this.#options;
    for (const id of await store.takePending()) this.#delivery.start(id, null);
    const accounts = await store.abandonedAccounts();
    if (this.#own && accounts.includes(this.#own.account)) await this.#takeUp(this.#own);
    this.#awaited = new Set(accounts.filter((account) => account !== this.#own?.account));
  }

  async #takeUp(owner: PromptAccount): Promise<void> {
    for (const id of await this.#options.store.takeWaiting(owner.account)) {
      // Its prompt may not be known yet.
      this.#keepOpen(id, owner);
      this.#delivery.start(id, owner);
    }
  }

  /** Storage errors are already logged; the work is retried on a later poll. @returns true if the work succeeded. */
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.#shutdown.signal.aborted) return false;
    try {
      await work();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      if (!(error instanceof StoreError)) this.#options.log.error({ reason }, 'Callback maintenance failed.');
      return false;
    }
  }
}
