import { Client } from 'undici';
import { wallClockMs } from '../domain/clock.js';
import { parseUrl } from '../domain/url.js';
import { errorCode } from './failures.js';
import { PrivateAddressError, publicLookup, type Resolve } from './public-address.js';
import { parseRetryAfter } from './retry-policy.js';

/** What is posted, and where to. */
export interface RelayPost {
  readonly url: string;
  /** JSON text. */
  readonly body: string;
  /** The same for every repeat, so that a receiver can tell it from another one. */
  readonly id: string;
}

/** What became of a post. */
export interface PostOutcome {
  /** The HTTP status of the last answer; null when there was none. */
  readonly status: number | null;
  /** Why it failed, in words without an address; null when it did not. */
  readonly error: string | null;
  /** The code of a connection that failed, for the log. */
  readonly code?: string;
  /** Whether it would fail in the same way again. */
  readonly isFinal: boolean;
  /** How long the receiver asks to wait, in milliseconds; null where it does not. */
  readonly retryAfterMs: number | null;
}

export interface RelayPostOptions {
  /** Why an address must not be called; null: it may be. */
  readonly refused: (url: string) => string | null;
  /** Names may resolve to addresses of private networks. */
  readonly allowPrivate: boolean;
  /** Milliseconds for one post, its redirects included. Default 10 000. */
  readonly timeoutMs?: number;
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
/** Those that keep the method and the body, and those that every sender of callbacks takes for such. */
const REDIRECTS = new Set([301, 302, 307, 308]);
/** How much of an answer is taken in, in bytes: nothing of it is used. */
const MAX_ANSWER_BYTES = 16 * 1024;

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The host name cannot be resolved.',
  EAI_AGAIN: 'The host name cannot be resolved.',
  ECONNREFUSED: 'The connection was refused.',
  UND_ERR_CONNECT_TIMEOUT: 'The connection timed out.',
};

/** Posts once. It never throws: after `signal` was aborted the outcome is one of no answer. */
export type PostRelay = (post: RelayPost, signal: AbortSignal) => Promise<PostOutcome>;

/** Posts to URLs that callers have given. Each hop is a separate connection, to a URL that was checked. */
export function relayPoster(options: RelayPostOptions): PostRelay {
  const { timeoutMs = TIMEOUT_MS } = options;
  return async (post, signal) => {
    // The signal outlives every post. AbortSignal.any would leave a part of each on it.
    const abort = new AbortController();
    const end = () => abort.abort();
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      return await follow(post, options, abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return outcome(null, `No response within ${Math.ceil(timeoutMs / 1000)} s.`);
      if (error instanceof PrivateAddressError)
        return outcome(null, 'The host is in a private network.', true);
      const code = errorCode(error);
      return { ...outcome(null, WORDS[code ?? ''] ?? 'The connection failed.'), ...(code && { code }) };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  };
}

async function follow(post: RelayPost, options: RelayPostOptions, signal: AbortSignal): Promise<PostOutcome> {
  const { refused } = options;
  const complaint = refused(post.url);
  if (complaint) return outcome(null, `The URL ${complaint}.`, true);
  let url = post.url;
  for (let redirects = 0; ; redirects += 1) {
    const { status, location, retryAfterMs } = await send({ ...post, url }, options, signal);
    if (status >= 200 && status < 300) return outcome(status, null, true);
    // 410: the receiver wants no more of it.
    if (!REDIRECTS.has(status) || location === null)
      return outcome(status, `The receiver responded with status ${status}.`, status === 410, retryAfterMs);
    if (redirects === MAX_REDIRECTS) return outcome(status, 'Too many redirects.');
    const next = parseUrl(location, url);
    if (!next) return outcome(status, 'The redirect has no valid URL.');
    url = next.href;
    const objection = refused(url);
    if (objection) return outcome(status, `The redirect URL ${objection}.`, true);
  }
}

async function send(
  { url, body, id }: RelayPost,
  { allowPrivate, resolve }: RelayPostOptions,
  signal: AbortSignal,
) {
  const { origin, pathname, search } = new URL(url);
  const connect = allowPrivate ? {} : { lookup: publicLookup(resolve) };
  // The deadline covers everything, so the client's own timers are off.
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
    // The status is all that counts, even where the rest does not come.
    await response.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => {});
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
