import type { GraphQLFormattedError } from 'graphql';
import type { FoundUserError } from './found-objects.js';

/** Something that went wrong, in words. */
export interface Fault {
  readonly code: string | null;
  /** What the code means; null where the message says no less. */
  readonly title: string | null;
  readonly message: string;
  /** Where: the path of the answer's field, or of the input's; null where it is of none. */
  readonly place: string | null;
  /** In how many more places the same went wrong. */
  readonly more: number;
  /** In seconds. */
  readonly retryAfter: number | null;
  /** Another key or token may mend it. */
  readonly isOfKeys: boolean;
}

const OF_KEYS = new Set(['UPSTREAM_UNAUTHENTICATED', 'UNAUTHENTICATED', 'FORBIDDEN']);

/** Of the codes whose messages do not say it themselves. */
const TITLES = new Map([
  ['UNAUTHENTICATED', 'A key or token is missing or wrong'],
  ['FORBIDDEN', 'This is not allowed'],
  ['GRAPHQL_PARSE_FAILED', 'The document cannot be read'],
  ['GRAPHQL_VALIDATION_FAILED', 'The document does not fit the schema'],
  ['BAD_USER_INPUT', 'A value cannot be used'],
  ['INVALID', 'A value cannot be used'],
  ['REQUIRED', 'A value is missing'],
  ['CONFLICT', 'It cannot be done now'],
  ['UNSUPPORTED_MEDIA', 'The file is no image that is taken'],
  ['UPSTREAM_REJECTED', 'The values were refused'],
  ['OUTCOME_UNKNOWN', 'It may have been done'],
]);

/** The faults of an answer, those of its top level first; what is the same in many places once. */
export function faultsOf(
  errors: readonly GraphQLFormattedError[],
  userErrors: readonly FoundUserError[],
): Fault[] {
  const faults = [...errors.map(ofError), ...userErrors.map(ofUserError)];
  const once = new Map<string, Fault>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.code, fault.message]);
    const known = once.get(key);
    once.set(key, known ? { ...known, more: known.more + 1 } : fault);
  }
  return [...once.values()];
}

function ofError({ message, path, extensions = {} }: GraphQLFormattedError): Fault {
  const code = typeof extensions.code === 'string' ? extensions.code : null;
  const { retryAfter } = extensions;
  return {
    code,
    title: titleOf(code),
    message,
    place: path ? path.join('.') : null,
    more: 0,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : null,
    isOfKeys: code !== null && OF_KEYS.has(code),
  };
}

function ofUserError({ code: told, message = 'Something went wrong', field }: FoundUserError): Fault {
  const code = told ?? null;
  const place = field ? field.join('.') : null;
  return { code, title: titleOf(code), message, place, more: 0, retryAfter: null, isOfKeys: false };
}

function titleOf(code: string | null): string | null {
  return TITLES.get(code ?? '') ?? null;
}
