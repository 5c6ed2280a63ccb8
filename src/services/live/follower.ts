import type { Sighting } from './subject.js';

type Step<T> = IteratorResult<Sighting<T>, void>;

/**
 * The sightings of one who follows something. Only the newest that was not taken yet is kept: a slow reader makes no
 * queue. Nothing is followed before the first is asked for.
 *
 * It is no generator function, as `return` of one is heard only after what it awaits; here it ends at once, and a
 * `next` that is waiting with it.
 */
export class Follower<T> implements AsyncGenerator<Sighting<T>, void, void> {
  readonly #join: (follower: Follower<T>) => void;
  readonly #leave: (follower: Follower<T>) => void;
  readonly #waiting: ((step: Step<T>) => void)[] = [];
  #newest: { readonly value: Sighting<T> } | null = null;
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

  /** Stops to follow. */
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

  /** There is something to be seen; what was not taken before is forgotten. */
  show(value: Sighting<T>): void {
    const taker = this.#waiting.shift();
    if (taker) taker({ value, done: false });
    else this.#newest = { value };
  }

  /** Nothing follows what was shown last. */
  end(): void {
    this.#state = 'ENDED';
    for (const taker of this.#waiting.splice(0)) taker({ value: undefined, done: true });
  }
}
