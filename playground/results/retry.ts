import type { Answer } from '../gateway/gateway.js';

type Errors = NonNullable<Answer['errors']>;

/** How pauses grow: twice as long after each failure, in seconds. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/** Another try has the same outcome: the person has to do something first. */
const FINAL = new Set<unknown>([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'UPSTREAM_UNAUTHENTICATED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'QUERY_NOT_IN_SAFELIST',
]);

/** In seconds. A browser takes a pause of more than 24 days for none at all. */
const LONGEST_ASKED_FOR = 3_600;

/** Whether trying again will not mend these. */
export function areFinal(errors: Errors): boolean {
  return errors.some(({ extensions }) => FINAL.has(extensions?.code));
}

/** How long to wait after so many failures in a row, in seconds; at least as long as the errors ask for, up to an hour. */
export function pauseAfter(failures: number, { first, longest }: Pauses, errors: Errors): number {
  const asked = errors.map(({ extensions }) => Number(extensions?.retryAfter ?? 0)).filter(Number.isFinite);
  const grown = Math.min(longest, first * 2 ** (failures - 1));
  return Math.max(grown, Math.min(LONGEST_ASKED_FOR, Math.max(0, ...asked)));
}

/** Waits, but not longer than until the signal is aborted. */
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
