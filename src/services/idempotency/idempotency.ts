import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pause } from '../../async/pause.js';
import { ShutdownSignal } from '../../async/shutdown-signal.js';
import type { TaskGroup } from '../../async/task-group.js';
import { StoreError } from '../../domain/store-error.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import type { AcquiredKey, IdempotencyStore, KeyedRequest } from '../../storage/idempotency-store.js';

/** Outcome of an operation: its result, certainly no effect, or unknown for now. */
export type Outcome = { readonly result: string } | 'NO_EFFECT' | 'UNKNOWN';

/** Records, before anything is sent, the data that is needed to resume the operation. */
export type SaveCheckpoint = (checkpoint: string) => Promise<void>;

/** An operation to be executed once. */
export interface Operation<T> {
  readonly execute: (saveCheckpoint: SaveCheckpoint) => Promise<Executed<T>>;
  /** Continues after an earlier attempt that was interrupted or has an unknown outcome. */
  readonly resume: (checkpoint: string, saveCheckpoint: SaveCheckpoint) => Promise<Executed<T>>;
  /** Returns the response for a known result. */
  readonly replay: (result: string) => Promise<T>;
  /** Returns the response for a request that the caller has to correct. */
  readonly reject: (error: UserError) => T;
}

export interface Executed<T> {
  readonly response: T;
  readonly outcome: Outcome;
}

/** Interval at which a request checks whether another process has finished, in milliseconds. */
const LOOK_MS = 200;
/** Pause before the next attempt to record an outcome, in milliseconds. */
const RECORD_AGAIN_MS = 1_000;
const LONGEST_KEY = 255;

const OTHER_INPUT: UserError = {
  code: 'CONFLICT',
  message: 'This idempotencyKey was used with other arguments. Use a new key for another request.',
  field: ['idempotencyKey'],
};

const STOPPING =
  'The gateway is stopping, and another gateway works on this idempotencyKey. Send the request again with the same key.';

/** Returns the errors of a key. Pure. */
export function checkKey(key: string | null): UserError[] {
  if (key === null || (key !== '' && [...key].length <= LONGEST_KEY)) return [];
  const message = `Argument "idempotencyKey" must have 1 to ${LONGEST_KEY} characters.`;
  return [{ code: 'INVALID', message, field: ['idempotencyKey'] }];
}

/** Fingerprints a request. `input` is everything that distinguishes it from other requests, as JSON. */
export function keyedRequest(keyOwner: string, key: string, input: unknown): KeyedRequest {
  return { account: keyOwner, key: fingerprintOf(key), input: fingerprintOf(input) };
}

/** Fingerprints any JSON value. Hashes it as JSON, because UTF-8 would lose lone surrogates. */
export function fingerprintOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('base64url');
}

/** Serializes JSON independently of the order of an object's keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [two]) => (one < two ? -1 : 1)));
  });
}

interface Running<T> {
  readonly input: string;
  readonly response: Promise<T>;
}

interface Ended {
  readonly key: AcquiredKey;
  readonly outcome: Outcome;
}

/**
 * Executes requests with an idempotency key once. A repeated request gets the response of the first one, even while that is
 * in progress, in any process and after a restart.
 */
export class IdempotencyService<T> {
  readonly #store: IdempotencyStore;
  readonly #running = new Map<string, Running<T>>();
  readonly #tasks: TaskGroup;
  /** Outcomes that could not be recorded yet, by key. */
  readonly #unrecorded = new Map<string, Ended>();
  readonly #shutdown = new ShutdownSignal();

  /** @param tasks Counts the operations in progress. */
  constructor(store: IdempotencyStore, tasks: TaskGroup) {
    this.#store = store;
    this.#tasks = tasks;
  }

  /**
   * Executes the operation once per key.
   * @throws StoreError if keys cannot be stored, or after {@link close} while another process works on the key. This process
   *   has done nothing then. @throws All errors of the operation.
   */
  async run(request: KeyedRequest, operation: Operation<T>): Promise<T> {
    const name = nameOf(request);
    for (;;) {
      const running = this.#running.get(name);
      if (!running) return this.#start(request, operation);
      if (running.input !== request.input) return operation.reject(OTHER_INPUT);
      try {
        return await running.response;
      } catch (error) {
        // The other request was cancelled, not this one, so retry.
        if (!(error instanceof UpstreamError && error.kind === 'CANCELLED')) throw error;
      }
    }
  }

  /** Stops waiting for other processes. Operations of this process continue. */
  close(): void {
    this.#shutdown.abort();
  }

  #start(request: KeyedRequest, operation: Operation<T>): Promise<T> {
    const name = nameOf(request);
    const response = this.#tasks
      .run(() => this.#acquire(request, operation))
      .finally(() => this.#running.delete(name));
    this.#running.set(name, { input: request.input, response });
    return response;
  }

  async #acquire(request: KeyedRequest, operation: Operation<T>): Promise<T> {
    const name = nameOf(request);
    for (;;) {
      await this.#record(name);
      const state = await this.#store.acquire(request);
      if (state.type === 'OTHER_INPUT') return operation.reject(OTHER_INPUT);
      if (state.type === 'DONE') return operation.replay(state.result);
      if (state.type === 'ACQUIRED') return this.#execute(name, state.key, operation);
      if (this.#shutdown.signal.aborted) throw new StoreError(STOPPING);
      await pause(LOOK_MS, this.#shutdown.signal);
    }
  }

  async #execute(name: string, key: AcquiredKey, { execute, resume }: Operation<T>): Promise<T> {
    const { checkpoint } = key;
    let isSaved = checkpoint !== null;
    const saveCheckpoint = async (next: string) => {
      await key.saveCheckpoint(next);
      isSaved = true;
    };
    try {
      const executed = await (checkpoint === null
        ? execute(saveCheckpoint)
        : resume(checkpoint, saveCheckpoint));
      await this.#end(name, { key, outcome: executed.outcome });
      return executed.response;
    } catch (error) {
      // A call that certainly did nothing can be repeated. Everything else may have had an effect.
      const hadNoEffect = error instanceof UpstreamError && !error.outcomeUnknown && checkpoint === null;
      await this.#end(name, { key, outcome: hadNoEffect || !isSaved ? 'NO_EFFECT' : 'UNKNOWN' });
      throw error;
    }
  }

  /** Records an outcome, later if the store fails now. The response does not wait for the later attempts. */
  async #end(name: string, ended: Ended): Promise<void> {
    this.#unrecorded.set(name, ended);
    try {
      await this.#record(name);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      void this.#recordLater(name);
    }
  }

  /** Retries until the outcome is recorded, because other processes wait for it. */
  async #recordLater(name: string): Promise<void> {
    while (this.#unrecorded.has(name)) {
      await sleep(RECORD_AGAIN_MS, undefined, { ref: false });
      await this.#record(name).catch(() => {});
    }
  }

  async #record(name: string): Promise<void> {
    const ended = this.#unrecorded.get(name);
    if (!ended) return;
    const { key, outcome } = ended;
    if (outcome === 'NO_EFFECT') await key.forget();
    else if (outcome === 'UNKNOWN') await key.suspend();
    else await key.finish(outcome.result);
    if (this.#unrecorded.get(name) === ended) this.#unrecorded.delete(name);
  }
}

const nameOf = ({ account, key }: KeyedRequest) => `${account} ${key}`;
