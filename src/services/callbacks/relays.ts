import { type CallbackRecord, type CallbackStore, PATIENCE_MS } from '../../backplane/callback-store.js';
import type { Log } from '../../domain/log.js';
import { told } from '../../domain/upstream-error.js';
import type { RelayPoster } from '../../upstream/relay-post.js';
import type { LiveHub } from '../live/hub.js';
import { isSettledPrompt, promptKey, promptSubject } from '../live/prompts.js';
import type { PromptAccount } from '../prompts/account.js';
import { isSecret, ownAddress, withoutOwnAddresses } from './addresses.js';
import { backoff, nextAttemptIn } from './backoff.js';
import { Closed, Closing, TooLate } from './closing.js';
import { Tasks } from './tasks.js';
import { Turns } from './turns.js';

/** How many calls to one host are under way at once. */
const CALLS_PER_HOST = 8;

export interface RelaysOptions {
  readonly store: CallbackStore;
  readonly live: LiveHub;
  readonly poster: RelayPoster;
  /** How long to wait after a call that failed for the first time, in milliseconds. */
  readonly retryMs: number;
  readonly log: Log;
}

/** What is to be done about one callback now. */
type Step = 'GO_ON' | 'REST';

type Claimed = CallbackRecord & { readonly claimedId: string };
type Known = CallbackRecord & { readonly promptId: string };

/**
 * Sees callbacks through, each by itself: learns which prompt it is about, waits until that has settled, and calls the
 * caller's address until it has answered. What the store says decides on the next step, so it can be begun anywhere.
 */
export class Relays {
  readonly #options: RelaysOptions;
  readonly #tasks = new Tasks();
  readonly #turns = new Turns(CALLS_PER_HOST);
  readonly #closing = new Closing();

  constructor(options: RelaysOptions) {
    this.#options = options;
  }

  /** Sees to a callback. @param owner Null where its prompt need not be read any more. */
  start(id: string, owner: PromptAccount | null): void {
    if (!this.#closing.signal.aborted) this.#tasks.start(id, () => this.#see(id, owner));
  }

  /** What is open stays so in the store. */
  async close(): Promise<void> {
    this.#closing.close();
    await this.#tasks.idle();
  }

  async #see(id: string, owner: PromptAccount | null): Promise<void> {
    const { retryMs, log } = this.#options;
    for (let failures = 0; ; ) {
      try {
        if ((await this.#step(id, owner)) === 'REST') return;
        failures = 0;
      } catch (error) {
        if (error instanceof Closed || this.#closing.signal.aborted) return;
        failures += 1;
        const reason = error instanceof Error ? error.message : 'unknown';
        log.warn({ reason, failures }, 'a callback cannot be seen to now');
        await this.#closing.pause(backoff(failures, retryMs, Math.random())).catch(() => {});
        if (this.#closing.signal.aborted) return;
      }
    }
  }

  async #step(id: string, owner: PromptAccount | null): Promise<Step> {
    const record = await this.#options.store.get(id);
    if (!record) return 'REST';
    if (record.status === 'PENDING') return this.#deliver(record);
    if (record.status !== 'WAITING' || !owner) return 'REST';
    if (isKnown(record)) return record.target === null ? 'REST' : this.#settle(record, record.target, owner);
    return isClaimed(record) ? this.#verify(record, owner) : 'REST';
  }

  /** What a callback says of its prompt holds only when that prompt has the callback's address. */
  async #verify({ id, account, secretHash, claimedId }: Claimed, owner: PromptAccount): Promise<Step> {
    const { store, live } = this.#options;
    const prompt = await this.#closing.during(owner.astriaInBackground.getPrompt(claimedId));
    const { callback } = prompt ?? {};
    const address = typeof callback === 'string' ? ownAddress(callback) : null;
    if (address?.id !== id || !isSecret(address.secret, secretHash)) return 'REST';
    await store.change(id, { promptId: claimedId });
    live.nudge(promptKey(account, claimedId));
    return 'GO_ON';
  }

  /** Waits until a prompt has settled, and writes down what is to be relayed. */
  async #settle(record: Known, target: string, owner: PromptAccount): Promise<Step> {
    const { id, promptId, createdAt } = record;
    const states = this.#follow(owner, promptId, createdAt + PATIENCE_MS);
    const isThere = await states.catch((error: unknown) => {
      if (error instanceof TooLate) return 'LATE';
      throw error;
    });
    if (isThere === 'LATE') return this.#giveUp(id, 'the prompt did not settle in time');
    const read = isThere && (await this.#closing.during(owner.astriaInBackground.getPromptAsGiven(promptId)));
    if (!read) return this.#giveUp(id, 'the prompt is not there any more');
    // A status that cannot be read may still become one.
    if (told(read.prompt.status) === 'RUNNING') throw new Error('the prompt has not settled after all');
    const payload = relayed(read.given, target);
    await this.#options.store.change(id, { status: 'PENDING', payload, nextAt: Date.now() });
    return 'GO_ON';
  }

  /** Resolves when a prompt has settled; false: there is none. @throws TooLate after `end`, in Unix milliseconds. */
  async #follow(owner: PromptAccount, promptId: string, end: number): Promise<boolean> {
    // The gateway has given Astria its address, so it is called, whatever Astria says of it.
    const states = this.#options.live.watch(promptSubject(owner, promptId, () => true));
    try {
      for (;;) {
        const next = await this.#closing.during(states.next(), Math.max(0, end - Date.now()));
        if (next.done) throw new Error('nothing is followed any more');
        if (next.value instanceof Error) throw next.value;
        if (next.value === null) return false;
        if (isSettledPrompt(next.value)) return true;
      }
    } finally {
      states.return().catch(() => {});
    }
  }

  async #giveUp(id: string, error: string): Promise<Step> {
    const attempts = [{ at: new Date().toISOString(), status: null, error }];
    await this.#options.store.change(id, { status: 'FAILED', attempts });
    return 'REST';
  }

