import { UpstreamError, type UpstreamErrorKind } from '../../domain/upstream-error.js';
import { FIRST_BACKOFF_MS, pauseFor, type RateGate } from './rate-gate.js';
import type { Stop } from './stop.js';

/** How often one thing is tried before its item fails; the others go on. */
export const MAX_ATTEMPTS = 6;
/** How often it may be turned away besides, by the rate limit or before it is sent: that costs nothing but time. */
export const MAX_RATE_LIMITED = 30;

const LONGEST_PAUSE_MS = 30_000;
const REFUSALS: ReadonlySet<UpstreamErrorKind> = new Set(['REJECTED', 'CONFLICT', 'NOT_FOUND']);
/** Failures that hold for every prompt: the whole job ends. */
const FATAL: ReadonlySet<UpstreamErrorKind> = new Set([
  'KEY_MISSING',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CANCELLED',
]);

/** Selects the failures that are not worth another attempt. */
export type IsFinal = (error: Pick<UpstreamError, 'kind' | 'status'>) => boolean;

/** The upstream has refused the request and would refuse it again. */
export const isRefusal: IsFinal = ({ kind }) => REFUSALS.has(kind);

/** Like {@link isRefusal}, for a call about one prompt: some endpoints answer 403 for an object that was deleted. */
export const isRefusalOfOne: IsFinal = (error) => isRefusal(error) || error.status === 403;

/** Nothing was done, and the same is said to everything for a while. */
const TURNED_AWAY: ReadonlySet<UpstreamErrorKind> = new Set(['RATE_LIMITED', 'HELD_BACK']);

/** What came of something so far. */
export interface Tries {
  /** How often it was tried, rate limits included. */
  readonly attempts: number;
  /** How often of these it was turned away. */
  readonly limited: number;
}

/** What to do after a failure: end the whole job, give this one up, or try again after `waitMs`. */
export type NextStep =
  | { readonly type: 'STOP' }
  | { readonly type: 'GIVE_UP' }
  | { readonly type: 'AGAIN'; readonly waitMs: number; readonly holdsAll: boolean };

/**
 * Decides what to do after a failure: 400 ms, 800 ms, ... up to 30 s, each up to a quarter longer, between attempts; a
 * rate limit holds everything back, for as long as the upstream asks, and so does an upstream that fails altogether. Pure.
 * @param isFinal Decides before anything else that the attempt was the last.
 * @param random A random number in [0, 1), for jitter.
 * @param firstBackoffMs The first of these pauses, if it is not 400 ms.
 */
export function nextStep(
  error: Pick<UpstreamError, 'kind' | 'status' | 'retryAfterMs'>,
  { attempts, limited }: Tries,
  isFinal: IsFinal,
  random: number,
  firstBackoffMs = FIRST_BACKOFF_MS,
): NextStep {
  const { kind, retryAfterMs } = error;
  if (isFinal(error)) return { type: 'GIVE_UP' };
  if (FATAL.has(kind)) return { type: 'STOP' };
  const failed = attempts - limited;
  if (limited > MAX_RATE_LIMITED || failed >= MAX_ATTEMPTS) return { type: 'GIVE_UP' };
  const isLimited = TURNED_AWAY.has(kind);
  const round = isLimited ? limited : failed;
  const backoff = Math.round(
    Math.min(firstBackoffMs * 2 ** (round - 1), LONGEST_PAUSE_MS) * (1 + random / 4),
  );
  return { type: 'AGAIN', waitMs: isLimited ? (retryAfterMs ?? backoff) : backoff, holdsAll: isLimited };
}

/** How something ended, and how often it was tried. */
export type Persisted<T> =
  | { readonly value: T; readonly attempts: number }
  | { readonly error: UpstreamError; readonly attempts: number };

/**
 * Tries until it is done, refused, or has been tried often enough.
 * @throws UpstreamError when the whole job cannot go on.
 * @throws Stopped when it would have to be tried, and the job is to stop.
 */
export async function persist<T>(
  gate: RateGate,
  stop: Stop,
  work: (attempt: number) => Promise<T>,
  isFinal: IsFinal = isRefusal,
): Promise<Persisted<T>> {
  let limited = 0;
  for (let attempts = 1; ; attempts += 1) {
    stop.check();
    await gate.pass(stop);
    try {
      return { value: await work(attempts), attempts };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      if (TURNED_AWAY.has(error.kind)) limited += 1;
      const step = nextStep(error, { attempts, limited }, isFinal, Math.random(), gate.firstBackoffMs);
      if (step.type === 'STOP') throw error;
      if (step.type === 'GIVE_UP') return { error, attempts };
      if (step.holdsAll) gate.hold(step.waitMs);
      else await pauseFor(step.waitMs, stop);
    }
  }
}

/**
 * Reads until it succeeds or has been tried often enough, for work that must not count failed reads as its own attempts. A
 * job that is to stop reads once, so that its record becomes right.
 * @throws UpstreamError the last failure. @throws Stopped as {@link persist} does.
 */
export async function persistRead<T>(
  gate: RateGate,
  stop: Stop,
  read: () => Promise<T>,
  isFinal: IsFinal = isRefusal,
): Promise<T> {
  if (stop.reason !== null) return read();
  const result = await persist(gate, stop, read, isFinal);
  if ('error' in result) throw result.error;
  return result.value;
}
