import {
  UPSTREAM_NAMES,
  type Upstream,
  UpstreamError,
  type UpstreamFault,
} from '../domain/upstream-error.js';
import type { FailedAttempt } from './retry-policy.js';

type Details = ConstructorParameters<typeof UpstreamError>[3];

/** An answer that is not what the API documents. `reason` must be fit for a client: no address, no content. */
export function badResponse(upstream: Upstream, reason: string, details?: Details): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} gave an answer that this gateway does not understand: ${reason}`;
  return new UpstreamError(upstream, 'BAD_RESPONSE', message, details);
}

/** The caller hung up. */
export function cancelled(upstream: Upstream): UpstreamError {
  return new UpstreamError(upstream, 'CANCELLED', 'the caller went away');
}

/** The gateway's deadline passed. */
export function timeout(upstream: Upstream, isWrite: boolean): UpstreamError {
  const message = `${UPSTREAM_NAMES[upstream]} took too long`;
  return new UpstreamError(upstream, 'TIMEOUT', message, { outcomeUnknown: isWrite });
}

/** Nearly all calls have failed: nothing was sent. The time is told, as the words may be kept. */
export function heldBack(upstream: Upstream, waitMs: number): UpstreamError {
  const retryAfterMs = Math.max(1, Math.ceil(waitMs));
  const time = new Date(Date.now() + retryAfterMs).toISOString().slice(11, 19);
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
  isWrite: boolean,
  failed: FailedAttempt,
  faults: readonly UpstreamFault[],
): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  if (failed.type === 'connection') {
    const details = { outcomeUnknown: isWrite && failed.sent };
    return new UpstreamError(upstream, 'UNAVAILABLE', `${name} cannot be reached`, details);
  }
  const { status, retryAfterMs } = failed;
  const [kind, words] = STATUSES[status] ?? otherStatus(status);
  return new UpstreamError(upstream, kind, words(name), {
    status,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    ...(kind === 'CONFLICT' || kind === 'REJECTED' ? { faults } : {}),
    outcomeUnknown: isWrite && mayHaveBeenDone(status),
  });
}

function otherStatus(status: number): (typeof STATUSES)[number] {
  return status < 500
    ? ['REJECTED', (name) => `${name} rejected the request (${status})`]
    : ['UNAVAILABLE', (name) => `${name} has trouble (${status})`];
}

/** Something between the gateway and the API may have answered, perhaps after the API had done the work. */
function mayHaveBeenDone(status: number): boolean {
  return status === 408 || (status > 500 && status !== 503);
}

/** The codes of undici and Node for connections that were never made. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether the upstream may have seen something of a request that ended with this error. */
export function mayHaveBeenSent(error: unknown): boolean {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.some(mayHaveBeenSent);
  return !NEVER_SENT.has(errorCode(error) ?? '');
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
