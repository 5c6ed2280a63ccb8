import { monotonicMs } from '../../domain/clock.js';
import { Follower } from './follower.js';
import { GroupReader, RateLimitHolds } from './group-reader.js';
import type { PollTarget, Update } from './poll-target.js';
import { Poller } from './poller.js';

/** Polls each target once for all of its followers, and only while it has any. */
export class LiveHub {
  readonly #pollers = new Map<string, Poller>();
  readonly #groups = new Map<string, GroupReader>();
  readonly #holds = new RateLimitHolds();
  #isClosed = false;

  /** Number of targets that are polled now. */
  get size(): number {
    return this.#pollers.size;
  }

  /**
   * Yields the current state, then each change until the target settles. Yields null and ends if there is no such object.
   * The first state is at most one second old, or the last known state if the target cannot be read.
   * A permanent failure, or one without a known state, is yielded as an Error and ends the generator.
   * Consumers that stop early must call `return`.
   */
  watch<T>(target: PollTarget<T>): AsyncGenerator<Update<T>, void, void> {
    let poller: Poller | null = null;
    return new Follower<T>(
      (follower) => {
        if (this.#isClosed) return follower.end();
        poller = this.#pollers.get(target.key) ?? this.#open(target);
        poller.follow(follower, monotonicMs());
        this.#groups.get(target.group)?.schedule(poller);
      },
      (follower) => {
        if (poller && !poller.leave(follower)) this.#forget(poller);
      },
    );
  }

  /** Reads a target now if it has followers, because it is known to have changed. */
  invalidate(key: string): void {
    const poller = this.#pollers.get(key);
    if (!poller) return;
    poller.invalidate();
    this.#groups.get(poller.target.group)?.schedule(poller);
  }

  /** Ends all targets permanently. */
  close(): void {
    this.#isClosed = true;
    for (const poller of [...this.#pollers.values()]) {
      this.#forget(poller);
      poller.close();
    }
  }

  #open(target: PollTarget<unknown>): Poller {
    const poller = new Poller(target);
    this.#pollers.set(target.key, poller);
    const { group, account } = target;
    const reader =
      this.#groups.get(group) ?? new GroupReader(account, this.#holds, (ended) => this.#forget(ended));
    this.#groups.set(group, reader);
    reader.add(poller);
    return poller;
  }

  #forget(poller: Poller): void {
    const { key, group } = poller.target;
    this.#pollers.delete(key);
    const reader = this.#groups.get(group);
    reader?.remove(poller);
    if (reader?.isEmpty) this.#groups.delete(group);
  }
}
