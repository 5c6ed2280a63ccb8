import { monotonicMs } from '../../domain/clock.js';
import { Follower } from './follower.js';
import { Poller } from './poller.js';
import { GroupReader, Holds } from './reading.js';
import type { Sighting, Subject } from './subject.js';

/** Reads each subject once for all who follow it, and only as long as somebody does. */
export class LiveHub {
  readonly #pollers = new Map<string, Poller>();
  readonly #groups = new Map<string, GroupReader>();
  readonly #holds = new Holds();
  #isClosed = false;

  /** How many subjects are read now. */
  get size(): number {
    return this.#pollers.size;
  }

  /**
   * First the present state, then each change until it settles; null, and the end, when there is none. The present state
   * was read at most a second ago, but where its read fails, or the upstream has asked to wait, it is the last that is
   * known. A failure while none is known, or one that will not pass, is given as an Error in place of a state, and then
   * the end: it is never thrown. Whoever does not read to the end must call `return`.
   */
  watch<T>(subject: Subject<T>): AsyncGenerator<Sighting<T>, void, void> {
    let poller: Poller | null = null;
    return new Follower<T>(
      (follower) => {
        if (this.#isClosed) return follower.end();
        poller = this.#pollers.get(subject.key) ?? this.#open(subject);
        poller.follow(follower, monotonicMs());
        this.#groups.get(subject.group)?.schedule(poller);
      },
      (follower) => {
        if (poller && !poller.leave(follower)) this.#forget(poller);
      },
    );
  }

  /** Has a subject read now, if anybody follows it: it is known to have changed. */
  nudge(key: string): void {
    const poller = this.#pollers.get(key);
    if (!poller) return;
    poller.nudge();
    this.#groups.get(poller.subject.group)?.schedule(poller);
  }

  /** Ends everything that is followed, for good. */
  close(): void {
    this.#isClosed = true;
    for (const poller of [...this.#pollers.values()]) {
      this.#forget(poller);
      poller.close();
    }
  }

  #open(subject: Subject<unknown>): Poller {
    const poller = new Poller(subject);
    this.#pollers.set(subject.key, poller);
    const { group, account } = subject;
    const reader =
      this.#groups.get(group) ?? new GroupReader(account, this.#holds, (ended) => this.#forget(ended));
    this.#groups.set(group, reader);
    reader.add(poller);
    return poller;
  }

  #forget(poller: Poller): void {
    const { key, group } = poller.subject;
    this.#pollers.delete(key);
    const reader = this.#groups.get(group);
    reader?.remove(poller);
    if (reader?.isEmpty) this.#groups.delete(group);
  }
}
