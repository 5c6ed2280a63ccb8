import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Replay {
  /** URL to use instead of the sandbox's URL. */
  readonly url: string;
  /** Stops caching new responses. */
  stopLearning(): void;
  close(): Promise<void>;
}

interface CachedResponse {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Minimum latency of an upstream call, in milliseconds. The maximum is twice as long. */
const LATENCY_MS = 15;

/**
 * Starts a proxy that caches the sandbox's responses to reads. The sandbox needs as much CPU time as the gateway and would
 * distort the measurement. It forwards writes and new reads.
 */
export async function startReplay(sandboxUrl: string): Promise<Replay> {
  const responses = new Map<string, CachedResponse>();
  let isLearning = true;

  const respond = async (request: http.IncomingMessage, target: string): Promise<CachedResponse> => {
    const stored = request.method === 'GET' ? responses.get(target) : undefined;
    if (stored) return stored;
    const body = await buffer(request);
    const headers: Record<string, string> = {};
    for (const name of ['authorization', 'x-portkey-api-key', 'content-type']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    const { method = 'GET' } = request;
    const response = await fetch(sandboxUrl + target, {
      method,
      headers,
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    const type = response.headers.get('content-type') ?? 'application/json';
    const cached = { status: response.status, type, body: Buffer.from(await response.arrayBuffer()) };
    if (isLearning && method === 'GET' && response.ok) responses.set(target, cached);
    return cached;
  };

  const server = http.createServer(async (request, response) => {
    const pending = respond(request, request.url ?? '/');
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS * (1 + Math.random())));
    const { status, type, body } = await pending;
    response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stopLearning: () => {
      isLearning = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
