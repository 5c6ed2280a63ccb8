import { STATUS_CODES } from 'node:http';
import { errorBody, type RefusalDetails } from './request-error.js';

/** An answer with an error as its bytes, for a connection on which HTTP is not spoken yet, or not any more. It is the last. */
export function rawAnswer(
  status: number,
  code: string,
  message: string,
  { extensions, headers = {} }: RefusalDetails = {},
): string {
  const body = errorBody(code, message, extensions);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
