import type { PostOutcome } from '../../upstream/relay-post.js';

/** The most calls that are made for one prompt. */
export const MAX_ATTEMPTS = 12;
const LONGEST_MS = 60 * 60 * 1000;

/** `baseMs` doubled with every failure, up to an hour, and up to a quarter more. Pure. @param random In [0, 1). */
export function relayPause(failures: number, baseMs: number, random: number): number {
  return Math.round(Math.min(baseMs * 2 ** (failures - 1), LONGEST_MS) * (1 + random / 4));
}

/**
 * How many milliseconds to wait after a call that failed, or null for no further one. A Retry-After is kept to, up to an
 * hour. Pure.
 * @param attempts How many calls were made, 1 after the first.
 */
export function nextAttemptIn(
  attempts: number,
  { isFinal, retryAfterMs }: Pick<PostOutcome, 'isFinal' | 'retryAfterMs'>,
  baseMs: number,
  random: number,
): number | null {
  if (isFinal || attempts >= MAX_ATTEMPTS) return null;
  return Math.max(relayPause(attempts, baseMs, random), Math.min(retryAfterMs ?? 0, LONGEST_MS));
}
