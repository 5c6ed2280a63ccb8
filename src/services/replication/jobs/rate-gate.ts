import { monotonicMs } from '../../../domain/clock.js';
import type { CancellationToken } from './cancellation.js';

/** Longest hold, in milliseconds. After that the upstream is asked again. */
const LONGEST_HOLD_MS = 3_600_000;

/** Holds back all calls of a job for as long as the upstream asks. */
export class RateGate {
  #openAt = 0;

  get isOpen(): boolean {
    return this.#openAt <= monotonicMs();
  }

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, monotonicMs() + Math.min(ms, LONGEST_HOLD_MS));
  }

  /** Resolves once the gate is open. @throws JobStoppedError if the job stops before that. */
  async pass(token: CancellationToken): Promise<void> {
    for (let wait = this.#openAt - monotonicMs(); wait > 0; wait = this.#openAt - monotonicMs()) {
      await token.pause(wait);
    }
  }
}
