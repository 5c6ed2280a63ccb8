/** A request with an idempotency key, as fingerprints: neither the owner nor the key can be read from them. */
export interface KeyedRequest {
  /** Owner of the key. */
  readonly account: string;
  readonly key: string;
  /** Fingerprint of the operation and its arguments. */
  readonly input: string;
}

/** A key that this process has acquired. Call its methods only until one of the last three has released it. */
export interface AcquiredKey {
  /** Recorded by an earlier attempt before it sent anything; null if nothing was sent yet. */
  readonly checkpoint: string | null;
  /** Records what is about to be sent. */
  saveCheckpoint(checkpoint: string): Promise<void>;
  /** Records the result. The key is done. */
  finish(result: string): Promise<void>;
  /** Releases a key whose outcome is unknown. The next request with it resumes from the checkpoint. */
  suspend(): Promise<void>;
  /** Makes the key free again, because the request had no effect. */
  forget(): Promise<void>;
}

/**
 * State of a key that a request carries.
 *
 * - `ACQUIRED`: this process executes the request.
 * - `IN_PROGRESS`: a living process executes it.
 * - `DONE`: it has its result.
 * - `OTHER_INPUT`: the key was used with other arguments.
 */
export type KeyState =
  | { readonly type: 'ACQUIRED'; readonly key: AcquiredKey }
  | { readonly type: 'IN_PROGRESS' }
  | { readonly type: 'DONE'; readonly result: string }
  | { readonly type: 'OTHER_INPUT' };

/**
 * Keeps idempotency keys for 24 hours, for all processes that share the store. Its writes survive the end of the process.
 * All methods, also those of acquired keys, throw a StoreError while the store cannot be used.
 */
export interface IdempotencyStore {
  /** Acquires a key for this process if it is free. */
  acquire(request: KeyedRequest): Promise<KeyState>;
}
