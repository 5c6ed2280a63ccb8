/** Work that can be cancelled while it is in progress. */
export interface Cancellable {
  cancel(): void;
}

/**
 * Cancels everything in progress under one signal, through one listener. It listens only while there is something to
 * cancel, because a signal can outlive those who use it.
 */
export class CancelScope {
  readonly #signal: AbortSignal;
  readonly #active = new Set<Cancellable>();
  readonly #cancelAll = () => {
    for (const work of this.#active) work.cancel();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get isCancelled(): boolean {
    return this.#signal.aborted;
  }

  add(work: Cancellable): void {
    if (this.#active.size === 0) this.#signal.addEventListener('abort', this.#cancelAll);
    this.#active.add(work);
  }

  delete(work: Cancellable): void {
    this.#active.delete(work);
    if (this.#active.size === 0) this.#signal.removeEventListener('abort', this.#cancelAll);
  }
}
