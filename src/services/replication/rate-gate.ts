import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../../domain/clock.js';
import type { Stop } from './stop.js';

/** However long the upstream asks to wait, it is asked again after an hour; a timer takes no more than 24 days. */
const LONGEST_HOLD_MS = 3_600_000;
/** The default. */
export const FIRST_BACKOFF_MS = 400;

/** Holds everything that goes through it back for as long as the upstream asked for. */
export class RateGate {
  #openAt = 0;

  /** @param firstBackoffMs The pause before the second attempt at what goes through it. */
  constructor(readonly firstBackoffMs = FIRST_BACKOFF_MS) {}

  get isOpen(): boolean {
    return this.#openAt <= monotonicMs();
  }

  hold(ms: number): void {
    this.#openAt = Math.max(this.#openAt, monotonicMs() + Math.min(ms, LONGEST_HOLD_MS));
  }

  /** Resolves once the gate is open. @throws Stopped when the job is to stop before that. */
  async pass(stop: Stop): Promise<void> {
    for (let wait = this.#openAt - monotonicMs(); wait > 0; wait = this.#openAt - monotonicMs()) {
      await pauseFor(wait, stop);
    }
  }
}

/** @throws Stopped */
export async function pauseFor(ms: number, stop: Stop): Promise<void> {
  await pause(ms, undefined, { signal: stop.signal }).catch(() => {});
  stop.check();
}
