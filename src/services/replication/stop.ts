import { setMaxListeners } from 'node:events';

/**
 * Why a job stops before its end: it was asked to, the gateway is closing, or nothing of it can go on because of an
 * UpstreamError, a StoreError or a fault of the gateway.
 */
export type StopReason = 'CANCELLED' | 'CLOSING' | Error;

/** Thrown where a job that is to stop would begin something new, or wait before it does. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Asks everything that belongs to a job to begin nothing new. What was sent is waited for. */
export class Stop {
  readonly #controller = new AbortController();
  #reason: StopReason | null = null;

  constructor() {
    // Every item under way listens: without this Node takes more than ten for a leak.
    setMaxListeners(0, this.#controller.signal);
  }

  /** The first reason that was given; null as long as the job goes on. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  /** Aborted once the job is to stop. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  request(reason: StopReason): void {
    this.#reason ??= reason;
    this.#controller.abort(new Stopped('the job is to stop'));
  }

  /** @throws Stopped */
  check(): void {
    if (this.#reason) throw new Stopped('the job is to stop');
  }
}
