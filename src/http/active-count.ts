/** Number of things that are active. Shutdown waits for their end. */
export class ActiveCount {
  #count = 0;
  #onIdle = () => {};

  add(): void {
    this.#count += 1;
  }

  remove(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onIdle();
  }

  /** Resolves when nothing is active, after `timeoutMs` at the latest. */
  idle(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#count === 0) this.#onIdle();
    });
  }
}
