import type { FastifyInstance } from 'fastify';
import type { OpenStreams } from './graphql/result-stream.js';
import type { InFlightRequests } from './in-flight-requests.js';

/** Longest time that open requests may take to end, in milliseconds. */
export const PATIENCE_MS = 7_000;
/** Time for a client to send the rest of a request, in milliseconds. */
const HALF_SENT_MS = 500;

/**
 * Registers the steps of closing the server. It stops accepting connections, completes the streams, closes the WebSockets,
 * waits for the requests in flight, and then drops every connection. Node alone would wait for connections without any
 * request, which browsers open in advance. Fastify responds with 503 to requests that still arrive on open connections.
 * @param closeSockets Resolves when all WebSockets are closed, or after `patienceMs`.
 */
export function gracefulShutdown(
  app: FastifyInstance,
  inFlight: InFlightRequests,
  streams: OpenStreams,
  closeSockets: (patienceMs: number) => Promise<void>,
): void {
  app.addHook('preClose', async () => {
    // Fastify closes it only after this hook.
    app.server.close();
    // For a host with two addresses Fastify has a server for each, and closes the others when the first is unreferenced.
    app.server.unref();
    streams.end();
    const timer = setTimeout(() => inFlight.abort('incomplete'), HALF_SENT_MS);
    await Promise.all([inFlight.quiet(PATIENCE_MS), closeSockets(PATIENCE_MS)]);
    clearTimeout(timer);
    inFlight.abort('all');
    app.server.closeAllConnections();
  });
}
