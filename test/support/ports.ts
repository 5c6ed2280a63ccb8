import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Returns a port on which nothing listens. It is below the range that systems assign to listeners on port 0 and to
 * outgoing connections, and above 10080, the highest port that `fetch` rejects.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(11_000, 32_000);
    const server = createServer();
    const taken = once(server, 'error').then(() => true);
    const free = once(server, 'listening').then(() => false);
    server.listen(port, '127.0.0.1');
    if (await Promise.race([taken, free])) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/** Returns a local URL on which nothing listens. */
export const refusingUrl = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;
