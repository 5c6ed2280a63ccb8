import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { badRequest } from '../request-error.js';

/** Content types that a page can send to any site without a preflight (Fetch Standard, CORS protocol). */
const SIMPLE_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']);

/**
 * Rejects a body that is compressed or otherwise encoded, before any of it is read (RFC 9110, sections 8.4 and 15.5.16).
 * @throws RequestError
 */
export function rejectEncodedBody({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  // A GET has no body to which the header could apply.
  if (method === 'GET') return;
  const codings = (headers['content-encoding'] ?? '').split(',').map((each) => each.trim().toLowerCase());
  if (codings.every((coding) => coding === '' || coding === 'identity')) return;
  const message = 'Encoded request bodies are not supported. Send the body without Content-Encoding.';
  throw badRequest(message, 415, { 'accept-encoding': 'identity' });
}

/**
 * Rejects a body in another charset, which would be decoded incorrectly.
 * @throws RequestError
 */
export function requireUtf8(headers: IncomingHttpHeaders): void {
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(headers['content-type'] ?? '') ?? [];
  if (/^(utf-?8|us-ascii)$/i.test(charset)) return;
  throw badRequest('The charset of the body is not supported. Send the body in UTF-8.', 415);
}

/**
 * Rejects a request that a page of another site could send without a preflight.
 * @throws RequestError
 */
export function requirePreflight(headers: IncomingHttpHeaders): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const isSimple = type === '' || SIMPLE_TYPES.has(type.trim().toLowerCase());
  if (!isSimple || headers['apollo-require-preflight'] || headers['x-apollo-operation-name']) return;
  const message =
    'The request could be a Cross-Site Request Forgery. Send the header apollo-require-preflight with any value.';
  throw badRequest(message);
}
