import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Sandbox } from '../../src/sandbox/index.js';

/** What the emulated upstream has answered. */
interface Passed {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What befalls a request. `pass` has the emulated upstream carry it out, with its own key. */
export type Fault = (
  exchange: http.ServerResponse,
  pass: () => Promise<Passed>,
  request: http.IncomingMessage,
) => void | Promise<void>;

/** A method, and the path below the API's base address: `GET /tunes/[^/]+`. */
export interface Place {
  readonly api: 'astria' | 'portkey';
  readonly method: string;
  readonly path: RegExp;
}

export interface FaultyUpstream {
  /** For ASTRIA_BASE_URL and PORTKEY_BASE_URL. */
  readonly astriaUrl: string;
  readonly portkeyUrl: string;
  /** From now on calls at a place with this key meet a fault, the first `times` of them. */
  arm(key: string, place: Place, fault: Fault, times?: number): void;
  /** How often a key has met its fault. */
  met(key: string): number;
  /** How many connections are open, once those that wait for another request are closed. */
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
 * Stands between a gateway and a sandbox, and passes everything on but what is to fail. Which that is goes by the key, so
 * that many faults can be tried at the same time. Any key will do: the sandbox is called with its own.
 */
export async function startFaultyUpstream(sandbox: Sandbox): Promise<FaultyUpstream> {
  const faults = new Map<string, Armed>();
  const sockets = new Set<Socket>();
  /** The others were opened in reserve, and are not closed as idle ones. */
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
  // A connection of its own, so that none is kept.
  const onward = http.request(`${url}${request.url}`, { method: request.method, headers, agent: false });
  request.pipe(onward);
  const [answer] = (await once(onward, 'response')) as [http.IncomingMessage];
  const body = Buffer.concat(await answer.toArray());
  const { 'transfer-encoding': _encoding, connection: _kept, ...given } = answer.headers;
  return { status: answer.statusCode ?? 0, headers: given, body };
}
