import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Sandbox } from '../../src/sandbox/index.js';

/** Response of the emulated upstream. */
interface Passed {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Handles a request. `pass` forwards it to the emulated upstream with the upstream's key. */
export type Fault = (
  exchange: http.ServerResponse,
  pass: () => Promise<Passed>,
  request: http.IncomingMessage,
) => void | Promise<void>;

/** Method, and path below the base URL of the API, such as `GET /tunes/[^/]+`. */
export interface Place {
  readonly api: 'astria' | 'portkey';
  readonly method: string;
  readonly path: RegExp;
}

export interface FaultyUpstream {
  /** Values for ASTRIA_BASE_URL and PORTKEY_BASE_URL. */
  readonly astriaUrl: string;
  readonly portkeyUrl: string;
  /** Adds a fault to the next `times` calls to a place with this key. */
  arm(key: string, place: Place, fault: Fault, times?: number): void;
  /** Returns the number of calls with a key that met its fault. */
  met(key: string): number;
  /** Closes idle connections, and returns the number of those that stay open. */
  open(): number;
  close(): Promise<void>;
}

interface Armed {
  readonly place: Place;
  readonly fault: Fault;
  readonly times: number;
  met: number;
}

/**
 * Starts a proxy between a gateway and a sandbox, which injects faults by key, so that many faults can be tested in
 * parallel. Any key is valid, because the proxy replaces it with the sandbox's key.
 */
export async function startFaultyUpstream(sandbox: Sandbox): Promise<FaultyUpstream> {
  const faults = new Map<string, Armed>();
  const sockets = new Set<Socket>();
  /** Sockets with at least one request. Unused sockets do not count as idle connections. */
  const used = new WeakSet<Socket>();
  const server = http.createServer(async (request, response) => {
    used.add(request.socket);
    const api = request.url?.startsWith('/astria/') ? 'astria' : 'portkey';
    const armed = faults.get(keyOf(request));
    const pass = () => passOn(sandbox, request);
    if (armed && armed.met < armed.times && matches(armed.place, api, request)) {
      armed.met += 1;
      await armed.fault(response, pass, request);
      return;
    }
    const { status, headers, body } = await pass();
    response.writeHead(status, headers);
    response.end(body);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    astriaUrl: `${url}/astria`,
    portkeyUrl: `${url}/portkey/v1`,
    arm: (key, place, fault, times = Number.POSITIVE_INFINITY) =>
      void faults.set(key, { place, fault, times, met: 0 }),
    met: (key) => faults.get(key)?.met ?? 0,
    open() {
      server.closeIdleConnections();
      for (const socket of sockets) if (!used.has(socket)) socket.destroy();
      return sockets.size;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function keyOf({ headers }: http.IncomingMessage): string {
  const own = headers['x-portkey-api-key'];
  return typeof own === 'string' ? own : (headers.authorization ?? '').replace('Bearer ', '');
}

function matches(place: Place, api: Place['api'], { method, url = '' }: http.IncomingMessage): boolean {
  const path = url.replace(/^\/astria|^\/portkey\/v1/, '').replace(/\?.*$/, '');
  return place.api === api && place.method === method && place.path.test(path);
}

async function passOn(
  { url, astriaKey, portkeyKey }: Sandbox,
  request: http.IncomingMessage,
): Promise<Passed> {
  const { host: _host, connection: _connection, ...headers } = request.headers;
  if (headers.authorization) headers.authorization = `Bearer ${astriaKey}`;
  if (headers['x-portkey-api-key']) headers['x-portkey-api-key'] = portkeyKey;
  // Use a separate connection for each request, so that none stays open.
  const onward = http.request(`${url}${request.url}`, { method: request.method, headers, agent: false });
  request.pipe(onward);
  const [response] = (await once(onward, 'response')) as [http.IncomingMessage];
  const body = Buffer.concat(await response.toArray());
  const { 'transfer-encoding': _encoding, connection: _kept, ...given } = response.headers;
  return { status: response.statusCode ?? 0, headers: given, body };
}
