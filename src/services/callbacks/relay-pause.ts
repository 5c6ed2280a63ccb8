import { type Backoff, backoffMs } from '../../async/backoff.js';
import type { PostOutcome } from '../../upstream/relay-post.js';

/** Maximum number of calls for one prompt. */
export const MAX_ATTEMPTS = 12;
const LONGEST_MS = 60 * 60 * 1000;

/** Returns the pauses between calls to a caller's URL. @param firstMs The first pause, in milliseconds. */
export function relayBackoff(firstMs: number): Backoff {
  return { firstMs, ceilingMs: LONGEST_MS, jitter: 0.25 };
}

/**
 * Returns the pause in milliseconds after a failed call, or null if it was the last. A Retry-After of up to an hour is
 * respected. Pure.
 * @param attempts Number of calls that were made.
 * @param random A random number in [0, 1).
 */
export function nextAttemptIn(
  attempts: number,
  { isFinal, retryAfterMs }: Pick<PostOutcome, 'isFinal' | 'retryAfterMs'>,
  firstMs: number,
  random: number,
): number | null {
  if (isFinal || attempts >= MAX_ATTEMPTS) return null;
  const pauseMs = backoffMs(relayBackoff(firstMs), attempts, random);
  return Math.max(pauseMs, Math.min(retryAfterMs ?? 0, LONGEST_MS));
}
