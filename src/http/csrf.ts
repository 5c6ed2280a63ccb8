import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from './request-error.js';

/** Types of a body that a page may have a browser send to any site without a preflight (Fetch Standard, CORS protocol). */
const SIMPLE_TYPES: ReadonlySet<string> = new Set([
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'text/plain',
]);

/**
 * Rejects a request that a page of another site could have a browser send without a preflight.
 * @throws RequestError
 */
export function requirePreflight(headers: IncomingHttpHeaders): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const isSimple = type === '' || SIMPLE_TYPES.has(type.trim().toLowerCase());
  if (!isSimple || headers['apollo-require-preflight'] || headers['x-apollo-operation-name']) return;
  const message =
    'This could be a Cross-Site Request Forgery. Send the header apollo-require-preflight with any value.';
  throw new RequestError(400, 'BAD_REQUEST', message);
}
