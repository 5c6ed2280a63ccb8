import { monotonicMs } from '../domain/clock.js';
import { type Backoff, backoffMs } from './backoff.js';
import { pause } from './pause.js';

/**
 * Calls `attempt` until it returns a value other than null or the time is up. The last call starts after the deadline.
 * @param forMs Time in milliseconds; 0 for a single call.
 * @param onPause Called before each pause. It may throw to end the polling.
 */
export async function poll<T>(
  attempt: (isLast: boolean) => Promise<T | null>,
  forMs: number,
  backoff: Backoff,
  onPause: () => void = () => {},
): Promise<T | null> {
  const deadline = monotonicMs() + forMs;
  for (let attempts = 1; ; attempts += 1) {
    const isLast = monotonicMs() >= deadline;
    const found = await attempt(isLast);
    if (found !== null || isLast) return found;
    onPause();
    await pause(Math.min(backoffMs(backoff, attempts, Math.random()), Math.max(0, deadline - monotonicMs())));
  }
}
