import { type Backoff, backoffMs } from '../../async/backoff.js';
import { ShutdownError, ShutdownSignal } from '../../async/shutdown-signal.js';
import type { CallbackAttempt, CallbackCall, CallbackStatus } from '../../backplane/callback-store.js';
import { timestamp } from '../../domain/clock.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import { StoreError } from '../../domain/store-error.js';
import { parseHttpUrl } from '../../domain/url.js';
import type { UserError } from '../../domain/user-error.js';
import { isShallow } from '../../upstream/decode.js';
import { badResponse } from '../../upstream/failures.js';
import { promptKey } from '../live/astria-subjects.js';
import type { PromptAccount } from '../prompts/account.js';
import { CALLBACK_PATH, isSecret, newAddress, ownAddress } from './addresses.js';
import { claimedPrompt, shownPrompt } from './callback-bodies.js';
import { isGone, Relays, type RelaysOptions } from './relays.js';

/** What became of the calls to a caller's own address. */
export interface CallbackRelay {
  readonly status: CallbackStatus;
  readonly attempts: readonly CallbackAttempt[];
  readonly nextAttemptAt: string | null;
}

export interface PromptCallbacksOptions extends RelaysOptions {
  /** Where the outside reaches the gateway, without a slash at its end; null: nowhere. */
  readonly publicUrl: string | null;
  /** Returns the objection to a caller's URL, as words that follow the name of a field; null for one that may be called. */
  readonly refused: (url: string) => string | null;
}

/** Pauses between looks for calls to other processes. They get longer while the store cannot be used, because each look logs. */
const LOOK_BACKOFF: Backoff = { firstMs: 500, ceilingMs: 30_000 };
/** How often it is looked for what dead processes have left behind, in looks. */
const SWEEP_LOOKS = 10;
/** How often the oldest callbacks are forgotten, in looks. */
const FORGET_LOOKS = 1_200;
/** How many creates are remembered of which it is not known whether they have come to anything. */
const KEPT_OPEN = 10_000;

/** The gateway's own callback addresses: Astria calls them, and the gateway calls those of the callers. */
export class PromptCallbacks {
  readonly #options: PromptCallbacksOptions;
  readonly #relays: Relays;
  readonly #shutdown = new ShutdownSignal();
  /** Of callbacks whose prompt is not known (yet), or not there. */
  readonly #open = new Map<string, PromptAccount>();
  /** Accounts of callers for which dead processes were waiting. */
  #awaited: ReadonlySet<string> = new Set();
  /** Whose relays go on by themselves after a restart. */
  #own: PromptAccount | null = null;
  #seenCall = 0;
  /** Callbacks that this process has received since its last look for calls. */
  readonly #received = new Set<string>();
  #watching: Promise<void> = Promise.resolve();

  constructor(options: PromptCallbacksOptions) {
    this.#options = options;
    // Astria may still call about one that was given up.
    this.#relays = new Relays(options, (id, owner) => this.#keepOpen(id, owner));
  }

  /** Whether Astria can call the gateway: only then are addresses issued. Those of before are still known. */
  get isReachable(): boolean {
    return this.#options.publicUrl !== null;
  }

  /** Returns the errors of a URL that the gateway is to call. That it is a URL is checked with the other attributes. */
  targetErrors(target: string | null | undefined, field: readonly string[]): UserError[] {
    if (!target || !this.isReachable || !parseHttpUrl(target)) return [];
    const complaint = this.#options.refused(target);
    return complaint === null ? [] : [{ code: 'INVALID', message: `Field "callback" ${complaint}.`, field }];
  }

  /**
   * Makes an address for a prompt that is about to be created.
   * @param target The caller's own address.
   * @throws StoreError
   */
  async issue(owner: PromptAccount, target: string | null): Promise<{ id: string; url: string }> {
    const { store, publicUrl } = this.#options;
    if (publicUrl === null) throw new Error('Callback URLs require PUBLIC_URL.');
    const { account } = owner;
    const { id, url, secretHash } = newAddress(publicUrl);
    await store.add({ id, account, secretHash, target });
    this.#keepOpen(id, owner);
    return { id, url };
  }

  /** The prompt was created. Any number of times, and also when the create was lost for a while. @throws StoreError */
  async created(id: string, promptId: string, owner: PromptAccount): Promise<void> {
    this.#open.delete(id);
    const { store, live } = this.#options;
    await store.change(id, { promptId });
    // Astria may have called before.
    live.nudge(promptKey(owner.account, promptId));
    this.#relays.start(id, owner);
  }

