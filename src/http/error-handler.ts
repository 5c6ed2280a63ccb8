import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../domain/log.js';
import { MASKED } from '../graphql/error-mapping.js';
import { badRequest, errorBody, JSON_TYPE, RequestError } from './request-error.js';

/** Time for which the rest of a refused request is read and discarded, in milliseconds. */
const LINGER_MS = 2_000;

/** Sends every error of a route or a hook in the format of GraphQL. Details of unexpected errors are only logged. */
export function handleErrors(app: FastifyInstance, maxBodyBytes: number, log: Log): void {
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    const refusal = error instanceof RequestError ? error : refusalOf(error, request, maxBodyBytes);
    if (refusal.code === 'INTERNAL_SERVER_ERROR')
      log.error({ reason: error.message, stack: error.stack }, 'The request failed.');
    reply.code(refusal.statusCode).type(JSON_TYPE);
    if (!request.raw.complete) lingerThenClose(request.raw, reply);
    return reply.headers(refusal.headers).send(errorBody(refusal));
  });
}

/** Converts an error of Fastify. */
function refusalOf(error: FastifyError, request: FastifyRequest, maxBodyBytes: number): RequestError {
  const { statusCode = 500 } = error;
  const isOperation = request.routeOptions.url === '/graphql';
  const message = statusCode === 413 && isOperation ? tooLarge(request, maxBodyBytes) : error.message;
  if (statusCode === 413) return new RequestError(413, 'TOO_LARGE', message);
  if (statusCode < 500) return badRequest(message, statusCode);
  return new RequestError(statusCode, 'INTERNAL_SERVER_ERROR', MASKED);
}

/** Refuses a URL that the router cannot read, such as one with invalid percent-encoding. No hook has run for its request. */
export function refuseMalformedUrl({ statusCode = 400 }: FastifyError, reply: FastifyReply): void {
  reply
    .code(statusCode)
    .type(JSON_TYPE)
    .header('x-content-type-options', 'nosniff')
    .send(errorBody(badRequest('The URL of the request is malformed.')));
}

function tooLarge({ headers }: FastifyRequest, maxBytes: number): string {
  const contentLength = headers['content-length'];
  return contentLength === undefined
    ? `The body exceeds the limit of ${maxBytes} bytes.`
    : `The body has ${contentLength} bytes, but the limit is ${maxBytes}.`;
}

/**
 * Closes the connection of a request that is refused before it was completely read, after a delay. Closing it immediately
 * would reset it, and a client that is still sending would see a broken connection instead of the response.
 */
function lingerThenClose(request: IncomingMessage, reply: FastifyReply): void {
  request.resume();
  // Otherwise Node closes the connection with the response if the client has sent "connection: close".
  reply.header('connection', 'keep-alive');
  reply.raw.once('finish', () => {
    const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
  });
}

const METHODS = ['GET', 'HEAD', 'POST'];

/** Returns the path of a URL, without a trailing slash. */
export const pathOf = (url: string) => url.replace(/\?.*$/s, '').replace(/(?<=.)\/$/, '');

/** Handles requests without a route. The status is 405 if there is a route for another method, otherwise 404. */
export function handleNotFound(app: FastifyInstance): void {
  app.setNotFoundHandler(({ url, method }, reply) => {
    const allowed = allowedMethods(app, pathOf(url));
    if (allowed.length > 0 && !allowed.includes(method)) {
      const message = `This URL accepts only ${allowed.join(' and ')} requests.`;
      throw badRequest(message, 405, { allow: allowed.join(', ') });
    }
    reply
      .code(404)
      .header('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send('This URL does not exist. The GraphQL endpoint is /graphql.\n');
  });
}

function allowedMethods(app: FastifyInstance, path: string): string[] {
  // All files of a folder share one route.
  const folder = path.replace(/(?<=^\/[^/]+\/).*/s, '*');
  return METHODS.filter((method) => [path, folder].some((url) => app.hasRoute({ method, url })));
}
