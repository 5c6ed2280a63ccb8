import { createHash } from 'node:crypto';
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
const LONGEST_KEY = 255;

const OTHER_INPUT: UserError = {
  code: 'CONFLICT',
  message: 'the idempotencyKey was used with other arguments: take a new one for another request',
  field: ['idempotencyKey'],
};

/** What is wrong with a key. Pure. */
export function checkKey(key: string | null): UserError[] {
  if (key === null || (key.trim() !== '' && key.length <= LONGEST_KEY)) return [];
  const message = `idempotencyKey must be 1 to ${LONGEST_KEY} characters`;
  return [{ code: 'INVALID', message, field: ['idempotencyKey'] }];
}

/** A request by its fingerprints. `input` is all that makes it another request, as JSON. */
export function keyedRequest(account: string, key: string, input: unknown): KeyedRequest {
  return { account, key: fingerprint(key), input: fingerprint(canonical(input)) };
}

/** A fingerprint of any value that JSON has. */
export function fingerprintOf(value: unknown): string {
  return fingerprint(canonical(value));
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
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

/**
 * Does what requests with an idempotency key ask for once: a request that comes again gets the first one's answer, also
 * while that is under way, in whichever process, and after a restart.
 */
export class Once<T> {
  readonly #store: IdempotencyStore;
  readonly #running = new Map<string, Running<T>>();

  constructor(store: IdempotencyStore) {
    this.#store = store;
  }

  /** @throws StoreError when keys cannot be kept: nothing was done then. @throws whatever the work throws. */
  async run(request: KeyedRequest, work: Work<T>): Promise<T> {
    const name = `${request.account} ${request.key}`;
    for (;;) {
      const running = this.#running.get(name);
      if (!running) return this.#lead(name, request, work);
      if (running.input !== request.input) return work.refuse(OTHER_INPUT);
      try {
        return await running.answer;
      } catch (error) {
        // Who hung up was the other one.
        if (!(error instanceof UpstreamError && error.kind === 'CANCELLED')) throw error;
      }
    }
  }

  /** Waits until nothing is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ answer }) => answer));
  }

  #lead(name: string, request: KeyedRequest, work: Work<T>): Promise<T> {
    let isRecorded = true;
    const answer = this.#take(request, work, () => {
      isRecorded = false;
    }).finally(() => {
      // What could not be recorded is remembered here.
      if (isRecorded) this.#running.delete(name);
    });
    this.#running.set(name, { input: request.input, answer });
    return answer;
  }

  async #take(request: KeyedRequest, work: Work<T>, onUnrecorded: () => void): Promise<T> {
    for (;;) {
      const state = await this.#store.take(request);
      if (state.type === 'OTHER_INPUT') return work.refuse(OTHER_INPUT);
      if (state.type === 'DONE') return work.recall(state.result);
      if (state.type === 'MINE') return this.#do(request, work, state.begun, onUnrecorded);
      await pause(LOOK_MS);
    }
  }

  async #do(
    request: KeyedRequest,
    work: Work<T>,
    begun: string | null,
    onUnrecorded: () => void,
  ): Promise<T> {
    let hasBegun = begun !== null;
    const begin = async (note: string) => {
      await this.#store.begin(request, note);
      hasBegun = true;
    };
    try {
      const { answer, outcome } = await (begun === null ? work.carryOut(begin) : work.goOn(begun, begin));
      await this.#record(request, outcome, onUnrecorded);
      return answer;
    } catch (error) {
      // What an upstream has certainly not done can be asked for again; all else may have been.
      const isNothing = error instanceof UpstreamError && !error.outcomeUnknown && begun === null;
      await this.#record(request, isNothing || !hasBegun ? 'NOTHING' : 'UNKNOWN', onUnrecorded);
      throw error;
    }
  }

  async #record(request: KeyedRequest, outcome: Outcome, onUnrecorded: () => void): Promise<void> {
    try {
      if (outcome === 'NOTHING') await this.#store.forget(request);
      else if (outcome === 'UNKNOWN') await this.#store.suspend(request);
      else await this.#store.finish(request, outcome.result);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      onUnrecorded();
    }
  }
}
