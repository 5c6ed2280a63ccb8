import { unwrapResolverError } from '@apollo/server/errors';
import type { GraphQLFormattedError } from 'graphql';
import type { Log } from '../domain/log.js';
import { UpstreamError, type UpstreamErrorKind } from '../domain/upstream-error.js';
import { InvalidArgumentError } from '../domain/user-error.js';

/** The codes of top-level errors. */
const CODES: Readonly<Record<UpstreamErrorKind, string>> = {
  KEY_MISSING: 'UNAUTHENTICATED',
  UNAUTHENTICATED: 'UPSTREAM_UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  // Where either can be meant, it never gets here: an object that does not exist is null, a name taken a user error.
  NOT_FOUND: 'UPSTREAM_BAD_RESPONSE',
  CONFLICT: 'UPSTREAM_BAD_RESPONSE',
  REJECTED: 'BAD_USER_INPUT',
  RATE_LIMITED: 'UPSTREAM_RATE_LIMITED',
  TIMEOUT: 'UPSTREAM_TIMEOUT',
  UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  BAD_RESPONSE: 'UPSTREAM_BAD_RESPONSE',
  CANCELLED: 'CANCELLED',
};

/** The codes of errors that GraphQL and Apollo Server find in a request; their messages are about the request alone. */
const REQUEST_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** The one place where errors become what a client sees. Nothing that is not known to be safe gets out. */
export function errorFormatter(
  log: Log,
): (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError {
  return (formatted, error) => {
    const cause = unwrapResolverError(error);
    const { message, locations, path } = formatted;
    const place = { ...(locations && { locations }), ...(path && { path }) };
    if (cause instanceof UpstreamError) {
      return { message: upstreamMessage(cause), ...place, extensions: upstreamExtensions(cause) };
    }
    if (cause instanceof InvalidArgumentError) {
      return { message: cause.message, ...place, extensions: { code: 'BAD_USER_INPUT' } };
    }
    const code = formatted.extensions?.code;
    if (typeof code === 'string' && REQUEST_CODES.has(code))
      return { message, ...place, extensions: { code } };
    log.error(
      { path, err: cause instanceof Error ? { name: cause.name, stack: cause.stack } : {} },
      'internal error',
    );
    const masked = 'the gateway could not do this because of a fault of its own';
    return { message: masked, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}

function upstreamMessage({ kind, faults, message }: UpstreamError): string {
  const words = faults
    .map((fault) => (fault.field ? `${fault.field} ${fault.message}` : fault.message))
    .join('; ');
  return kind === 'REJECTED' && words ? `${message}: ${words}` : message;
}

function upstreamExtensions({ kind, upstream, retryAfterMs }: UpstreamError): Record<string, unknown> {
  const retryAfter = retryAfterMs === null ? {} : { retryAfter: Math.ceil(retryAfterMs / 1000) };
  return { code: CODES[kind], upstream, ...retryAfter };
}
