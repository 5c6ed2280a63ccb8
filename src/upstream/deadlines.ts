import { monotonicMs } from '../domain/clock.js';

/** Work that ends at its deadline. */
export interface Expiring {
  /** By {@link monotonicMs}. */
  readonly deadline: number;
  /** Called once, at the deadline, unless the work was deleted before. */
  expire(): void;
}

/** Keeps the deadlines of many calls with one timer. It does not keep the process alive: a call's connection does. */
export class Deadlines {
  readonly #pending = new Set<Expiring>();
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  add(work: Expiring): void {
    this.#pending.add(work);
    // The timer is not moved when work ends early: most deadlines are the same time away, so it is rarely early.
    if (work.deadline < this.#dueAt) this.#arm(work.deadline);
  }

  delete(work: Expiring): void {
    this.#pending.delete(work);
  }

  #arm(dueAt: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(dueAt - monotonicMs())).unref();
  }

  #expire(): void {
    const now = monotonicMs();
    let next = Number.POSITIVE_INFINITY;
    for (const work of this.#pending) {
      if (work.deadline > now) {
        next = Math.min(next, work.deadline);
      } else {
        this.#pending.delete(work);
        work.expire();
      }
    }
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (next < Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
