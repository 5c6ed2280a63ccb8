import { setTimeout as pause } from 'node:timers/promises';
import type { Stop } from './stop.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Looks again and again until something is there: reads can lag behind writes, and a create whose response was lost can
 * land late.
 * @param deadline Unix milliseconds; after it there is one last look.
 * @returns null when the last look has found nothing.
 * @throws Stopped when the gateway closes.
 */
export async function lookUntil<T>(
  look: () => Promise<T | null>,
  deadline: number,
  stop: Stop,
): Promise<T | null> {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const isLast = Date.now() >= deadline;
    const found = await look();
    if (found !== null || isLast) return found;
    if (stop.reason === 'CLOSING') stop.check();
    await pause(Math.min(wait, Math.max(0, deadline - Date.now())));
  }
}