  /** Calls the caller's address once, when it is time. */
  async #deliver({ id, promptId, target, payload, nextAt, attempts }: CallbackRecord): Promise<Step> {
    const { store, poster, retryMs, log } = this.#options;
    if (target === null || payload === null) return 'REST';
    await this.#closing.pause(Math.max(0, (nextAt ?? 0) - Date.now()));
    const post = { url: target, body: payload, id };
    const { host } = new URL(target);
    const outcome = await this.#turns.run(host, () => poster.post(post, this.#closing.signal));
    // It is not known what became of it: it will be called again.
    if (this.#closing.signal.aborted) throw new Closed();
    const { status, error } = outcome;
    const made = [...attempts, { at: new Date().toISOString(), status, error }];
    if (error === null) {
      await store.change(id, { status: 'DELIVERED', attempts: made, payload: null, nextAt: null });
      return 'REST';
    }
    const wait = nextAttemptIn(made.length, outcome, retryMs, Math.random());
    log.warn({ prompt: promptId, attempts: made.length, status, reason: error, wait }, 'a callback failed');
    await store.change(
      id,
      wait === null
        ? { status: 'FAILED', attempts: made, payload: null, nextAt: null }
        : { attempts: made, nextAt: Date.now() + wait },
    );
    return wait === null ? 'REST' : 'GO_ON';
  }
}

const isKnown = (record: CallbackRecord): record is Known => record.promptId !== null;
const isClaimed = (record: CallbackRecord): record is Claimed => record.claimedId !== null;

/** A prompt as Astria gave it, with the caller's own address in place of the gateway's. */
function relayed(given: Readonly<Record<string, unknown>>, target: string): string {
  const own = { ...given, callback: target };
  return JSON.stringify(own, (_name, value: unknown) =>
    typeof value === 'string' && value !== target ? withoutOwnAddresses(value, target) : value,
  );
}
