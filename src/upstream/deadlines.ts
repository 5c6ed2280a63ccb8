import { monotonicMs } from '../domain/clock.js';

/** Work with a deadline. */
export interface Expiring {
  /** Time on the clock of {@link monotonicMs}. */
  readonly deadline: number;
  /** Index in the array of {@link Deadlines}. Set by that class only. */
  position: number;
  /** Called once, at the deadline, unless the work was deleted first. */
  expire(): void;
}

/** Keeps the deadlines of many calls with one timer. Uses an array, because V8 would retain calls in old tables of a Set. */
export class Deadlines {
  readonly #pending: Expiring[] = [];
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  add(work: Expiring): void {
    work.position = this.#pending.push(work) - 1;
    // The timer is not moved when work ends early. Most deadlines are equally far away, so it rarely fires too soon.
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
      // The expiry of earlier work may have deleted this one.
      if (this.#pending[work.position] !== work) continue;
      this.delete(work);
      work.expire();
    }
    let next = Number.POSITIVE_INFINITY;
    // `Math.min(...)` could overflow the stack with so many arguments.
    for (const { deadline } of this.#pending) next = Math.min(next, deadline);
    if (next < this.#dueAt) this.#arm(next);
  }
}
