import { STATUS_CODES } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Thrown to reject a request before its execution. The message is for the client. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    /** Additional headers of the response. */
    readonly headers: Readonly<Record<string, string>> = {},
    /** Additional extensions of the error. */
    readonly extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** Creates the error for a request that the client has to change. */
export function badRequest(message: string, status = 400, headers?: RequestError['headers']): RequestError {
  return new RequestError(status, 'BAD_REQUEST', message, headers);
}

/** Creates the error for a request that the client can repeat in a moment. */
export function overloaded(message: string): RequestError {
  return new RequestError(503, 'OVERLOADED', message, { 'retry-after': '1' });
}

/** Returns an error in the format of GraphQL. */
export function toGraphQLError({ code, message, extensions }: RequestError): GraphQLFormattedError {
  return { message, extensions: { code, ...extensions } };
}

/** Returns the body of an error response. */
export function errorBody(error: RequestError): string {
  return JSON.stringify({ errors: [toGraphQLError(error)] });
}

/** Returns the last response on a connection for which Node's HTTP server has no response object. */
export function rawResponse(error: RequestError): string {
  const body = errorBody(error);
  const head = [
    `HTTP/1.1 ${error.statusCode} ${STATUS_CODES[error.statusCode]}`,
    `content-type: ${JSON_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...Object.entries(error.headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
