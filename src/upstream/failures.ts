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

/** There is no key to send. */
export function keyMissing(upstream: Upstream): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const message = `no key for ${name}: send one in the x-${upstream}-api-key header`;
  return new UpstreamError(upstream, 'KEY_MISSING', message);
}

/** What the last attempt at a call comes to. Pure. `faults` are the upstream's own words. */
export function failureOf(
  upstream: Upstream,
  isWrite: boolean,
  failed: FailedAttempt,
  faults: readonly UpstreamFault[],
): UpstreamError {
  const name = UPSTREAM_NAMES[upstream];
  const error = (kind: UpstreamError['kind'], message: string, details?: Details) =>
    new UpstreamError(upstream, kind, message, details);
  if (failed.type === 'connection') {
    return error('UNAVAILABLE', `${name} cannot be reached`, { outcomeUnknown: isWrite && failed.sent });
  }
  const { status, retryAfterMs } = failed;
  const details = { status, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
  switch (status) {
    case 401:
      return error('UNAUTHENTICATED', `${name} refused the key`, details);
    case 403:
      return error('FORBIDDEN', `${name} does not let this key do that`, details);
    case 402:
    case 412:
      return error('FORBIDDEN', `the budget at ${name} is spent`, details);
    case 404:
    case 410:
      return error('NOT_FOUND', `${name} has no such object`, details);
    case 409:
      return error('CONFLICT', `${name} has that already`, { ...details, faults });
    case 429:
      return error('RATE_LIMITED', `${name} limits the rate of calls`, details);
    case 408:
    case 504:
      return error('TIMEOUT', `${name} took too long`, { ...details, outcomeUnknown: isWrite });
    case 500:
    case 503:
      return error('UNAVAILABLE', `${name} has trouble (${status})`, details);
    default:
      if (status < 500)
        return error('REJECTED', `${name} rejected the request (${status})`, { ...details, faults });
      // Something between the gateway and the API answered, perhaps after the API had done the work.
      return error('UNAVAILABLE', `${name} has trouble (${status})`, { ...details, outcomeUnknown: isWrite });
  }
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
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return !NEVER_SENT.has(code);
}
