/** Closes resources in the reverse order of their creation. */
export class ResourceStack {
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | null = null;

  /** Registers how to close a resource. Call it right after the resource was created. */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes all resources once, one after the other. @throws the first error, after all others are closed. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#closers.pop(); close; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
