import { type Backoff, backoffMs } from '../async/backoff.js';

/** How one attempt at a call ended, when it did not end well. */
export type FailedAttempt =
  | { readonly type: 'status'; readonly status: number; readonly retryAfterMs: number | null }
  /** `sent` is false only when it is certain that the upstream saw nothing of the request. */
  | { readonly type: 'connection'; readonly sent: boolean };

export interface RetryQuestion {
  readonly method: string;
  /** How many attempts were made, 1 after the first. */
  readonly attempts: number;
  readonly failure: FailedAttempt;
  /** A random number in [0, 1), for jitter. */
  readonly random: number;
}

/** Pauses before the next attempt, by the kind of failure. */
export interface RetryDelays {
  readonly unavailable: Backoff;
  /** Without a Retry-After header. */
  readonly rateLimited: Backoff;
}

export const RETRY_DELAYS: RetryDelays = {
  unavailable: { firstMs: 200, ceilingMs: 800, jitter: 0.25 },
  rateLimited: { firstMs: 500, ceilingMs: 1_000, jitter: 0.25 },
};

/**
 * Returns the milliseconds to wait before the next attempt, or null for no more attempts. Pure. The sender keeps the deadline.
 * @param delays Default {@link RETRY_DELAYS}.
 */
export type RetryPolicy = (question: RetryQuestion, delays?: RetryDelays) => number | null;

const MAX_ATTEMPTS = 3;
/** A caller is waiting: an upstream that asks for more patience than this is reported instead. */
const LONGEST_RETRY_AFTER_MS = 2_000;

/** Astria asks for at least 30 s after a 500. */
const ASTRIA_500_BACKOFF: Backoff = { firstMs: 30_000, ceilingMs: 60_000 };

/**
 * Both APIs: a request that was never sent, or was turned away by the rate limit, did nothing and is repeated. A create is
 * never repeated unless it was certainly not processed.
 * @param backoffOf Pauses after a status in response to a read; null where the read is not repeated.
 */
function retryPolicy(backoffOf: (status: number, delays: RetryDelays) => Backoff | null): RetryPolicy {
  return ({ method, attempts, failure, random }, delays = RETRY_DELAYS) => {
    if (attempts >= MAX_ATTEMPTS) return null;
    const isRead = method === 'GET';
    if (failure.type === 'connection')
      return isRead || !failure.sent ? backoffMs(delays.unavailable, attempts, random) : null;
    const { status, retryAfterMs } = failure;
    if (status === 429) {
      if (retryAfterMs === null) return backoffMs(delays.rateLimited, attempts, random);
      return retryAfterMs <= LONGEST_RETRY_AFTER_MS ? retryAfterMs : null;
    }
    const backoff = isRead ? backoffOf(status, delays) : null;
    return backoff && backoffMs(backoff, attempts, random);
  };
}

/**
 * Astria: a 500 may be repeated after 30 s at the earliest, which no waiting caller has; after a 504 the request was
 * probably processed, and took 30 s.
 */
export const astriaRetryPolicy = retryPolicy((status, { unavailable }) => {
  if (status === 500) return ASTRIA_500_BACKOFF;
  return status === 502 || status === 503 ? unavailable : null;
});

/** Portkey: reads may be repeated after any server error; nothing else has an idempotency key. */
export const portkeyRetryPolicy = retryPolicy((status, { unavailable }) =>
  status === 408 || (status >= 500 && status <= 504) ? unavailable : null,
);

/**
 * Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param sentAt The `Date` header of the same response. A date is compared with it, as the two clocks may differ.
 * @param now The wall clock, for a response without a `Date` header.
 * @returns Milliseconds from `sentAt`, at least 0; null when absent or not understood.
 */
export function parseRetryAfter(
  value: string | undefined,
  sentAt: string | undefined,
  now: number,
): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = parseHttpDate(text);
  return date === null ? null : Math.max(0, date - (parseHttpDate(sentAt?.trim() ?? '') ?? now));
}

function parseHttpDate(text: string): number | null {
  // Date.parse alone finds a date in almost any words.
  const date = /^[A-Z][a-z]{2,8}, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : date;
}
