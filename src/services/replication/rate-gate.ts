/** Holds everything that goes through it back for as long as the upstream asked for. */
export class RateGate {
  #openAt = 0;

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, Date.now() + ms);
  }

  /** Resolves once the gate is open. @throws the signal's reason when aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let wait = this.#openAt - Date.now(); wait > 0; wait = this.#openAt - Date.now())
      await pause(wait, signal);
  }
}

/** Waits. @throws the signal's reason when aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}
