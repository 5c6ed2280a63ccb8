import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** How long requests that are under way may take to end. */
const PATIENCE_MS = 5_000;

/**
 * When the server closes, lets the requests that are under way end and then drops every connection. Node by itself waits
 * for connections on which nothing was ever asked, such as browsers open ahead of need.
 */
export function closeGently(app: FastifyInstance): void {
  let underWay = 0;
  let onQuiet = () => {};
  app.server.on('request', (_request, response: ServerResponse) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onQuiet();
    });
  });
  app.addHook('preClose', async () => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE_MS);
      onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (underWay === 0) onQuiet();
    });
    app.server.closeAllConnections();
  });
}
