import type { UserErrorCode } from './user-error.js';

/** The two APIs behind the gateway. */
export type Upstream = 'astria' | 'portkey';

/**
 * What went wrong behind the gateway, whatever the API's own way of saying it.
 *
 * - `KEY_MISSING`: neither the caller nor the gateway has a key; nothing was sent.
 * - `UNAUTHENTICATED`: the upstream refused the key (401).
 * - `FORBIDDEN`: the key may not do this (403), or its budget is spent (402, 412).
 * - `NOT_FOUND` (404, 410), `CONFLICT` (409), `REJECTED` (400, 422): see `faults`.
 * - `RATE_LIMITED` (429): see `retryAfterMs`.
 * - `TIMEOUT`: the deadline passed, or the upstream said so (408, 504).
 * - `UNAVAILABLE`: no connection, a lost one, or 5xx.
 * - `HELD_BACK`: nearly all calls have failed, so nothing was sent; see `retryAfterMs`.
 * - `BAD_RESPONSE`: an answer that is not what the API documents.
 * - `CANCELLED`: the client hung up.
 */
export type UpstreamErrorKind = keyof typeof TOP_LEVEL_CODES;

/** The `extensions.code` of the top-level error that a client gets, for each kind of failure. */
export const TOP_LEVEL_CODES = {
  KEY_MISSING: 'UNAUTHENTICATED',
  UNAUTHENTICATED: 'UPSTREAM_UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  // Where one of these three can be meant it is null or a user error; elsewhere the API contradicts its documentation.
  NOT_FOUND: 'UPSTREAM_BAD_RESPONSE',
  CONFLICT: 'UPSTREAM_BAD_RESPONSE',
  REJECTED: 'UPSTREAM_BAD_RESPONSE',
  RATE_LIMITED: 'UPSTREAM_RATE_LIMITED',
  TIMEOUT: 'UPSTREAM_TIMEOUT',
  UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  HELD_BACK: 'UPSTREAM_UNAVAILABLE',
  BAD_RESPONSE: 'UPSTREAM_BAD_RESPONSE',
  CANCELLED: 'CANCELLED',
} as const;

/** One complaint of an upstream about what it was sent: our name of the field (null: of none in particular). */
export interface UpstreamFault {
  readonly field: string | null;
  readonly message: string;
}

interface UpstreamErrorDetails {
  /** The HTTP status, where there was an answer. */
  readonly status?: number | null;
  /** How long the upstream asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | null;
  readonly faults?: readonly UpstreamFault[];
  /** True when the request may have been carried out although no good answer came. */
  readonly outcomeUnknown?: boolean;
}

/** A call to an upstream that failed. The message is safe to show: no key, body, address or stack is in it. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly faults: readonly UpstreamFault[];
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
    this.faults = details.faults ?? [];
    this.outcomeUnknown = details.outcomeUnknown ?? false;
  }
}

/** Returns true for the failure of a call whose object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof UpstreamError && error.kind === 'NOT_FOUND';
}

/** Returns true for the failure of a call that may have been carried out all the same. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof UpstreamError && error.outcomeUnknown;
}

/** What an upstream tells in one field: the value, or why it cannot be read. */
export type Told<T> = T | UpstreamError;

/** The value. @throws UpstreamError where it cannot be read. */
export function told<T>(value: Told<T>): T {
  if (value instanceof UpstreamError) throw value;
  return value;
}

/** Awaits a call. @returns The error of the upstream in place of the result where the call fails. */
export async function catchUpstreamError<T>(call: Promise<T>): Promise<Told<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
}

/** How an upstream is named in messages. */
export const UPSTREAM_NAMES: Readonly<Record<Upstream, string>> = { astria: 'Astria', portkey: 'Portkey' };

/** Returns the code of the user error for a failed write; null where the caller can fix nothing. */
export function userErrorCode({ kind, outcomeUnknown }: UpstreamError): UserErrorCode | null {
  return outcomeUnknown ? 'OUTCOME_UNKNOWN' : refusalCode(kind);
}

/** Returns the code of the user error for a refused request; null where the caller can fix nothing. */
export function refusalCode(kind: UpstreamErrorKind): UserErrorCode | null {
  if (kind === 'NOT_FOUND' || kind === 'CONFLICT') return kind;
  return kind === 'REJECTED' ? 'UPSTREAM_REJECTED' : null;
}
