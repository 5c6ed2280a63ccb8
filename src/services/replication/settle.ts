import { setTimeout as pause } from 'node:timers/promises';
import { monotonicMs } from '../../domain/clock.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { Stop } from './stop.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Looks again and again until something is there: reads can lag behind writes, and a create whose response was lost can
 * land late. Portkey may answer 403 in place of 404 for what is not there.
 * @param forMs How long to look, in milliseconds; after that there is one last look.
 * @returns null when the last look has found nothing. A 403 is thrown by the last look alone.
 * @throws Stopped when the gateway closes.
 */
export async function lookUntil<T>(
  look: () => Promise<T | null>,
  forMs: number,
  stop: Stop,
): Promise<T | null> {
  const deadline = monotonicMs() + forMs;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const isLast = monotonicMs() >= deadline;
    const found = await look().catch((error: unknown) => {
      if (isLast || !isForbidden(error)) throw error;
      return null;
    });
    if (found !== null || isLast) return found;
    if (stop.reason === 'CLOSING') stop.check();
    await pause(Math.min(wait, Math.max(0, deadline - monotonicMs())));
  }
}

/** Returns true for the status that some endpoints give to what is not there. */
export function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamError && error.status === 403;
}
