import type { GatewayResult } from '../gateway/gateway.js';

type Errors = NonNullable<GatewayResult['errors']>;

/** Pauses in seconds, which double after each failure. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/** Error codes for which a retry is useless until the user changes something. */
const FINAL = new Set<unknown>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UPSTREAM_UNAUTHENTICATED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'QUERY_NOT_IN_SAFELIST',
]);

/** Maximum requested pause in seconds. A browser treats a pause of more than 24 days as none. */
const MAX_REQUESTED_SECONDS = 3_600;

/** Returns true if a retry cannot fix these errors. */
export function areFinal(errors: Errors): boolean {
  return errors.some(({ extensions }) => FINAL.has(extensions?.code));
}

/** Returns the pause after successive failures in seconds. It is at least as long as the errors ask for, up to an hour. */
export function pauseAfter(failures: number, { first, longest }: Pauses, errors: Errors): number {
  const requested = errors
    .map(({ extensions }) => Number(extensions?.retryAfter ?? 0))
    .filter(Number.isFinite);
  const grown = Math.min(longest, first * 2 ** (failures - 1));
  return Math.max(grown, Math.min(MAX_REQUESTED_SECONDS, Math.max(0, ...requested)));
}

/** Waits until the time has passed or the signal is aborted. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1_000);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
