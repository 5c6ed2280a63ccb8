/** Fingerprints of a request with an idempotency key. They do not reveal the owner or the key. */
export interface KeyedRequest {
  /** Owner of the key. */
  readonly account: string;
  readonly key: string;
  /** Fingerprint of the operation and its arguments. */
  readonly input: string;
}

/** Key that this process has acquired. Do not call its methods after one of the last three has released it. */
export interface AcquiredKey {
  /** Record of an earlier attempt from before it sent anything. Null if nothing was sent yet. */
  readonly checkpoint: string | null;
  /** Records what is about to be sent. */
  saveCheckpoint(checkpoint: string): Promise<void>;
  /** Records the result, which completes the key. */
  finish(result: string): Promise<void>;
  /** Releases the key with an unknown outcome. The next request with it resumes from the checkpoint. */
  suspend(): Promise<void>;
  /** Makes the key free again, because the request had no effect. */
  forget(): Promise<void>;
}

/**
 * State of the key of a request.
 *
 * - `ACQUIRED`: this process executes the request.
 * - `IN_PROGRESS`: a living process executes it.
 * - `DONE`: the result is recorded.
 * - `OTHER_INPUT`: the key was used with other arguments.
 */
export type KeyState =
  | { readonly type: 'ACQUIRED'; readonly key: AcquiredKey }
  | { readonly type: 'IN_PROGRESS' }
  | { readonly type: 'DONE'; readonly result: string }
  | { readonly type: 'OTHER_INPUT' };

/**
 * Stores idempotency keys for 24 hours, for all processes that share the store. Its writes survive the end of the process.
 * All methods, including those of acquired keys, throw a StoreError while the store cannot be used.
 */
export interface IdempotencyStore {
  /** Acquires a key for this process if it is free. */
  acquire(request: KeyedRequest): Promise<KeyState>;
}
