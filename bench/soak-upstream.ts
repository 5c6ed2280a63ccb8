import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Replay {
  /** In place of the sandbox's own address. */
  readonly url: string;
  /** From now on what is new is not remembered. */
  stopLearning(): void;
  close(): Promise<void>;
}

interface Remembered {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** A call to an upstream takes so long, and up to twice as long, in milliseconds. */
const LATENCY_MS = 15;

/**
 * Stands before a sandbox and gives its answers to reads again and again: by itself it takes as much of the processor as the
 * gateway does, and would be measured along with it. What is written, and what is new, goes through.
 */
export async function startReplay(sandboxUrl: string): Promise<Replay> {
  const answers = new Map<string, Remembered>();
  let isLearning = true;

  const ask = async (request: http.IncomingMessage, target: string): Promise<Remembered> => {
    const known = request.method === 'GET' ? answers.get(target) : undefined;
    if (known) return known;
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
    const answer = { status: response.status, type, body: Buffer.from(await response.arrayBuffer()) };
    if (isLearning && method === 'GET' && response.ok) answers.set(target, answer);
    return answer;
  };

  const server = http.createServer(async (request, response) => {
    const answer = ask(request, request.url ?? '/');
    await new Promise((resolve) => setTimeout(resolve, LATENCY_MS * (1 + Math.random())));
    const { status, type, body } = await answer;
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
