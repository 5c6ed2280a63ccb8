import { once } from 'node:events';
import { createServer } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import type { Log } from '../domain/log.js';
import { handleErrors, handleNotFound, refuseMalformedUrl } from './error-handler.js';
import { type GraphQLOptions, graphqlRoute } from './graphql/graphql-route.js';
import { OpenStreams } from './graphql/result-stream.js';
import { type GuardOptions, registerGuards } from './guards/request-guards.js';
import { InFlightRequests } from './in-flight-requests.js';
import {
  type ClientTimeouts,
  endSlowClients,
  refuseUnreadableRequests,
  serverTimeouts,
} from './limits/client-timeouts.js';
import { AdmissionQueue, type OverloadLimits } from './limits/load-shedder.js';
import type { Metrics } from './metrics/metrics.js';
import { type Playground, playgroundRoutes } from './playground.js';
import { gracefulShutdown } from './shutdown.js';
import { webhookRoutes } from './webhooks.js';
import { graphqlWebSocket, type WebSocketOptions } from './websocket/websocket.js';

export interface HttpOptions
  extends GraphQLOptions,
    GuardOptions,
    Omit<WebSocketOptions, 'queue' | 'origins' | 'guard'> {
  readonly clientTimeouts: ClientTimeouts;
  readonly overload: OverloadLimits;
  readonly metrics: Metrics;
  /** Page at `/`, or null to disable it. */
  readonly playground: Playground | null;
}

/** Creates the HTTP server, which does not listen yet. */
export async function createHttpServer(options: HttpOptions, log: Log): Promise<FastifyInstance> {
  const { metrics, publicUrl, corsOrigins } = options;
  const inFlight = new InFlightRequests((ended) => metrics.countRequest(ended));
  const app = fastify({
    logger: false,
    bodyLimit: options.limits.maxBodyBytes,
    ...serverTimeouts(options.clientTimeouts),
    clientErrorHandler: refuseUnreadableRequests(inFlight),
    routerOptions: { ignoreTrailingSlash: true },
    trustProxy: options.isTrustedProxy,
    // No route has a schema, so Fastify does not need its compilers.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (error, request, reply) => {
      inFlight.add(request, reply);
      refuseMalformedUrl(error, reply);
    },
  });
  inFlight.watch(app);
  endSlowClients(app, inFlight, options.clientTimeouts);
  const guard = await registerGuards(app, options, log);
  options.rates.limitAddresses(app);
  const queue = new AdmissionQueue(options.overload);
  // Only JSON and multipart bodies are accepted.
  app.removeContentTypeParser('text/plain');
  handleErrors(app, options.limits.maxBodyBytes, log);
  handleNotFound(app);
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => reply.type('text/plain').send('ok\n'));
  const streams = new OpenStreams();
  graphqlRoute(app, { ...options, streams, queue });
  const { callbacks } = options.services;
  webhookRoutes(app, callbacks);
  if (options.playground) playgroundRoutes(app, options.playground, options);
  const origins = [...corsOrigins, ...(publicUrl === null ? [] : [new URL(publicUrl).origin])];
  const sockets = graphqlWebSocket(app, { ...options, queue, origins, guard }, inFlight);
  gracefulShutdown(app, inFlight, streams, sockets.close);
  metrics.expose(app, { streams: () => streams.size, webSockets: () => sockets.size() });
  return app;
}

function noCompiler(): never {
  throw new Error('A route has a schema, but no schema compiler is loaded.');
}

/**
 * Number of connections that may wait to be accepted. With Node's default of 511, more clients that connect at the same moment
 * retry only after a second or more.
 */
const BACKLOG = 4_096;
const LOCALHOST = { ipv4: '127.0.0.1', ipv6: '::1' };

/**
 * Listens on a host, and for `localhost` on both of its addresses. Both use one HTTP server, because Fastify would create a
 * second one without the settings of the first.
 */
export async function listenAt(app: FastifyInstance, host: string, port: number): Promise<void> {
  if (host.toLowerCase() !== 'localhost') return void (await app.listen({ host, port, backlog: BACKLOG }));
  const ipv6Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    app.server.emit('connection', socket),
  );
  app.addHook('preClose', async () => {
    ipv6Server.close();
  });
  await app.listen({ host: LOCALHOST.ipv4, port, backlog: BACKLOG });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) return;
  // Not every machine has IPv6.
  ipv6Server.on('error', () => {});
  ipv6Server.listen({ host: LOCALHOST.ipv6, port: address.port, backlog: BACKLOG });
  await Promise.race([once(ipv6Server, 'listening'), once(ipv6Server, 'error')]).catch(() => {});
}
