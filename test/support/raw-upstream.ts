import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line: encoded, with the query. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** True once the client has gone away before it had a whole answer. */
  readonly hungUp: boolean;
}

export interface RawUpstream {
  readonly url: string;
  /** In the order of their arrival. */
  readonly requests: readonly RawRequest[];
  /** How many connections were ever made. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export type RawHandler = (request: RawRequest, response: http.ServerResponse, index: number) => void;

/** A bare HTTP server that misbehaves as a handler wants it, for what the sandbox cannot do. */
export async function startRawUpstream(handler: RawHandler): Promise<RawUpstream> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = http.createServer(async (message, response) => {
    const { method = '', url: target = '', headers } = message;
    const request = { method, target, headers, body: '', hungUp: false };
    const index = requests.push(request) - 1;
    response.on('close', () => {
      request.hungUp = !response.writableFinished;
    });
    try {
      for await (const chunk of message) request.body += chunk;
    } catch {
      return;
    }
    handler(request, response, index);
  });
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Answers with JSON. */
export function reply(
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The query of a request, as an object. */
export function queryOf({ target }: RawRequest): Record<string, string> {
  return Object.fromEntries(new URL(target, 'http://any').searchParams);
}
