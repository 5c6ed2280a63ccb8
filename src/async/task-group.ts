import { waitAtMost } from './pause.js';

/** Counts running work, so that a component can wait for it when it closes. It keeps no reference to the work. */
export class TaskGroup {
  #size = 0;
  #idle: Promise<void> = Promise.resolve();
  #becomeIdle = () => {};

  /** Number of running tasks. */
  get size(): number {
    return this.#size;
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    this.start();
    return work().finally(() => this.end());
  }

  /** Counts a task that ends with an event. Call {@link end} when the event occurs. */
  start(): void {
    if (this.#size === 0) {
      this.#idle = new Promise((resolve) => {
        this.#becomeIdle = resolve;
      });
    }
    this.#size += 1;
  }

  end(): void {
    this.#size -= 1;
    if (this.#size === 0) this.#becomeIdle();
  }

  /** Resolves when no task is running, or after a time limit in milliseconds. Never rejects. */
  idle(timeoutMs?: number): Promise<void> {
    return timeoutMs === undefined ? this.#idle : waitAtMost(this.#idle, timeoutMs);
  }
}
