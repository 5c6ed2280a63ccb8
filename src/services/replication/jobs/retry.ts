import { type Backoff, backoffMs } from '../../../async/backoff.js';
import type { UpstreamError, UpstreamErrorKind } from '../../../domain/upstream-error.js';

/** Retry limits of one call, or of one copy. */
export interface JobRetryPolicy {
  /** Maximum number of attempts before an item fails. Other items continue. */
  readonly maxAttempts: number;
  /** Maximum number of additional attempts that are throttled. They cost only time. */
  readonly maxThrottled: number;
  readonly backoff: Backoff;
}

export const JOB_RETRY: JobRetryPolicy = {
  maxAttempts: 6,
  maxThrottled: 30,
  backoff: { firstMs: 400, ceilingMs: 30_000, jitter: 0.25 },
};

const REFUSALS: ReadonlySet<UpstreamErrorKind> = new Set(['REJECTED', 'CONFLICT', 'NOT_FOUND']);
/** Errors that apply to every prompt and stop the whole job. */
const FATAL: ReadonlySet<UpstreamErrorKind> = new Set([
  'KEY_MISSING',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'CANCELLED',
]);
/** Errors of calls that had no effect. Other calls would also fail with them for a while. */
const THROTTLED: ReadonlySet<UpstreamErrorKind> = new Set(['RATE_LIMITED', 'CIRCUIT_OPEN']);

/** Selects the errors after which another attempt is pointless. */
export type IsFinal = (error: Pick<UpstreamError, 'kind' | 'status'>) => boolean;

/** Returns true for a refusal that a retry would only repeat. */
export const isRefusal: IsFinal = ({ kind }) => REFUSALS.has(kind);

/** Like {@link isRefusal}, for calls about one prompt: some endpoints send 403 for a deleted one. */
export const isRefusalOfOne: IsFinal = (error) => isRefusal(error) || error.status === 403;

export const isThrottled = ({ kind }: Pick<UpstreamError, 'kind'>) => THROTTLED.has(kind);

/** Number of attempts so far. */
export interface AttemptCounts {
  /** All attempts, throttled ones included. */
  readonly attempts: number;
  readonly throttled: number;
}

/** Decision after a failed attempt: stop the whole job, fail this item, or retry after `waitMs`. */
export type RetryDecision =
  | { readonly type: 'STOP' }
  | { readonly type: 'FAIL' }
  | { readonly type: 'REPEAT'; readonly waitMs: number; readonly holdsAll: boolean };

/**
 * Decides what to do after a failed attempt. A throttled call holds back all others for as long as the upstream asks. Pure.
 * @param isFinal Selects the errors after which the item fails. Takes precedence over everything else.
 * @param random A random number in [0, 1), for jitter.
 */
export function retryDecision(
  error: Pick<UpstreamError, 'kind' | 'status' | 'retryAfterMs'>,
  { attempts, throttled }: AttemptCounts,
  isFinal: IsFinal,
  { maxAttempts, maxThrottled, backoff }: JobRetryPolicy,
  random: number,
): RetryDecision {
  if (isFinal(error)) return { type: 'FAIL' };
  if (FATAL.has(error.kind)) return { type: 'STOP' };
  const failed = attempts - throttled;
  if (throttled > maxThrottled || failed >= maxAttempts) return { type: 'FAIL' };
  const holdsAll = isThrottled(error);
  const pauseMs = backoffMs(backoff, holdsAll ? throttled : failed, random);
  return { type: 'REPEAT', waitMs: holdsAll ? (error.retryAfterMs ?? pauseMs) : pauseMs, holdsAll };
}
