import type { IncomingMessage } from 'node:http';
import { RequestError } from './request-error.js';

/**
 * Rejects a body that is compressed or otherwise encoded, before any of it is read (RFC 9110, sections 8.4 and 15.5.16).
 * @throws RequestError
 */
export function requireIdentity({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  // A GET has no body to which the header could apply.
  if (method === 'GET') return;
  const codings = (headers['content-encoding'] ?? '').split(',').map((each) => each.trim().toLowerCase());
  if (codings.every((coding) => coding === '' || coding === 'identity')) return;
  const message = 'Encoded request bodies are not supported. Send the body without Content-Encoding.';
  throw new RequestError(415, 'BAD_REQUEST', message, { headers: { 'accept-encoding': 'identity' } });
}
