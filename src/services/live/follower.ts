import type { Update } from './poll-target.js';

type Step<T> = IteratorResult<Update<T>, void>;

/**
 * Updates for one consumer. Only the newest unread one is kept, so a slow consumer builds up no queue. Following starts
 * with the first call of `next`.
 *
 * This is not a generator function, whose `return` takes effect only after the current `await`.
 */
export class Follower<T> implements AsyncGenerator<Update<T>, void, void> {
  readonly #join: (follower: Follower<T>) => void;
  readonly #leave: (follower: Follower<T>) => void;
  readonly #waiting: ((step: Step<T>) => void)[] = [];
  #newest: { readonly value: Update<T> } | null = null;
  #state: 'NEW' | 'FOLLOWING' | 'ENDED' = 'NEW';

  constructor(join: (follower: Follower<T>) => void, leave: (follower: Follower<T>) => void) {
    this.#join = join;
    this.#leave = leave;
  }

  next(): Promise<Step<T>> {
    if (this.#state === 'NEW') {
      this.#state = 'FOLLOWING';
      this.#join(this);
    }
    const newest = this.#newest;
    this.#newest = null;
    if (newest) return Promise.resolve({ value: newest.value, done: false });
    if (this.#state === 'ENDED') return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops following. */
  return(): Promise<Step<T>> {
    const wasFollowing = this.#state === 'FOLLOWING';
    this.#newest = null;
    this.end();
    if (wasFollowing) this.#leave(this);
    return Promise.resolve({ value: undefined, done: true });
  }

  async throw(error: unknown): Promise<Step<T>> {
    await this.return();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Delivers an update, which replaces an unread one. */
  show(value: Update<T>): void {
    const taker = this.#waiting.shift();
    if (taker) taker({ value, done: false });
    else this.#newest = { value };
  }

  /** Ends the generator after the update that was delivered last. */
  end(): void {
    this.#state = 'ENDED';
    for (const taker of this.#waiting.splice(0)) taker({ value: undefined, done: true });
  }
}
