import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import type { Log } from '../domain/log.js';
import { StoreError } from '../domain/store-error.js';
import { TOP_LEVEL_CODES, UpstreamError } from '../domain/upstream-error.js';
import { InvalidArgumentError } from '../domain/user-error.js';

/** Codes of errors whose messages only describe the request, so that clients may see them. */
const REQUEST_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'QUERY_NOT_IN_SAFELIST',
  'UNAUTHENTICATED',
  'FORBIDDEN',
]);

/** All codes of errors in responses. */
export const ERROR_CODES: ReadonlySet<string> = new Set([
  ...REQUEST_CODES,
  ...Object.values(TOP_LEVEL_CODES),
  'STORE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
]);

/** V8's message when GraphQL's recursive parser or rules overflow the stack. */
const STACK_OVERFLOW = 'Maximum call stack size exceeded';
const TOO_DEEP = 'The document is nested too deeply. Reduce the nesting.';

export type ErrorFormatter = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Maximum length of a message, in characters. */
const MAX_MESSAGE_LENGTH = 1_000;

/** Message of an error that neither the client nor an upstream has caused. */
export const MASKED =
  'The gateway failed with an internal error. If it recurs, contact the operator of the gateway.';

/** Codes and messages for errors that have no code in Apollo Server, by their original message. */
const REQUEST_ERRORS = new Map<string, readonly [code: string, message: string]>([
  [
    'Too many errors processing variables, error limit reached. Execution aborted.',
    ['BAD_USER_INPUT', 'The variables have more errors than are listed here. Fix these first.'],
  ],
  [
    'Validation aborted.',
    [
      'GRAPHQL_VALIDATION_FAILED',
      'Validating overlapping fields exceeded the limit of 500 000 comparisons. Repeat fewer fields.',
    ],
  ],
]);

/** Converts all errors to the form that clients receive. A message that is not known to be safe is masked. */
export function errorFormatter(log: Log): ErrorFormatter {
  return (formatted, error) => {
    const cause = unwrapResolverError(error);
    const { message, locations, path } = formatted;
    const position = { ...(locations && { locations }), ...(path && { path }) };
    if (cause instanceof UpstreamError) {
      return { message: cause.message, ...position, extensions: upstreamExtensions(cause) };
    }
    if (cause instanceof InvalidArgumentError) {
      return { message: cause.message, ...position, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (cause instanceof StoreError) {
      return { message: cause.message, ...position, extensions: { code: 'STORE_UNAVAILABLE' } };
    }
    const requestError = path ? undefined : REQUEST_ERRORS.get(message);
    if (requestError) return { message: requestError[1], extensions: { code: requestError[0] } };
    const { code, limit } = formatted.extensions ?? {};
    if (typeof code === 'string' && REQUEST_CODES.has(code)) {
      const extensions = { code, ...(typeof limit === 'object' && { limit }) };
      return { message: message === STACK_OVERFLOW ? TOO_DEEP : shortened(message), ...position, extensions };
    }
    log.error(
      { path, err: cause instanceof Error ? { name: cause.name, stack: cause.stack } : {} },
      'Internal error.',
    );
    return { message: MASKED, ...position, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** Removes GraphQL's suggestions, which reveal names of the schema. */
export function withoutHints(format: ErrorFormatter): ErrorFormatter {
  return (formatted, error) => {
    const visible = format(formatted, error);
    return { ...visible, message: visible.message.replace(/ ?Did you mean .*$/s, '') };
  };
}

/** Shortens a message. GraphQL quotes the input in up to fifty errors, which would multiply a large request. */
function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE_LENGTH) return message;
  return `${message.slice(0, MAX_MESSAGE_LENGTH / 2)} … ${message.slice(-MAX_MESSAGE_LENGTH / 2)}`;
}

function upstreamExtensions({ kind, upstream, retryAfterMs }: UpstreamError): Record<string, unknown> {
  const retryAfter = retryAfterMs === null ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) };
  return { code: TOP_LEVEL_CODES[kind], upstream, ...retryAfter };
}
