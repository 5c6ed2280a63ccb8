import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was waited for does not matter any more: the gateway closes. */
export class Closed extends Error {
  override readonly name = 'Closed';
}

/** What was waited for did not come in time. */
export class TooLate extends Error {
  override readonly name = 'TooLate';
}

/** Ends everything that waits in the background. */
export class Closing {
  readonly #closing = new AbortController();

  constructor() {
    // Every relay that waits listens: Node would take more than ten for a leak.
    setMaxListeners(0, this.#closing.signal);
  }

  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort();
  }

  /** Waits some milliseconds. It keeps no process from ending. @throws Closed */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal, ref: false }).catch(() => {
      throw new Closed();
    });
  }

  /**
   * What a promise comes to.
   * @param patienceMs How long it is waited for, up to 24 days; undefined: for ever.
   * @throws Closed where the end comes first. @throws TooLate where the time does.
   */
  during<T>(promise: Promise<T>, patienceMs?: number): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const end = () => reject(new Closed());
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      const late = () => reject(new TooLate());
      const timer = patienceMs === undefined ? undefined : setTimeout(late, patienceMs).unref();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
      };
      promise.then(resolve, reject).finally(done);
    });
  }
}
