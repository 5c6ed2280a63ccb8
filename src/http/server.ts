import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Log } from '../domain/log.js';
import { MASKED } from '../graphql/error-mapping.js';
import { type GraphQLOptions, graphqlRoute } from './graphql-route.js';
import { OpenStreams } from './open-streams.js';
import { errorBody, RequestError } from './request-error.js';
import { closeGently } from './shutdown.js';
import { Unanswered } from './unanswered.js';
import { webhookRoutes } from './webhooks.js';
import { graphqlWebSocket, type WebSocketOptions } from './websocket.js';

/** The largest JSON body, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;
/** How long a client may take to send its request, uploads included. */
const REQUEST_TIMEOUT_MS = 300_000;

/** How long the rest of a refused request is still taken in, and thrown away. */
const LINGER_MS = 2_000;

const GREETING = `Promptgate: Astria's image prompts and Portkey's prompt library behind one GraphQL endpoint.

Send your operations to /graphql, for example:

  curl -s HOST/graphql -H 'content-type: application/json' -d '{"query":"{ tunes(first: 3) { nodes { id title } } }"}'
`;

/** The HTTP face of the gateway, not yet listening. */
export function createHttpServer(options: GraphQLOptions & WebSocketOptions, log: Log): FastifyInstance {
  const unanswered = new Unanswered();
  const app = fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      unanswered.add(request.raw, reply.raw);
      badAddress(error, reply);
    },
  });
  // Not the server's event: where a host has two addresses Fastify has a server for each.
  app.addHook('onRequest', (request, reply, done) => {
    unanswered.add(request.raw, reply.raw);
    done();
  });
  // JSON and multipart are all that is taken.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    const status = error.statusCode ?? 500;
    reply.code(status).type('application/json; charset=utf-8');
    if (error instanceof RequestError) {
      if (!request.raw.complete) lingerThenClose(request.raw, reply.raw);
      return reply.send(errorBody(error.code, error.message));
    }
    if (status < 500)
      return reply.send(errorBody(status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST', error.message));
    log.error({ reason: error.message, stack: error.stack }, 'request failed');
    return reply.send(errorBody('INTERNAL_SERVER_ERROR', MASKED));
  });
  app.setNotFoundHandler((_request, reply) => {
    reply
      .code(404)
      .type('text/plain; charset=utf-8')
      .send('There is nothing here. The GraphQL endpoint is /graphql.\n');
  });
  app.get('/', (request, reply) => {
    reply.type('text/plain; charset=utf-8').send(GREETING.replace('HOST', `http://${request.host}`));
  });
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  const streams = new OpenStreams();
  graphqlRoute(app, { ...options, streams });
  const { callbacks } = options.services;
  webhookRoutes(app, callbacks);
  const sockets = graphqlWebSocket(app, options, unanswered);
  closeGently(app, { unanswered, streams, sockets });
  return app;
}

/** What the router cannot even read, such as broken percent-encoding; Fastify would answer in a form of its own. */
function badAddress({ statusCode = 400 }: FastifyError, reply: FastifyReply): void {
  reply
    .code(statusCode)
    .type('application/json; charset=utf-8')
    .send(errorBody('BAD_REQUEST', 'the address of the request is malformed'));
}

/**
 * Ends the connection of a request that is refused before it was read. Closing at once would reset it, and a client that
 * is busy sending would see a broken connection in place of the answer.
 */
function lingerThenClose(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  // Else Node closes with the answer where the client has asked for a connection of one request.
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
  });
}
