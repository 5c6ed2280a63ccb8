import { TaskGroup } from './task-group.js';

/** Runs background work by key, one at a time for each key. */
export class KeyedTasks {
  readonly #running = new Map<string, { isRequested: boolean }>();
  readonly #tasks = new TaskGroup();

  /** Starts work. If work is already running for the key, that work runs once more when it ends. It must not throw. */
  start(key: string, work: () => Promise<void>): void {
    const running = this.#running.get(key);
    if (running) running.isRequested = true;
    else void this.#tasks.run(() => this.#run(key, work));
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Resolves when no work is running. */
  idle(): Promise<void> {
    return this.#tasks.idle();
  }

  async #run(key: string, work: () => Promise<void>): Promise<void> {
    const state = { isRequested: true };
    this.#running.set(key, state);
    while (state.isRequested) {
      state.isRequested = false;
      await work();
    }
    this.#running.delete(key);
  }
}