  /** The prompt that an address is of, as far as it is known; null: not. @throws StoreError */
  async promptOf(id: string): Promise<string | null> {
    return (await this.#options.store.get(id))?.promptId ?? null;
  }

  /** The prompt was certainly not created. */
  async discard(id: string): Promise<void> {
    this.#open.delete(id);
    // What stays in the store is an address that nobody knows.
    await this.#attempt(() => this.#options.store.remove(id));
  }

  /**
   * Takes a call of Astria's. Only that something has happened is believed, and only once; nothing is read before this
   * resolves.
   * @returns false when there is no such address.
   * @throws StoreError
   */
  async called(id: string, secret: string, body: string): Promise<boolean> {
    const { store } = this.#options;
    const record = await store.get(id);
    if (!isSecret(secret, record?.secretHash ?? null)) return false;
    if (record?.calledAt !== null) return true;
    // Its prompt is there after all.
    if (record && isGone(record)) await store.change(id, { status: 'WAITING', attempts: [] });
    const claimed = claimedPrompt(body);
    await store.call(id, claimed?.id ?? null, claimed?.envelope ?? null);
    this.#received.add(id);
    this.#handleCall(record);
    return true;
  }

  /** A prompt's callback address as its owner knows it: in place of one of the gateway's own, the caller's. @throws StoreError */
  async shown(account: string, url: unknown): Promise<string | null> {
    if (typeof url !== 'string') return null;
    const address = ownAddress(url);
    if (!address) return url;
    const record = await this.#options.store.get(address.id);
    // Whatever is known of it, the secret in it is nobody's to see.
    const isTheirs = record?.account === account && isSecret(address.secret, record.secretHash);
    return isTheirs ? record.target : null;
  }

  /** Returns a prompt as Astria sent it, with the caller's callback URL in place of the gateway's. @throws StoreError */
  async shownPrompt(account: string, { [RAW]: raw }: Prompt): Promise<Record<string, unknown>> {
    if (!isShallow(raw)) throw badResponse('astria', 'the prompt is nested too deeply');
    return shownPrompt(raw, await this.shown(account, raw.callback));
  }

  /** Whether an address is one of this gateway's own: then Astria will tell it of the prompt's end. */
  isOwn(url: string): boolean {
    const { publicUrl } = this.#options;
    return publicUrl !== null && ownAddress(url) !== null && url.startsWith(`${publicUrl}${CALLBACK_PATH}/`);
  }

  /** Null where the gateway has none to make. @throws StoreError */
  async relay(account: string, promptId: string): Promise<CallbackRelay | null> {
    const { store } = this.#options;
    const record = await store.ofPrompt(account, promptId);
    if (record?.target == null) return null;
    const { status, attempts, nextAt } = record;
    const isPlanned = status === 'PENDING' && nextAt !== null;
    return { status, attempts, nextAttemptAt: isPlanned ? timestamp(nextAt - store.now()) : null };
  }

  /**
   * Begins to look after what processes that have died have left behind, and after calls that other processes take.
   * @param own Whose relays go on without being asked; null: those of a caller go on once it comes again.
   */
  async recover(own: PromptAccount | null): Promise<void> {
    this.#own = own;
    await this.#attempt(async () => {
      this.#seenCall = await this.#options.store.lastCall();
      await this.#sweep();
    });
    this.#watching = this.#watch();
  }

  /** Resumes what was waiting for the key of an account that has sent a request. Costs nothing when nothing waits. */
  seen(ownerOf: () => PromptAccount): void {
    if (this.#awaited.size === 0) return;
    const owner = ownerOf();
    if (!this.#awaited.has(owner.account)) return;
    this.#awaited = new Set([...this.#awaited].filter((account) => account !== owner.account));
    void this.#attempt(() => this.#takeUp(owner));
  }

  /** Ends what goes on in the background; what is open stays so in the store. */
  async close(): Promise<void> {
    this.#shutdown.abort();
    await Promise.all([this.#relays.close(), this.#watching]);
  }

  #keepOpen(id: string, owner: PromptAccount): void {
    this.#open.set(id, owner);
    const [oldest] = this.#open.keys();
    if (this.#open.size > KEPT_OPEN && oldest !== undefined) this.#open.delete(oldest);
  }

  async #watch(): Promise<void> {
    try {
      for (let looks = 1, failures = 0; ; looks += 1) {
        await this.#shutdown.pause(backoffMs(LOOK_BACKOFF, failures + 1, 0));
        failures = (await this.#attempt(() => this.#lookForCalls())) ? 0 : failures + 1;
        if (looks % SWEEP_LOOKS === 0) await this.#attempt(() => this.#sweep());
        if (looks % FORGET_LOOKS === 0) await this.#attempt(() => this.#options.store.forget());
      }
    } catch (error) {
      if (!(error instanceof ShutdownError)) throw error;
    }
  }

  /** Handles calls that other processes have received. */
  async #lookForCalls(): Promise<void> {
    for (const call of await this.#options.store.callsAfter(this.#seenCall)) {
      this.#seenCall = call.number;
      if (!this.#received.delete(call.id)) this.#handleCall(call);
    }
  }

  /** Notifies those who follow the prompt, and continues with the callback. */
  #handleCall({ id, account, promptId }: Omit<CallbackCall, 'number'>): void {
    const owner = this.#open.get(id);
    this.#open.delete(id);
    if (promptId !== null) this.#options.live.nudge(promptKey(account, promptId));
    if (owner) this.#relays.start(id, owner);
    this.#relays.hurry(id);
  }

  async #sweep(): Promise<void> {
    const { store } = this.#options;
    for (const id of await store.takePending()) this.#relays.start(id, null);
    const accounts = await store.abandonedAccounts();
    if (this.#own && accounts.includes(this.#own.account)) await this.#takeUp(this.#own);
    this.#awaited = new Set(accounts.filter((account) => account !== this.#own?.account));
  }

  async #takeUp(owner: PromptAccount): Promise<void> {
    for (const id of await this.#options.store.takeWaiting(owner.account)) {
      // Its prompt may not be known yet.
      this.#keepOpen(id, owner);
      this.#relays.start(id, owner);
    }
  }

  /** What the store does not let happen now happens later; it has said why. @returns Whether it has happened. */
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
