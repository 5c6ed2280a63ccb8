import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import type { Log } from '../domain/log.js';
import { StoreError } from '../domain/store-error.js';
import { TOP_LEVEL_CODES, UpstreamError } from '../domain/upstream-error.js';
import { InvalidArgumentError } from '../domain/user-error.js';

/** The codes of errors that GraphQL and Apollo Server find in a request; their messages are about the request alone. */
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

/** Every code that an error has when a client sees it. */
export const ERROR_CODES: ReadonlySet<string> = new Set([
  ...REQUEST_CODES,
  ...Object.values(TOP_LEVEL_CODES),
  'STORE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
]);

/** What V8 says where GraphQL's recursive parser and rules are led too deep. */
const STACK_IS_FULL = 'Maximum call stack size exceeded';
const TOO_DEEP = 'The document is nested too deeply. Reduce the nesting.';

export type ErrorFormatter = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** In characters. */
const LONGEST_MESSAGE = 1_000;

/** What a client is told of a fault that is not its own, nor an upstream's. */
export const MASKED =
  'The gateway failed with an internal error. If it recurs, contact the operator of the gateway.';

/** What Apollo Server gives no code to: its code, and what is said in its place. */
const REQUEST_FAULTS = new Map<string, readonly [code: string, message: string]>([
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

/** The one place where errors become what a client sees. Nothing that is not known to be safe gets out. */
export function errorFormatter(log: Log): ErrorFormatter {
  return (formatted, error) => {
    const cause = unwrapResolverError(error);
    const { message, locations, path } = formatted;
    const place = { ...(locations && { locations }), ...(path && { path }) };
    if (cause instanceof UpstreamError) {
      return { message: cause.message, ...place, extensions: upstreamExtensions(cause) };
    }
    if (cause instanceof InvalidArgumentError) {
      return { message: cause.message, ...place, extensions: { code: 'BAD_USER_INPUT' } };
    }
    if (cause instanceof StoreError) {
      return { message: cause.message, ...place, extensions: { code: 'STORE_UNAVAILABLE' } };
    }
    const fault = path ? undefined : REQUEST_FAULTS.get(message);
    if (fault) return { message: fault[1], extensions: { code: fault[0] } };
    const { code, limit } = formatted.extensions ?? {};
    if (typeof code === 'string' && REQUEST_CODES.has(code)) {
      const extensions = { code, ...(typeof limit === 'object' && { limit }) };
      return { message: message === STACK_IS_FULL ? TOO_DEEP : shortened(message), ...place, extensions };
    }
    log.error(
      { path, err: cause instanceof Error ? { name: cause.name, stack: cause.stack } : {} },
      'Internal error.',
    );
    return { message: MASKED, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

/** Removes the names of the schema that GraphQL suggests. */
export function withoutHints(format: ErrorFormatter): ErrorFormatter {
  return (formatted, error) => {
    const shown = format(formatted, error);
    return { ...shown, message: shown.message.replace(/ ?Did you mean .*$/s, '') };
  };
}

/** GraphQL repeats what is wrong in each of its complaints: fifty of them would make fifty of every megabyte that was sent. */
function shortened(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE / 2)} … ${message.slice(-LONGEST_MESSAGE / 2)}`;
}

function upstreamExtensions({ kind, upstream, retryAfterMs }: UpstreamError): Record<string, unknown> {
  const retryAfter = retryAfterMs === null ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) };
  return { code: TOP_LEVEL_CODES[kind], upstream, ...retryAfter };
}
