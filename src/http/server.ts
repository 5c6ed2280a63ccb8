import fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../domain/log.js';
import { handleErrors, handleNotFound, refuseMalformedUrl } from './error-handler.js';
import { type GraphQLOptions, graphqlRoute } from './graphql/graphql-route.js';
import { OpenStreams } from './graphql/result-stream.js';
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
import type { Metrics } from './metrics/metrics.js';
import { type Playground, playgroundRoutes } from './playground.js';
import { closeGently } from './shutdown.js';
import { webhookRoutes } from './webhooks.js';
import { graphqlWebSocket, type WebSocketOptions } from './websocket/websocket.js';

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
      refuseMalformedUrl(error, reply);
    },
  });
  inFlight.watch(app);
  endSlowClients(app, inFlight, options.clientTimeouts);
  const guard = await registerGuards(app, options, new Connections(options.maxConnections, log));
  options.rates.limitAddresses(app);
  const queue = new AdmissionQueue(options.overload);
  // JSON and multipart are all that is taken.
  app.removeContentTypeParser('text/plain');
  handleErrors(app, options.limits.maxBodyBytes, log);
  handleNotFound(app);
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
