import { type Backoff, backoffMs } from '../async/backoff.js';

/** Failure of one attempt at a call. */
export type FailedAttempt =
  | { readonly type: 'status'; readonly status: number; readonly retryAfterMs: number | null }
  /** `sent` is false only if the upstream certainly received nothing of the request. */
  | { readonly type: 'connection'; readonly sent: boolean };

export interface RetryQuestion {
  readonly method: string;
  /** Number of attempts so far, at least 1. */
  readonly attempts: number;
  readonly failure: FailedAttempt;
  /** Random number in [0, 1), for jitter. */
  readonly random: number;
}

/** Delays before the next attempt, by kind of failure. */
export interface RetryDelays {
  readonly unavailable: Backoff;
  /** Used without a Retry-After header. */
  readonly rateLimited: Backoff;
}

export const RETRY_DELAYS: RetryDelays = {
  unavailable: { firstMs: 200, ceilingMs: 800, jitter: 0.25 },
  rateLimited: { firstMs: 500, ceilingMs: 1_000, jitter: 0.25 },
};

/**
 * Returns the milliseconds to wait before the next attempt, or null to give up. The caller enforces the deadline. Pure.
 * @param delays {@link RETRY_DELAYS} by default.
 */
export type RetryPolicy = (question: RetryQuestion, delays?: RetryDelays) => number | null;

const MAX_ATTEMPTS = 3;
/** Longest Retry-After that a call waits for. The caller is waiting, so a longer one is reported instead. */
const LONGEST_RETRY_AFTER_MS = 2_000;

/** Delays after a 500. Astria asks clients to wait at least 30 s. */
const ASTRIA_500_BACKOFF: Backoff = { firstMs: 30_000, ceilingMs: 60_000 };

/**
 * Creates a policy. It retries a write only if it was never sent or was rate-limited, because it may otherwise have been
 * executed.
 * @param backoffOf Returns the delays after a status in response to a read, or null if the read is not retried.
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

/** Retry policy for Astria. It does not retry after a 504, because the request was probably processed and took 30 s. */
export const astriaRetryPolicy = retryPolicy((status, { unavailable }) => {
  if (status === 500) return ASTRIA_500_BACKOFF;
  return status === 502 || status === 503 ? unavailable : null;
});

/** Retry policy for Portkey, which retries reads after any server error. */
export const portkeyRetryPolicy = retryPolicy((status, { unavailable }) =>
  status === 408 || (status >= 500 && status <= 504) ? unavailable : null,
);

/**
 * Parses a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date.
 * @param sentAt `Date` header of the same response. An HTTP date is compared with it, because the two clocks may differ.
 * @param now Wall-clock time, for a response without a `Date` header.
 * @returns Milliseconds from `sentAt`, at least 0, or null if the header is absent or invalid.
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
  // Date.parse alone accepts almost any string.
  const date = /^[A-Z][a-z]{2,8}, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : date;
}
