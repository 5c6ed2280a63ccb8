import { setTimeout as pause } from 'node:timers/promises';
import { UpstreamError, type UpstreamErrorKind } from '../../domain/upstream-error.js';
import type { RateGate } from './rate-gate.js';

/** How often one thing is tried before its item fails; the others go on. */
export const MAX_ATTEMPTS = 6;
/** How often it may be turned away by the rate limit besides: that costs nothing but time. */
export const MAX_RATE_LIMITED = 30;

const LONGEST_PAUSE_MS = 30_000;
/** The upstream has said no: it would say the same again. */
export const REFUSALS: ReadonlySet<UpstreamErrorKind> = new Set(['REJECTED', 'CONFLICT', 'NOT_FOUND']);
const FATAL: ReadonlySet<UpstreamErrorKind> = new Set([
  'KEY_MISSING',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CANCELLED',
]);

/** How something ended, and how often it was tried. */
export type Persisted<T> =
  | { readonly value: T; readonly attempts: number }
  | { readonly error: UpstreamError; readonly attempts: number };

/** A failure that ends the whole job: what it says of one prompt holds for all. */
export function isFatal(error: UpstreamError): boolean {
  return FATAL.has(error.kind);
}

/**
 * Tries until it is done, refused, or has been tried often enough: 400 ms, 800 ms, ... with jitter between attempts; a
 * rate limit holds back everything that goes through the gate.
 * @param final The kinds of failures that are not worth another attempt.
 * @throws UpstreamError when the whole job cannot go on.
 */
export async function persist<T>(
  gate: RateGate,
  signal: AbortSignal,
  work: () => Promise<T>,
  final: ReadonlySet<UpstreamErrorKind> = REFUSALS,
): Promise<Persisted<T>> {
  let attempts = 0;
  for (let limited = 0; ; ) {
    await gate.pass(signal);
    attempts += 1;
    try {
      return { value: await work(), attempts };
    } catch (error) {
      if (!(error instanceof UpstreamError) || isFatal(error)) throw error;
      const isLimited = error.kind === 'RATE_LIMITED';
      if (isLimited) limited += 1;
      if (final.has(error.kind) || limited > MAX_RATE_LIMITED || attempts - limited >= MAX_ATTEMPTS)
        return { error, attempts };
      const rounds = isLimited ? limited : attempts - limited;
      const wait = Math.min(400 * 2 ** (rounds - 1), LONGEST_PAUSE_MS) * (1 + Math.random() / 4);
      if (isLimited) gate.hold(error.retryAfterMs ?? wait);
      else await pause(wait, undefined, { signal });
    }
  }
}
