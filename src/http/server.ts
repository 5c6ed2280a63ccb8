import type { IncomingMessage } from 'node:http';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Log } from '../domain/log.js';
import { MASKED } from '../graphql/error-mapping.js';
import { type GraphQLOptions, graphqlRoute } from './graphql/graphql-route.js';
import { OpenStreams } from './graphql/open-streams.js';
import { type GuardOptions, registerGuards } from './guards/request-guards.js';
import { InFlightRequests } from './in-flight-requests.js';
import {
  answerUnreadable,
  type ClientTimeouts,
  endSlowClients,
  serverTimeouts,
} from './limits/client-timeouts.js';
import { Connections } from './limits/connections.js';
import { AdmissionQueue, type OverloadLimits } from './limits/load-shedder.js';
import { refuseMethod } from './methods.js';
import type { Metrics } from './metrics/metrics.js';
import { type Playground, playgroundRoutes } from './playground.js';
import { errorBody, RequestError } from './request-error.js';
import { closeGently } from './shutdown.js';
import { webhookRoutes } from './webhooks.js';
import { graphqlWebSocket, type WebSocketOptions } from './websocket/websocket.js';

/** How long the rest of a refused request is still taken in, and thrown away. */
const LINGER_MS = 2_000;

export interface HttpOptions
  extends GraphQLOptions,
    GuardOptions,
    Omit<WebSocketOptions, 'queue' | 'origins' | 'guard'> {
  /** How many connections may be open at once. */
  readonly maxConnections: number;
  readonly clientTimeouts: ClientTimeouts;
  readonly overload: OverloadLimits;
  readonly metrics: Metrics;
  /** Null: there is none. */
  readonly playground: Playground | null;
}

/** The HTTP face of the gateway, not yet listening. */
export async function createHttpServer(options: HttpOptions, log: Log): Promise<FastifyInstance> {
  const { metrics, publicUrl, corsOrigins } = options;
  const inFlight = new InFlightRequests((ended) => metrics.countRequest(ended));
  const app = fastify({
    logger: false,
    bodyLimit: options.limits.maxBodyBytes,
    ...serverTimeouts(options.clientTimeouts),
    clientErrorHandler: answerUnreadable(inFlight),
    routerOptions: { ignoreTrailingSlash: true },
    trustProxy: options.trust,
    // No route has a schema: Fastify need not load its compilers.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, request, reply) => {
      inFlight.add(request, reply);
      badAddress(error, reply);
    },
  });
  inFlight.watch(app);
  endSlowClients(app, inFlight, options.clientTimeouts);
  const guard = await registerGuards(app, options, new Connections(options.maxConnections, log));
  options.rates.limitAddresses(app);
  const queue = new AdmissionQueue(options.overload);
  // JSON and multipart are all that is taken.
  app.removeContentTypeParser('text/plain');
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    const status = error.statusCode ?? 500;
    reply.code(status).type('application/json; charset=utf-8');
    if (!request.raw.complete) lingerThenClose(request.raw, reply);
    if (error instanceof RequestError)
      return reply.headers(error.headers).send(errorBody(error.code, error.message, error.extensions));
    if (status === 413 && request.routeOptions.url === '/graphql')
      return reply.send(errorBody('TOO_LARGE', tooLarge(request, options.limits.maxBodyBytes)));
    if (status < 500)
      return reply.send(errorBody(status === 413 ? 'TOO_LARGE' : 'BAD_REQUEST', error.message));
    log.error({ reason: error.message, stack: error.stack }, 'request failed');
    return reply.send(errorBody('INTERNAL_SERVER_ERROR', MASKED));
  });
  app.setNotFoundHandler((request, reply) => {
    refuseMethod(app, request);
    reply
      .code(404)
      .header('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send('There is nothing here. The GraphQL endpoint is /graphql.\n');
  });
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  const streams = new OpenStreams();
  graphqlRoute(app, { ...options, streams, queue });
  const { callbacks } = options.services;
  webhookRoutes(app, callbacks);
  playgroundRoutes(app, options);
  const origins = [...corsOrigins, ...(publicUrl === null ? [] : [new URL(publicUrl).origin])];
  const sockets = graphqlWebSocket(app, { ...options, queue, origins, guard }, inFlight);
  closeGently(app, { inFlight, streams, sockets });
  metrics.expose(app, { streams: () => streams.size, webSockets: () => sockets.size() });
  return app;
}

function noCompiler(): never {
  throw new Error('a route has a schema, for which no compiler is loaded');
}

function tooLarge({ headers }: FastifyRequest, most: number): string {
  const announced = headers['content-length'];
  return announced === undefined
    ? `the body has more than ${most} bytes, which is the limit`
    : `the body has ${announced} bytes, and the limit is ${most}`;
}

/** What the router cannot even read, such as broken percent-encoding; Fastify would answer in a form of its own. */
function badAddress({ statusCode = 400 }: FastifyError, reply: FastifyReply): void {
  reply
    .code(statusCode)
    .type('application/json; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .send(errorBody('BAD_REQUEST', 'the address of the request is malformed'));
}

/**
 * Ends the connection of a request that is refused before it was read. Closing at once would reset it, and a client that
 * is busy sending would see a broken connection in place of the answer.
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
