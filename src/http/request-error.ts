import { STATUS_CODES } from 'node:http';

/** Additional extensions of the error, and headers of the response. */
export interface RefusalDetails {
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request is rejected before it is executed. The message is for the client. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly statusCode: number,
    readonly code: string,
    message: string,
    { extensions = {}, headers = {} }: RefusalDetails = {},
  ) {
    super(message);
    this.extensions = extensions;
    this.headers = headers;
  }
}

/** Returns the body of an error response in the format of GraphQL. */
export function errorBody(
  code: string,
  message: string,
  extensions: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ errors: [{ message, extensions: { code, ...extensions } }] });
}

/** Returns the last response on a connection for which Node's HTTP server has no response object. */
export function rawResponse({ statusCode, code, message, extensions, headers }: RequestError): string {
  const body = errorBody(code, message, extensions);
  const head = [
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
