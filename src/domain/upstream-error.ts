import type { UserErrorCode } from './user-error.js';

/** The two APIs behind the gateway. */
export type Upstream = 'astria' | 'portkey';

/**
 * Kind of an upstream failure, independent of how the API reports it.
 *
 * - `KEY_MISSING`: neither the caller nor the gateway has a key; nothing was sent.
 * - `UNAUTHENTICATED`: the upstream refused the key (401).
 * - `FORBIDDEN`: the key may not do this (403), or its budget is spent (402, 412).
 * - `NOT_FOUND` (404, 410); `CONFLICT` (409) and `REJECTED` (400, 422), see `fieldErrors`.
 * - `RATE_LIMITED` (429): see `retryAfterMs`.
 * - `TIMEOUT`: the deadline passed, or the upstream reported a timeout (408, 504).
 * - `UNAVAILABLE`: no connection, a lost connection, or 5xx.
 * - `CIRCUIT_OPEN`: the circuit is open because nearly all calls failed; nothing was sent. See `retryAfterMs`.
 * - `BAD_RESPONSE`: the response does not match the API's documentation.
 * - `CANCELLED`: the client disconnected.
 */
export type UpstreamErrorKind = keyof typeof TOP_LEVEL_CODES;

/** `extensions.code` of the top-level error for each kind of failure. */
export const TOP_LEVEL_CODES = {
  KEY_MISSING: 'UNAUTHENTICATED',
  UNAUTHENTICATED: 'UPSTREAM_UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  // Where these three are expected they become null or a user error. Elsewhere the API contradicts its documentation.
  NOT_FOUND: 'UPSTREAM_BAD_RESPONSE',
  CONFLICT: 'UPSTREAM_BAD_RESPONSE',
  REJECTED: 'UPSTREAM_BAD_RESPONSE',
  RATE_LIMITED: 'UPSTREAM_RATE_LIMITED',
  TIMEOUT: 'UPSTREAM_TIMEOUT',
  UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  CIRCUIT_OPEN: 'UPSTREAM_UNAVAILABLE',
  BAD_RESPONSE: 'UPSTREAM_BAD_RESPONSE',
  CANCELLED: 'CANCELLED',
} as const;

/** One error of an upstream about the request. `field` is the gateway's name of the field, null if there is none. */
export interface FieldError {
  readonly field: string | null;
  readonly message: string;
}

interface UpstreamErrorDetails {
  /** HTTP status, if there was a response. */
  readonly status?: number | null;
  /** Wait that the upstream asks for, in milliseconds. */
  readonly retryAfterMs?: number | null;
  readonly fieldErrors?: readonly FieldError[];
  /** True if the request may have been carried out although no valid response arrived. */
  readonly outcomeUnknown?: boolean;
}

/** A failed call to an upstream. The message is safe to show: it contains no key, body, URL or stack. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly fieldErrors: readonly FieldError[];
  readonly outcomeUnknown: boolean;

  constructor(
    readonly upstream: Upstream,
    readonly kind: UpstreamErrorKind,
    message: string,
    details: UpstreamErrorDetails = {},
  ) {
    super(message);
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.fieldErrors = details.fieldErrors ?? [];
    this.outcomeUnknown = details.outcomeUnknown ?? false;
  }
}

/** Returns true if a call failed because its object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamError && error.kind === 'NOT_FOUND';
}

/** Returns true if a failed call may have been carried out. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof UpstreamError && error.outcomeUnknown;
}

/** Value of one field of an upstream's response, or the error that explains why it cannot be decoded. */
export type FieldResult<T> = T | UpstreamError;

/** Returns the value. @throws UpstreamError if it could not be decoded. */
export function unwrap<T>(value: FieldResult<T>): T {
  if (value instanceof UpstreamError) throw value;
  return value;
}

/** Awaits a call. @returns The result, or the upstream's error if the call fails. */
export async function catchUpstreamError<T>(call: Promise<T>): Promise<FieldResult<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
}

/** Display names of the upstreams. */
export const UPSTREAM_NAMES: Readonly<Record<Upstream, string>> = { astria: 'Astria', portkey: 'Portkey' };

/** Returns the code of the user error for a failed write; null if the caller cannot fix it. */
export function userErrorCode({ kind, outcomeUnknown }: UpstreamError): UserErrorCode | null {
  return outcomeUnknown ? 'OUTCOME_UNKNOWN' : refusalCode(kind);
}

/** Returns the code of the user error for a refused request; null if the caller cannot fix it. */
export function refusalCode(kind: UpstreamErrorKind): UserErrorCode | null {
  if (kind === 'NOT_FOUND' || kind === 'CONFLICT') return kind;
  return kind === 'REJECTED' ? 'UPSTREAM_REJECTED' : null;
}
