import { Client } from 'undici';
import { wallClockMs } from '../domain/clock.js';
import { parseUrl } from '../domain/url.js';
import { errorCode } from './errors.js';
import { PrivateAddressError, publicLookup, type Resolve } from './public-address.js';
import { parseRetryAfter } from './retry-policy.js';

/** Request that delivers a callback. */
export interface WebhookRequest {
  readonly url: string;
  /** Body as JSON. */
  readonly body: string;
  /** Id that all retries share, so that the receiver can recognize duplicates. */
  readonly id: string;
}

/** Result of a post. */
export interface PostOutcome {
  /** HTTP status of the last response, or null without one. */
  readonly status: number | null;
  /** Reason for a failure, without the URL, or null. */
  readonly error: string | null;
  /** Code of a connection error, for the log. */
  readonly code?: string;
  /** True if the post must not be retried. */
  readonly isFinal: boolean;
  /** Time that the receiver asks to wait, in milliseconds, or null. */
  readonly retryAfterMs: number | null;
}

export interface WebhookClientOptions {
  /** Returns the reason why a URL must not be called, or null. The reason follows "The URL", such as "must be ...". */
  readonly refused: (url: string) => string | null;
  /** True if host names may resolve to addresses in private networks. */
  readonly allowPrivate: boolean;
  /** Milliseconds for one post, including redirects, 10 000 by default. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
/** Statuses of redirects that are followed with the same method and body. */
const REDIRECTS = new Set([301, 302, 307, 308]);
/** Number of bytes of a response that are read. The body is not used. */
const MAX_RESPONSE_BYTES = 16 * 1024;

const CONNECTION_ERRORS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The host name cannot be resolved.',
  EAI_AGAIN: 'The host name cannot be resolved.',
  ECONNREFUSED: 'The connection was refused.',
  UND_ERR_CONNECT_TIMEOUT: 'The connection timed out.',
};

/** Posts once and never rejects. If `signal` is aborted, the result is the same as for a missing response. */
export type SendWebhook = (post: WebhookRequest, signal: AbortSignal) => Promise<PostOutcome>;

/** Creates a function that posts to URLs from callers. It checks the URL of each redirect too. */
export function createWebhookClient(options: WebhookClientOptions): SendWebhook {
  const { timeoutMs = TIMEOUT_MS } = options;
  return async (post, signal) => {
    // The signal outlives every post, and AbortSignal.any would leak memory on it for each post.
    const abort = new AbortController();
    const end = () => abort.abort();
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      return await follow(post, options, abort.signal);
    } catch (error) {
      if (abort.signal.aborted)
        return outcome(null, `The receiver did not respond within ${Math.ceil(timeoutMs / 1000)} s.`);
      if (error instanceof PrivateAddressError)
        return outcome(null, 'The host is in a private network.', true);
      const code = errorCode(error);
      return {
        ...outcome(null, CONNECTION_ERRORS[code ?? ''] ?? 'The connection failed.'),
        ...(code && { code }),
      };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  };
}

async function follow(
  post: WebhookRequest,
  options: WebhookClientOptions,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const { refused } = options;
  const problem = refused(post.url);
  if (problem) return outcome(null, `The URL ${problem}.`, true);
  let url = post.url;
  for (let redirects = 0; ; redirects += 1) {
    const { status, location, retryAfterMs } = await send({ ...post, url }, options, signal);
    if (status >= 200 && status < 300) return outcome(status, null, true);
    // 410: the receiver wants no more callbacks.
    if (!REDIRECTS.has(status) || location === null)
      return outcome(status, `The receiver responded with status ${status}.`, status === 410, retryAfterMs);
    if (redirects === MAX_REDIRECTS) return outcome(status, 'Too many redirects.');
    const next = parseUrl(location, url);
    if (!next) return outcome(status, 'The redirect has no valid URL.');
    url = next.href;
    const redirectProblem = refused(url);
    if (redirectProblem) return outcome(status, `The redirect URL ${redirectProblem}.`, true);
  }
}

async function send(
  { url, body, id }: WebhookRequest,
  { allowPrivate, resolve }: WebhookClientOptions,
  signal: AbortSignal,
) {
  const { origin, pathname, search } = new URL(url);
  const connect = allowPrivate ? {} : { lookup: publicLookup(resolve) };
  // The deadline covers everything, so the timers of the client are off.
  const client = new Client(origin, { connect, headersTimeout: 0, bodyTimeout: 0 });
  try {
    const response = await client.request({
      method: 'POST',
      path: `${pathname}${search}`,
      headers: { 'content-type': 'application/json', 'user-agent': 'Promptgate', 'webhook-id': id },
      body,
      signal,
    });
    const { location, date, 'retry-after': retryAfter } = response.headers;
    // Only the status matters, even if the body fails.
    await response.body.dump({ limit: MAX_RESPONSE_BYTES, signal }).catch(() => {});
    return {
      status: response.statusCode,
      location: first(location) ?? null,
      retryAfterMs: parseRetryAfter(first(retryAfter), first(date), wallClockMs()),
    };
  } finally {
    await client.destroy();
  }
}

function outcome(
  status: number | null,
  error: string | null,
  isFinal = false,
  retryAfterMs: number | null = null,
): PostOutcome {
  return { status, error, isFinal, retryAfterMs };
}

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);
