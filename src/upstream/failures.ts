import { timestamp } from '../domain/clock.js';
import {
  UPSTREAM_NAMES,
  type Upstream,
  UpstreamError,
  type UpstreamFault,
} from '../domain/upstream-error.js';
import type { FailedAttempt } from './retry-policy.js';
import { mayBeDone } from './write-outcome.js';

type Details = ConstructorParameters<typeof UpstreamError>[3];

/** An answer that is not what the API documents. `reason` must be fit for a client: no address, no content. */
export function badResponse(upstream: Upstream, reason: string, details?: Details): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} gave an answer that this gateway does not understand: ${reason}`;
  return new UpstreamError(upstream, 'BAD_RESPONSE', message, details);
}

/** The caller hung up. */
export function cancelled(upstream: Upstream, method: string): UpstreamError {
  const outcomeUnknown = mayBeDone(method, { type: 'aborted' });
  return new UpstreamError(upstream, 'CANCELLED', 'the caller went away', { outcomeUnknown });
}

/** The gateway's deadline passed. */
export function timeout(upstream: Upstream, method: string): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} took too long`;
  const outcomeUnknown = mayBeDone(method, { type: 'aborted' });
  return new UpstreamError(upstream, 'TIMEOUT', message, { outcomeUnknown });
}

/** Nearly all calls have failed: nothing was sent. The message has the time because it may be kept. */
export function circuitOpen(upstream: Upstream, waitMs: number): UpstreamError {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const time = timestamp(retryAfterMs).slice(11, 19);
  const message = `${UPSTREAM_NAMES[upstream]} is failing: nothing was sent, it is tried again at ${time} UTC`;
  return new UpstreamError(upstream, 'HELD_BACK', message, { retryAfterMs });
}

/** There is no key to send. */
export function keyMissing(upstream: Upstream): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const message = `no key for ${name}: send one in the x-${upstream}-api-key header`;
  return new UpstreamError(upstream, 'KEY_MISSING', message);
}

/** What a status says: the kind of failure, and words with the API's name in them. */
const STATUSES: Readonly<Record<number, readonly [UpstreamError['kind'], (name: string) => string]>> = {
  401: ['UNAUTHENTICATED', (name) => `${name} refused the key`],
  402: ['FORBIDDEN', (name) => `the budget at ${name} is spent`],
  403: ['FORBIDDEN', (name) => `${name} does not let this key do that`],
  404: ['NOT_FOUND', (name) => `${name} has no such object`],
  408: ['TIMEOUT', (name) => `${name} took too long`],
  409: ['CONFLICT', (name) => `${name} has that already`],
  410: ['NOT_FOUND', (name) => `${name} has no such object`],
  412: ['FORBIDDEN', (name) => `the budget at ${name} is spent`],
  429: ['RATE_LIMITED', (name) => `${name} limits the rate of calls`],
  504: ['TIMEOUT', (name) => `${name} took too long`],
};

/** What the last attempt at a call comes to. Pure. `faults` are the upstream's own words, fit to be shown. */
export function failureOf(
  upstream: Upstream,
  method: string,
  failed: FailedAttempt,
  faults: readonly UpstreamFault[],
): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const outcomeUnknown = mayBeDone(method, failed);
  if (failed.type === 'connection') {
    return new UpstreamError(upstream, 'UNAVAILABLE', `${name} cannot be reached`, { outcomeUnknown });
  }
  const { status, retryAfterMs } = failed;
  const [kind, words] = STATUSES[status] ?? otherStatus(status);
  return new UpstreamError(upstream, kind, words(name), {
    status,
    retryAfterMs,
    ...(kind === 'CONFLICT' || kind === 'REJECTED' ? { faults } : {}),
    outcomeUnknown,
  });
}

function otherStatus(status: number): (typeof STATUSES)[number] {
  return status < 500
    ? ['REJECTED', (name) => `${name} rejected the request (${status})`]
    : ['UNAVAILABLE', (name) => `${name} has trouble (${status})`];
}

/** How deep errors may be nested in one another. */
const MAX_DEPTH = 5;

/**
 * Returns the code of Node.js, OpenSSL or undici for a failed connection, such as `ENOTFOUND`, or null. Of several attempts
 * it is the first one's. The form is checked because the code is logged: messages can hold URLs, codes cannot.
 */
export function errorCode(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return null;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code))
    return error.code;
  const inner: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const causes = 'cause' in error ? [...inner, error.cause] : inner;
  return causes.map((each) => errorCode(each, depth + 1)).find((code) => code !== null) ?? null;
}
