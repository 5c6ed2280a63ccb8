import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RequestError } from './request-error.js';

const METHODS = ['GET', 'HEAD', 'POST'];

/**
 * To a request that no route takes.
 * @throws RequestError with 405 where there is one, and the method is what is wrong.
 */
export function refuseMethod(app: FastifyInstance, request: FastifyRequest): void {
  const url = request.url.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');
  // All files of a folder are one route.
  const folder = url.replace(/(?<=^\/[^/]+\/).*/s, '*');
  const allowed = METHODS.filter((method) =>
    [url, folder].some((each) => app.hasRoute({ method, url: each })),
  );
  if (allowed.length === 0 || allowed.includes(request.method)) return;
  const message = `this address takes ${allowed.join(' and ')}, and nothing else`;
  throw new RequestError(405, 'BAD_REQUEST', message, { headers: { allow: allowed.join(', ') } });
}
