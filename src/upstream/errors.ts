import { timestamp } from '../domain/clock.js';
import { type FieldError, UPSTREAM_NAMES, type Upstream, UpstreamError } from '../domain/upstream-error.js';
import type { FailedAttempt } from './retry-policy.js';
import { mayBeDone } from './write-outcome.js';

type Details = ConstructorParameters<typeof UpstreamError>[3];

/** Creates the error for an unexpected response. Clients see `reason`, so it must contain no URL and no content. */
export function badResponse(upstream: Upstream, reason: string, details?: Details): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} sent an unexpected response: ${reason}.`;
  return new UpstreamError(upstream, 'BAD_RESPONSE', message, details);
}

/** Creates the error for a call whose client has disconnected. */
export function cancelled(upstream: Upstream, method: string): UpstreamError {
  const outcomeUnknown = mayBeDone(method, { type: 'aborted' });
  return new UpstreamError(upstream, 'CANCELLED', 'The client cancelled the request.', { outcomeUnknown });
}

/** Creates the error for a call that has reached the gateway's deadline. */
export function timeout(upstream: Upstream, method: string): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} did not respond in time.`;
  const outcomeUnknown = mayBeDone(method, { type: 'aborted' });
  return new UpstreamError(upstream, 'TIMEOUT', message, { outcomeUnknown });
}

/** Creates the error for a call that the breaker rejected. The message has an absolute time because it may be stored. */
export function circuitOpen(upstream: Upstream, waitMs: number): UpstreamError {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const time = timestamp(retryAfterMs).slice(11, 19);
  const message = `${UPSTREAM_NAMES[upstream]} is failing, so nothing was sent. The gateway tries again at ${time} UTC.`;
  return new UpstreamError(upstream, 'CIRCUIT_OPEN', message, { retryAfterMs });
}

/** Creates the error for a call without a key. */
export function keyMissing(upstream: Upstream): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const message = `There is no key for ${name}. Send one in the x-${upstream}-api-key header.`;
  return new UpstreamError(upstream, 'KEY_MISSING', message);
}

/** Kind of error and message by status. */
const STATUSES: Readonly<Record<number, readonly [UpstreamError['kind'], (name: string) => string]>> = {
  401: ['UNAUTHENTICATED', (name) => `${name} rejected the key. Send a valid one.`],
  402: ['FORBIDDEN', (name) => `The budget at ${name} is exhausted. Add credit or raise the limit.`],
  403: ['FORBIDDEN', (name) => `${name} does not allow this with this key. Use a key with the permission.`],
  404: ['NOT_FOUND', (name) => `The object does not exist at ${name}.`],
  408: ['TIMEOUT', (name) => `${name} did not respond in time.`],
  409: ['CONFLICT', (name) => `The object already exists at ${name}.`],
  410: ['NOT_FOUND', (name) => `The object does not exist at ${name}.`],
  412: ['FORBIDDEN', (name) => `The budget at ${name} is exhausted. Add credit or raise the limit.`],
  429: ['RATE_LIMITED', (name) => `The rate limit of ${name} was exceeded. Wait before you send more.`],
  504: ['TIMEOUT', (name) => `${name} did not respond in time.`],
};

/** Creates the error for the last attempt at a call. Pure. @param fieldErrors Redacted errors in the upstream's own words. */
export function failureOf(
  upstream: Upstream,
  method: string,
  failed: FailedAttempt,
  fieldErrors: readonly FieldError[],
): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const outcomeUnknown = mayBeDone(method, failed);
  if (failed.type === 'connection') {
    return new UpstreamError(upstream, 'UNAVAILABLE', `${name} cannot be reached.`, { outcomeUnknown });
  }
  const { status, retryAfterMs } = failed;
  const [kind, messageFor] = STATUSES[status] ?? otherStatus(status);
  return new UpstreamError(upstream, kind, messageFor(name), {
    status,
    retryAfterMs,
    ...(kind === 'CONFLICT' || kind === 'REJECTED' ? { fieldErrors } : {}),
    outcomeUnknown,
  });
}

function otherStatus(status: number): (typeof STATUSES)[number] {
  return status < 500
    ? ['REJECTED', (name) => `${name} rejected the request (${status}).`]
    : ['UNAVAILABLE', (name) => `${name} responded with a server error (${status}).`];
}

/** Largest nesting depth of errors that is searched. */
const MAX_DEPTH = 5;

/**
 * Returns the code of Node.js, OpenSSL or undici for a failed connection, such as `ENOTFOUND`, or null. The code is logged
 * instead of the message, which may contain URLs.
 */
export function errorCode(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return null;
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code))
    return error.code;
  const inner: unknown[] = 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  const causes = 'cause' in error ? [...inner, error.cause] : inner;
  return causes.map((each) => errorCode(each, depth + 1)).find((code) => code !== null) ?? null;
}
