/** Closes resources in the reverse order of their creation. */
export class ResourceStack {
  readonly #closers: (() => unknown)[] = [];

  /** Registers how to close a resource. Call it right after the resource was created. */
  defer(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** Closes all resources, one after the other. @throws the first error, after all others are closed. */
  async close(): Promise<void> {
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
