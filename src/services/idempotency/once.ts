import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { IdempotencyStore, KeyedRequest } from '../../backplane/idempotency-store.js';
import { StoreError } from '../../domain/store-error.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';

/** What came of a piece of work: its result, certainly nothing, or nobody knows (yet). */
export type Outcome = { readonly result: string } | 'NOTHING' | 'UNKNOWN';

/** A piece of work that is to be done once. */
export interface Work<T> {
  /** Does it. `begin` is to be called, with what it takes to go on, before anything is sent. */
  readonly carryOut: (begin: (begun: string) => Promise<void>) => Promise<Done<T>>;
  /** Goes on after an earlier try that was cut off or whose outcome is not known. */
  readonly goOn: (begun: string, begin: (begun: string) => Promise<void>) => Promise<Done<T>>;
  /** The answer to a request whose result is known. */
  readonly recall: (result: string) => Promise<T>;
  /** The answer where nothing is done because of what the caller can mend. */
  readonly refuse: (error: UserError) => T;
}

export interface Done<T> {
  readonly answer: T;
  readonly outcome: Outcome;
}

/** How often it is looked whether another process is done. */
const LOOK_MS = 200;
/** How long to wait before something is written down that could not be. */
const RECORD_AGAIN_MS = 1_000;
const LONGEST_KEY = 255;

const OTHER_INPUT: UserError = {
  code: 'CONFLICT',
  message: 'the idempotencyKey was used with other arguments: take a new one for another request',
  field: ['idempotencyKey'],
};

const STOPPING =
  'The gateway is stopping, and another gateway works on this idempotencyKey. Send the request again with the same key.';

/** What is wrong with a key. Pure. */
export function checkKey(key: string | null): UserError[] {
  if (key === null || (key !== '' && [...key].length <= LONGEST_KEY)) return [];
  const message = `idempotencyKey must be 1 to ${LONGEST_KEY} characters`;
  return [{ code: 'INVALID', message, field: ['idempotencyKey'] }];
}

/** A request by its fingerprints. `input` is all that makes it another request, as JSON. */
export function keyedRequest(keyOwner: string, key: string, input: unknown): KeyedRequest {
  return { account: keyOwner, key: fingerprintOf(key), input: fingerprintOf(input) };
}

/** A fingerprint of any value that JSON has. Through JSON, as half a character would be lost in UTF-8. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url');
}

/** JSON in which the order of an object's keys does not show. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [two]) => (one < two ? -1 : 1)));
  });
}

interface Running<T> {
  readonly input: string;
  readonly answer: Promise<T>;
}

interface Ended {
  readonly request: KeyedRequest;
  readonly outcome: Outcome;
}

/**
 * Does what requests with an idempotency key ask for once: a request that comes again gets the first one's answer, also
 * while that is under way, in whichever process, and after a restart.
 */
export class Once<T> {
  readonly #store: IdempotencyStore;
  readonly #running = new Map<string, Running<T>>();
  /** What could not be recorded yet. */
  readonly #unrecorded = new Map<string, Ended>();
  readonly #closing = new AbortController();

  constructor(store: IdempotencyStore) {
    this.#store = store;
    // Every request that waits for another process listens. Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  /**
   * @throws StoreError when keys cannot be kept, or after {@link close} while another process works on the key: this process
   * has done nothing then. @throws whatever the work throws.
   */
  async run(request: KeyedRequest, work: Work<T>): Promise<T> {
    const name = nameOf(request);
    for (;;) {
      const running = this.#running.get(name);
      if (!running) return this.#lead(request, work);
      if (running.input !== request.input) return work.refuse(OTHER_INPUT);
      try {
        return await running.answer;
      } catch (error) {
        // Who hung up was the other one.
        if (!(error instanceof UpstreamError && error.kind === 'CANCELLED')) throw error;
      }
    }
  }

  /** Ends all waiting for other processes. The work of this process continues. */
  close(): void {
    this.#closing.abort();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ answer }) => answer));
  }

  #lead(request: KeyedRequest, work: Work<T>): Promise<T> {
    const name = nameOf(request);
    const answer = this.#take(request, work).finally(() => this.#running.delete(name));
    this.#running.set(name, { input: request.input, answer });
    return answer;
  }

  async #take(request: KeyedRequest, work: Work<T>): Promise<T> {
    for (;;) {
      await this.#settle(nameOf(request));
      const state = await this.#store.take(request);
      if (state.type === 'OTHER_INPUT') return work.refuse(OTHER_INPUT);
      if (state.type === 'DONE') return work.recall(state.result);
      if (state.type === 'MINE') return this.#do(request, work, state.begun);
      const { signal } = this.#closing;
      if (signal.aborted) throw new StoreError(STOPPING);
      await pause(LOOK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #do(request: KeyedRequest, work: Work<T>, begun: string | null): Promise<T> {
    let hasBegun = begun !== null;
    const begin = async (note: string) => {
      await this.#store.begin(request, note);
      hasBegun = true;
    };
    try {
      const { answer, outcome } = await (begun === null ? work.carryOut(begin) : work.goOn(begun, begin));
      await this.#record({ request, outcome });
      return answer;
    } catch (error) {
      // What an upstream has certainly not done can be asked for again; all else may have been.
      const isNothing = error instanceof UpstreamError && !error.outcomeUnknown && begun === null;
      await this.#record({ request, outcome: isNothing || !hasBegun ? 'NOTHING' : 'UNKNOWN' });
      throw error;
    }
  }

  /** Writes down what has come of it. The answer is not kept back where that cannot be done: it is done later. */
  async #record(ended: Ended): Promise<void> {
    const name = nameOf(ended.request);
    this.#unrecorded.set(name, ended);
    try {
      await this.#settle(name);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      void this.#settleLater(name);
    }
  }

  /** Other processes wait for it. */
  async #settleLater(name: string): Promise<void> {
    while (this.#unrecorded.has(name)) {
      await pause(RECORD_AGAIN_MS, undefined, { ref: false });
      await this.#settle(name).catch(() => {});
    }
  }

  async #settle(name: string): Promise<void> {
    const ended = this.#unrecorded.get(name);
    if (!ended) return;
    const { request, outcome } = ended;
    if (outcome === 'NOTHING') await this.#store.forget(request);
    else if (outcome === 'UNKNOWN') await this.#store.suspend(request);
    else await this.#store.finish(request, outcome.result);
    if (this.#unrecorded.get(name) === ended) this.#unrecorded.delete(name);
  }
}

const nameOf = ({ account, key }: KeyedRequest) => `${account} ${key}`;
