/** Work that goes on in the background, by name: one at a time of each. */
export class Tasks {
  readonly #running = new Map<string, { isAgain: boolean }>();
  readonly #ends = new Set<Promise<void>>();

  /** Starts a piece of work; one that is under way is done once more afterwards, as something has changed. It must not throw. */
  start(name: string, work: () => Promise<void>): void {
    const running = this.#running.get(name);
    if (running) running.isAgain = true;
    else this.#track(this.#run(name, work));
  }

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  async #run(name: string, work: () => Promise<void>): Promise<void> {
    const state = { isAgain: true };
    this.#running.set(name, state);
    while (state.isAgain) {
      state.isAgain = false;
      await work();
    }
    this.#running.delete(name);
  }

  #track(run: Promise<void>): void {
    const end = run.finally(() => this.#ends.delete(end));
    this.#ends.add(end);
  }
}
