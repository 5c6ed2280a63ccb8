/** Work that can be cancelled while it is in progress. */
export interface Cancellable {
  cancel(): void;
}

/** Cancels all its work in progress. An AbortController per request would cost 1/8 of a small operation. */
export class CancelScope {
  readonly #active = new Set<Cancellable>();
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  get isEmpty(): boolean {
    return this.#active.size === 0;
  }

  add(work: Cancellable): void {
    this.#active.add(work);
  }

  delete(work: Cancellable): void {
    this.#active.delete(work);
  }

  /** Idempotent. */
  cancel(): void {
    this.#isCancelled = true;
    for (const work of this.#active) work.cancel();
  }
}

/** Scope that a signal cancels. It listens only while it is not empty, because the signal can outlive it. */
export class SignalScope extends CancelScope {
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.cancel();

  constructor(signal: AbortSignal) {
    super();
    this.#signal = signal;
  }

  override get isCancelled(): boolean {
    return this.#signal.aborted;
  }

  override add(work: Cancellable): void {
    if (this.isEmpty) this.#signal.addEventListener('abort', this.#onAbort);
    super.add(work);
  }

  override delete(work: Cancellable): void {
    super.delete(work);
    if (this.isEmpty) this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
