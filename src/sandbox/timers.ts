/** Timers that do not keep the process alive and can all be cleared together. */
export class Timers {
  readonly #live = new Set<NodeJS.Timeout>();

  /** Runs `action` once after `ms` milliseconds. Returns a function that cancels it. */
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

  /** Resolves after `ms` milliseconds. After `clear` it stays pending forever, so an abandoned response is never sent. */
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
