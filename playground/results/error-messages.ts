import type { GraphQLFormattedError } from 'graphql';
import type { FoundUserError } from './extract-entities.js';

/** Error to show to the user. */
export interface DisplayError {
  readonly code: string | null;
  /** Meaning of the code, or null if the message explains it. */
  readonly title: string | null;
  readonly message: string;
  /** Path of the field in the response or the input, or null. */
  readonly location: string | null;
  /** Number of other occurrences of the same error. */
  readonly more: number;
  /** Wait before a retry, in seconds. */
  readonly retryAfter: number | null;
  /** True if another key or token may fix it. */
  readonly concernsKeys: boolean;
}

const KEY_CODES = new Set(['UPSTREAM_UNAUTHENTICATED', 'UNAUTHENTICATED', 'FORBIDDEN']);

/** Titles of the codes whose messages do not explain them. */
const TITLES = new Map([
  ['UNAUTHENTICATED', 'A key or token is missing or wrong'],
  ['FORBIDDEN', 'This is not allowed'],
  ['GRAPHQL_PARSE_FAILED', 'The document cannot be parsed'],
  ['GRAPHQL_VALIDATION_FAILED', 'The document does not match the schema'],
  ['BAD_USER_INPUT', 'A value is invalid'],
  ['INVALID', 'A value is invalid'],
  ['REQUIRED', 'A value is missing'],
  ['CONFLICT', 'The request conflicts with the current state'],
  ['UNSUPPORTED_MEDIA', 'The file type is not supported'],
  ['UPSTREAM_REJECTED', 'The values were rejected'],
  ['OUTCOME_UNKNOWN', 'The outcome is unknown'],
]);

/** Returns the errors of a response, top-level errors first. Identical errors are merged. */
export function toDisplayErrors(
  errors: readonly GraphQLFormattedError[],
  userErrors: readonly FoundUserError[],
): DisplayError[] {
  const all = [...errors.map(ofError), ...userErrors.map(ofUserError)];
  const merged = new Map<string, DisplayError>();
  for (const each of all) {
    const key = JSON.stringify([each.code, each.message]);
    const existing = merged.get(key);
    merged.set(key, existing ? { ...existing, more: existing.more + 1 } : each);
  }
  return [...merged.values()];
}

function ofError({ message, path, extensions = {} }: GraphQLFormattedError): DisplayError {
  const code = typeof extensions.code === 'string' ? extensions.code : null;
  const { retryAfter } = extensions;
  return {
    code,
    title: titleOf(code),
    message,
    location: path ? path.join('.') : null,
    more: 0,
    retryAfter: typeof retryAfter === 'number' ? retryAfter : null,
    concernsKeys: code !== null && KEY_CODES.has(code),
  };
}

function ofUserError({
  code: givenCode,
  message = 'Something went wrong',
  field,
}: FoundUserError): DisplayError {
  const code = givenCode ?? null;
  const location = field ? field.join('.') : null;
  return { code, title: titleOf(code), message, location, more: 0, retryAfter: null, concernsKeys: false };
}

function titleOf(code: string | null): string | null {
  return TITLES.get(code ?? '') ?? null;
}
