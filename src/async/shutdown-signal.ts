import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Thrown when the component that should do the work has been closed. */
export class ShutdownError extends Error {
  override readonly name = 'ShutdownError';
}

/** Thrown when the time limit of {@link ShutdownSignal.withTimeout} has passed. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Creates a controller without a listener limit. Node.js would report more than ten listeners of its signal as a leak. */
export function sharedController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Ends the background work of a component when the component closes. */
export class ShutdownSignal {
  readonly #controller = sharedController();
  readonly signal = this.#controller.signal;

  abort(): void {
    this.#controller.abort();
  }

  /** Waits for `ms` milliseconds without keeping the process alive. @throws ShutdownError */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal, ref: false }).catch(() => {
      throw new ShutdownError();
    });
  }

  /**
   * Returns the result of a promise.
   * @param timeoutMs Time limit of up to 24 days. There is no limit by default.
   * @throws ShutdownError if the component closes first. @throws TimeoutError
   */
  withTimeout<T>(promise: Promise<T>, timeoutMs?: number): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const end = () => reject(new ShutdownError());
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      const late = () => reject(new TimeoutError());
      const timer = timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs).unref();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
      };
      promise.then(resolve, reject).finally(done);
    });
  }
}
