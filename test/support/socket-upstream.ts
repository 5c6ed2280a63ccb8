import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface SocketUpstream {
  readonly url: string;
  /** Heads of the requests in the order of their arrival. */
  readonly heads: readonly string[];
  /** All connections so far. */
  readonly connections: readonly Socket[];
  /** Number of bytes of request bodies that have arrived. */
  readonly received: () => number;
  close(): Promise<void>;
}

/** Sends any bytes after the head of a request has arrived. */
export type SocketHandler = (socket: Socket, index: number) => void;

/** Starts a TCP server whose handler writes the responses byte by byte. */
export async function startSocketUpstream(handler: SocketHandler): Promise<SocketUpstream> {
  const heads: string[] = [];
  const connections: Socket[] = [];
  let received = 0;
  const server = createServer((socket) => {
    connections.push(socket);
    let [unread, bodyLeft] = ['', 0];
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      unread += chunk;
      for (;;) {
        const taken = Math.min(bodyLeft, unread.length);
        received += taken;
        bodyLeft -= taken;
        unread = unread.slice(taken);
        const end = unread.indexOf('\r\n\r\n');
        if (end < 0) return;
        const head = unread.slice(0, end);
        unread = unread.slice(end + 4);
        bodyLeft = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        handler(socket, heads.push(head) - 1);
      }
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    heads,
    connections,
    received: () => received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of connections) socket.destroy();
      }),
  };
}
