/** A request that carries an idempotency key, by fingerprints: neither whose it is nor the key can be read from them. */
export interface KeyedRequest {
  /** Whose key it is. */
  readonly account: string;
  readonly key: string;
  /** Of the operation and its arguments. */
  readonly input: string;
}

/**
 * What there is of a key that a request comes with.
 *
 * - `MINE`: it is this process's to carry out. `begun` is what was noted before something was sent, by an earlier try whose
 *   outcome is not known; null: nothing was sent yet.
 * - `UNDER_WAY`: a living process is at it.
 * - `DONE`: it has its result.
 * - `OTHER_INPUT`: it was used with other arguments.
 */
export type KeyState =
  | { readonly type: 'MINE'; readonly begun: string | null }
  | { readonly type: 'UNDER_WAY' }
  | { readonly type: 'DONE'; readonly result: string }
  | { readonly type: 'OTHER_INPUT' };

/**
 * Remembers requests by their idempotency keys for 24 hours, for all processes that share it. What it has written
 * survives the end of the process, however that comes. All methods throw a StoreError when the store cannot be used.
 */
export interface IdempotencyStore {
  /** Takes a key for this process if it is free. */
  take(request: KeyedRequest): Promise<KeyState>;
  /** Writes down what is about to be sent. */
  begin(request: KeyedRequest, begun: string): Promise<void>;
  /** Writes the result down; the key is done. */
  finish(request: KeyedRequest, result: string): Promise<void>;
  /** Lets go of a key whose outcome is not known: the next request with it goes on from what was begun. */
  suspend(request: KeyedRequest): Promise<void>;
  /** Makes a key free again: nothing was done. */
  forget(request: KeyedRequest): Promise<void>;
}
