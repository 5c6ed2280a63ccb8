import type { FastifyInstance } from 'fastify';
import type { OpenStreams } from './graphql/result-stream.js';
import type { InFlightRequests } from './in-flight-requests.js';

/** Longest time that open requests may take to end, in milliseconds. */
export const PATIENCE_MS = 7_000;
/** How long a client may take to send the rest of a request. */
const HALF_SENT_MS = 500;

/**
 * When the server closes, takes no connections any more, completes the streams, closes the WebSockets, lets the requests that
 * are under way end, and then drops every connection. Node by itself waits for connections on which nothing was ever
 * asked, such as browsers open ahead of need. Fastify answers what still comes on open connections with 503.
 * @param closeSockets Resolves when all WebSockets are closed, after `patienceMs` at the latest.
 */
export function closeGently(
  app: FastifyInstance,
  inFlight: InFlightRequests,
  streams: OpenStreams,
  closeSockets: (patienceMs: number) => Promise<void>,
): void {
  app.addHook('preClose', async () => {
    // Fastify does so only after this hook.
    app.server.close();
    // Where a host has two addresses, Fastify has a server for each, and closes the others when it hears this of the first.
    app.server.unref();
    streams.end();
    const timer = setTimeout(() => inFlight.abort('incomplete'), HALF_SENT_MS);
    await Promise.all([inFlight.quiet(PATIENCE_MS), closeSockets(PATIENCE_MS)]);
    clearTimeout(timer);
    inFlight.abort('all');
    app.server.closeAllConnections();
  });
}
