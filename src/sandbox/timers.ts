/** Timers that never keep the process alive and that can all be dropped at once. */
export class Timers {
  readonly #live = new Set<NodeJS.Timeout>();

  /** Runs `action` once after `ms`; returns a function that cancels it. */
  after(ms: number, action: () => void): () => void {
    const timer = setTimeout(() => {
      this.#live.delete(timer);
      action();
    }, ms);
    timer.unref();
    this.#live.add(timer);
    return () => {
      clearTimeout(timer);
      this.#live.delete(timer);
    };
  }

  /** Resolves after `ms`; after `clear` it stays pending for ever, which is what an abandoned answer wants. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  clear(): void {
    for (const timer of this.#live) clearTimeout(timer);
    this.#live.clear();
  }
}
