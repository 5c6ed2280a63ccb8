import type { FastifyInstance } from 'fastify';
import type { OpenStreams } from './open-streams.js';

/** How long requests that are under way may take to end. */
const PATIENCE_MS = 7_000;

/** What is open besides requests. */
export interface LongLived {
  readonly streams: OpenStreams;
  /** Resolves when all WebSockets are closed, after `patienceMs` at the latest. */
  readonly sockets: { close(patienceMs: number): Promise<void> };
}

/**
 * When the server closes, takes no connections any more, completes the streams, closes the WebSockets, lets the requests that
 * are under way end, and then drops every connection. Node by itself waits for connections on which nothing was ever
 * asked, such as browsers open ahead of need. Fastify answers what still comes on open connections with 503.
 */
export function closeGently(app: FastifyInstance, { streams, sockets }: LongLived): void {
  let underWay = 0;
  let onQuiet = () => {};
  // Not the server's event: where a host has two addresses Fastify has a server for each.
  app.addHook('onRequest', (_request, reply, done) => {
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onQuiet();
    });
    done();
  });
  const quiet = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (underWay === 0) onQuiet();
    });
  app.addHook('preClose', async () => {
    // Fastify does so only after this hook.
    app.server.close();
    streams.end();
    await Promise.all([quiet(), sockets.close(PATIENCE_MS)]);
    app.server.closeAllConnections();
  });
}
