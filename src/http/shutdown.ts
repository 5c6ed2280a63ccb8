import type { FastifyInstance } from 'fastify';
import type { OpenStreams } from './graphql/result-stream.js';
import type { InFlightRequests } from './in-flight-requests.js';

/** Longest time that open requests may take to end, in milliseconds. */
export const DRAIN_TIMEOUT_MS = 7_000;
/** Time for a client to finish sending a request, in milliseconds. */
const INCOMPLETE_REQUEST_MS = 500;

/**
 * Makes the server complete streams and requests in flight before it drops every connection. Node alone would wait for
 * connections without any request, which browsers open in advance.
 * @param closeSockets Resolves when all WebSockets are closed, or after `timeoutMs`.
 */
export function gracefulShutdown(
  app: FastifyInstance,
  inFlight: InFlightRequests,
  streams: OpenStreams,
  closeSockets: (timeoutMs: number) => Promise<void>,
): void {
  app.addHook('preClose', async () => {
    // Fastify closes the server only after this hook.
    app.server.close();
    // For a host with two addresses Fastify has a server for each, and closes the others when the first is unreferenced.
    app.server.unref();
    streams.end();
    const timer = setTimeout(() => inFlight.abort('incomplete'), INCOMPLETE_REQUEST_MS);
    await Promise.all([inFlight.whenIdle(DRAIN_TIMEOUT_MS), closeSockets(DRAIN_TIMEOUT_MS)]);
    clearTimeout(timer);
    inFlight.abort('all');
    app.server.closeAllConnections();
  });
}
