import { setTimeout as pause } from 'node:timers/promises';

/** However long the upstream asks to wait, it is asked again after an hour; a timer takes no more than 24 days. */
const LONGEST_HOLD_MS = 3_600_000;

/** Holds everything that goes through it back for as long as the upstream asked for. */
export class RateGate {
  #openAt = 0;

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, Date.now() + Math.min(ms, LONGEST_HOLD_MS));
  }

  /** Resolves once the gate is open. @throws when aborted. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (let wait = this.#openAt - Date.now(); wait > 0; wait = this.#openAt - Date.now()) {
      await pause(wait, undefined, { signal });
    }
  }
}
