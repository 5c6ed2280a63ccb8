import { monotonicMs } from '../domain/clock.js';

/** Work that ends at its deadline. */
export interface Expiring {
  /** By {@link monotonicMs}. */
  readonly deadline: number;
  /** Index in the array of {@link Deadlines}, which sets it. */
  position: number;
  /** Called once, at the deadline, unless the work was deleted before. */
  expire(): void;
}

/**
 * Keeps the deadlines of many calls with one timer. It does not keep the process alive: a call's connection does.
 * The calls are not in a Set, because V8 would retain those of its earlier tables.
 */
export class Deadlines {
  readonly #pending: Expiring[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  add(work: Expiring): void {
    work.position = this.#pending.push(work) - 1;
    // The timer is not moved when work ends early: most deadlines are the same time away, so it is rarely early.
    if (work.deadline < this.#dueAt) this.#arm(work.deadline);
  }

  /** Idempotent. */
  delete(work: Expiring): void {
    if (this.#pending[work.position] !== work) return;
    const last = this.#pending.pop();
    if (last === undefined || last === work) return;
    this.#pending[work.position] = last;
    last.position = work.position;
  }

  #arm(dueAt: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#expire(), Math.ceil(dueAt - monotonicMs())).unref();
  }

  #expire(): void {
    const now = monotonicMs();
    this.#dueAt = Number.POSITIVE_INFINITY;
    const due = this.#pending.filter(({ deadline }) => deadline <= now);
    for (const work of due.sort((a, b) => a.deadline - b.deadline)) {
      // Another one may have deleted it.
      if (this.#pending[work.position] !== work) continue;
      this.delete(work);
      work.expire();
    }
    let next = Number.POSITIVE_INFINITY;
    // Not `Math.min(...)`: there can be more calls than arguments fit on the stack.
    for (const { deadline } of this.#pending) next = Math.min(next, deadline);
    if (next < this.#dueAt) this.#arm(next);
  }
}
