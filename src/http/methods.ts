import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestError } from './request-error.js';

const METHODS = ['GET', 'HEAD', 'POST'];

/** Returns the path of a URL, without a slash at its end. */
export const pathOf = (url: string) => url.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');

/**
 * Rejects a request that no route matches.
 * @throws RequestError with 405 where there is one, and the method is what is wrong.
 */
export function refuseMethod(app: FastifyInstance, request: FastifyRequest): void {
  const url = pathOf(request.url);
  // All files of a folder are one route.
  const folder = url.replace(/(?<=^\/[^/]+\/).*/s, '*');
  const allowed = METHODS.filter((method) =>
    [url, folder].some((each) => app.hasRoute({ method, url: each })),
  );
  if (allowed.length === 0 || allowed.includes(request.method)) return;
  const message = `this address takes ${allowed.join(' and ')}, and nothing else`;
  throw new RequestError(405, 'BAD_REQUEST', message, { headers: { allow: allowed.join(', ') } });
}
