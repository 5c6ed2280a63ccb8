import type { FastifyInstance } from 'fastify';
import { RequestError } from './request-error.js';

const METHODS = ['GET', 'HEAD', 'POST'];

/** Returns the path of a URL, without a slash at its end. */
export const pathOf = (url: string) => url.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');

/** Answers requests without a route: 405 if there is one for another method, otherwise 404. */
export function handleNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler(({ url, method }, reply) => {
    const allowed = allowedMethods(app, pathOf(url));
    if (allowed.length > 0 && !allowed.includes(method)) {
      const message = `this address takes ${allowed.join(' and ')}, and nothing else`;
      throw new RequestError(405, 'BAD_REQUEST', message, { headers: { allow: allowed.join(', ') } });
    }
    reply
      .code(404)
      .header('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send('There is nothing here. The GraphQL endpoint is /graphql.\n');
  });
}

function allowedMethods(app: FastifyInstance, path: string): string[] {
  // All files of a folder are one route.
  const folder = path.replace(/(?<=^\/[^/]+\/).*/s, '*');
  return METHODS.filter((method) => [path, folder].some((url) => app.hasRoute({ method, url })));
}
