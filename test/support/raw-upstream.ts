import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface RawRequest {
  readonly method: string;
  /** Encoded target of the request line, with the query. */
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** True if the client disconnected before it received the complete response. */
  readonly hungUp: boolean;
}

export interface RawUpstream {
  readonly url: string;
  /** Requests in the order of their arrival. */
  readonly requests: readonly RawRequest[];
  /** Total number of connections. */
  readonly connections: () => number;
  close(): Promise<void>;
}

export type RawHandler = (request: RawRequest, response: http.ServerResponse, index: number) => void;

/** Starts an HTTP server whose handler can misbehave in ways that the sandbox cannot. */
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

/** Sends a JSON response. */
export function reply(
  response: http.ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Returns the query of a request as an object. */
export function queryOf({ target }: RawRequest): Record<string, string> {
  return Object.fromEntries(new URL(target, 'http://any').searchParams);
}
