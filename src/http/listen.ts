import { once } from 'node:events';
import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Number of connections that may wait to be accepted. The kernel has its own limit too. With Node's default of 511, further
 * clients that connect at the same moment wait for a second or more until they try again.
 */
const BACKLOG = 4_096;
const LOCALHOST = { first: '127.0.0.1', second: '::1' };

/**
 * Listens, for `localhost` at both of its addresses. Fastify would make a second HTTP server for the second, for which
 * nothing holds that is set for the first; here one server has the connections of both.
 */
export async function listenAt(app: FastifyInstance, host: string, port: number): Promise<void> {
  if (host.toLowerCase() !== 'localhost') return void (await app.listen({ host, port, backlog: BACKLOG }));
  const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    app.server.emit('connection', socket),
  );
  app.addHook('preClose', async () => {
    other.close();
  });
  await app.listen({ host: LOCALHOST.first, port, backlog: BACKLOG });
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) return;
  // Not every machine has IPv6.
  other.on('error', () => {});
  other.listen({ host: LOCALHOST.second, port: address.port, backlog: BACKLOG });
  await Promise.race([once(other, 'listening'), once(other, 'error')]).catch(() => {});
}
