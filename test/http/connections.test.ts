import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { registerGuards } from '../../src/http/guards/request-guards.js';
import { createTrustProxy } from '../../src/http/limits/client-address.js';
import { createLog } from '../../src/log.js';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { head, type RawClient, rawClient } from '../support/raw-http.js';
import { BareSocket } from '../support/streams.js';

const MAX = 3;
let gateway: TestGateway;
let close: () => Promise<unknown>;
const start = async (env: Record<string, string> = {}) => {
  gateway = await startTestGateway({ env: { MAX_CONNECTIONS: String(MAX), ...env } });
  close = gateway.close;
  return gateway.url;
};
let clients: RawClient[] = [];
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
  await close();
});

async function ask(url: string, text = head('GET /')): Promise<RawClient> {
  const client = await rawClient(url, text);
  clients.push(client);
  return client;
}
const statusOf = async (client: RawClient) => (await client.answer()).status;
const warnings = () => gateway.logLines.filter((line) => line.includes('Too many connections'));

async function fill(url: string): Promise<RawClient[]> {
  const served = [];
  for (let n = 0; n < MAX; n += 1) served.push(await ask(url));
  for (const client of served) expect(await statusOf(client)).toBe(200);
  return served;
}

it('a connection over the limit gets 503 with Retry-After until another connection closes', async () => {
  const url = await start();
  const served = await fill(url);
  expect(warnings()).toEqual([]);
  const surplus = await ask(url);
  const { status, headers, body } = await surplus.answer();
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('1');
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
  // The connections within the limit still work.
  served[1]?.socket.write(head('GET /'));
  await until(
    () => served[1]?.text() ?? '',
    (text) => text.split('HTTP/1.1 200').length === 3,
  );
  served[0]?.socket.destroy();
  await until(
    async () => statusOf(await ask(url)),
    (now) => now === 200,
  );
  expect(warnings()).toHaveLength(1);
});

it('a silent connection over the limit is served once there is room, and closed otherwise', async () => {
  const url = await start();
  const [first] = await fill(url);
  const lucky = await ask(url, '');
  // Wait until the gateway has seen the connection.
  await until(warnings, ({ length }) => length > 0);
  first?.socket.destroy();
  await until(
    () => {
      lucky.socket.write(head('GET /'));
      return lucky.text();
    },
    (text) => text.includes('HTTP/1.1 200'),
    1_500,
  );
  const silent = await Promise.all(Array.from({ length: 100 }, () => ask(url, '')));
  // The gateway closes all but 64 of them immediately.
  await Promise.all(silent.slice(64).map((client) => client.closed(1_500)));
  await Promise.all(silent.map((client) => client.closed()));
  // Other connections over the limit get a response again.
  expect(await statusOf(await ask(url))).toBe(503);
  expect(warnings()).toHaveLength(1);
  lucky.socket.write(head('GET /nothing'));
  await until(lucky.text, (text) => text.includes('HTTP/1.1 404'));
});

it('many clients over the limit at the same time all get 503', async () => {
  const url = await start();
  await fill(url);
  const rush = await Promise.all(Array.from({ length: 300 }, () => ask(url)));
  const statuses = await Promise.all(rush.map(statusOf));
  expect(new Set(statuses)).toEqual(new Set([503]));
});

it('a connection over the limit can read /livez, /readyz and /metrics, and is then closed', async () => {
  const url = await start();
  await fill(url);
  for (const line of ['GET /livez', 'HEAD /livez', 'GET /readyz/', 'GET /metrics?x']) {
    const client = await ask(url, head(line));
    const [top, ...headers] = (await until(client.text, (text) => text.includes('\r\n\r\n'))).split('\r\n');
    expect([line, top]).toEqual([line, 'HTTP/1.1 200 OK']);
    expect(headers.join().toLowerCase()).toContain('connection: close');
    await client.closed();
  }
  for (const line of ['POST /livez', 'GET /nothing', 'GET /graphql?x=/livez'])
    expect([line, await statusOf(await ask(url, head(line)))]).toEqual([line, 503]);
});

it('WebSockets count as connections from their handshake until they close', async () => {
  const url = await start();
  const sockets = await Promise.all(Array.from({ length: MAX }, () => new BareSocket(url).init()));
  expect(sockets.map(({ closed }) => closed)).toEqual([null, null, null]);
  expect(await statusOf(await ask(url))).toBe(503);
  const handshake = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
  };
  expect(await statusOf(await ask(url, head('GET /graphql', handshake)))).toBe(503);
  sockets[0]?.socket.close();
  await until(
    async () => statusOf(await ask(url)),
    (status) => status === 200,
  );
  for (const { socket } of sockets) socket.terminate();
});

it('a request that offers another protocol counts as one connection', async () => {
  const url = await start({ MAX_CONNECTIONS: '1' });
  const client = await ask(url, head('GET /', { connection: 'Upgrade', upgrade: 'h2c' }));
  expect(await statusOf(client)).toBe(200);
  client.socket.destroy();
  await until(
    async () => statusOf(await ask(url)),
    (status) => status === 200,
  );
});

it('the two IP addresses of localhost share one limit', async () => {
  const url = await start({ HOST: 'localhost' });
  const { port } = new URL(url);
  const own = Object.values(networkInterfaces()).flatMap((each = []) => each);
  const hasIPv6 = own.some(({ address }) => address === '::1');
  const one = `http://127.0.0.1:${port}`;
  const two = hasIPv6 ? `http://[::1]:${port}` : one;
  for (const address of [one, two, one]) expect(await statusOf(await ask(address))).toBe(200);
  expect(await statusOf(await ask(two))).toBe(503);
  // The gateway stops listening at both.
  await gateway.stop();
  for (const address of [one, two]) await expect(fetch(address)).rejects.toThrow();
});

const NETSTAT = '/proc/net/netstat';
/** Number of connections that the kernel has dropped because too many waited to be accepted. */
function droppedConnections(): number {
  const [names, values] = readFileSync(NETSTAT, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values?.[names?.indexOf('ListenOverflows') ?? -1]);
}

/** File with the kernel's limit of connections that wait to be accepted. */
const SOMAXCONN = '/proc/sys/net/core/somaxconn';
const canWait = existsSync(NETSTAT) && Number(readFileSync(SOMAXCONN, 'utf8')) >= 1_000;

(canWait ? it : it.skip)('a thousand clients can connect at the same moment', async () => {
  const { port } = new URL(await start());
  const connectAll = async () => {
    const before = droppedConnections();
    const sockets = Array.from({ length: 1_000 }, () => connect(Number(port), '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => {});
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    for (const socket of sockets) socket.destroy();
    return droppedConnections() - before;
  };
  // Other servers on this machine may drop connections too, so try again.
  await until(connectAll, (dropped) => dropped === 0);
});

describe('IP address', () => {
  /** @returns Function that connects from a given IP address and sends a request. */
  async function startServer(max: number) {
    const app = fastify();
    close = () => app.close();
    const options = {
      maxConnections: max,
      publicUrl: null,
      astriaUrl: 'https://api.astria.ai',
      corsOrigins: [],
      isAllowedHost: null,
      isTrustedProxy: createTrustProxy(['10.0.0.0/8']),
    };
    await registerGuards(app, options, createLog('silent'));
    for (const path of ['/', '/livez']) app.get(path, async () => 'here');
    const url = await app.listen({ port: 0 });
    return async (address: string, text?: string) => {
      const arrived = new Promise<void>((resolve) => {
        app.server.prependOnceListener('connection', (socket) => {
          Object.defineProperty(socket, 'remoteAddress', { value: address });
          resolve();
        });
      });
      const client = await ask(url, text);
      await arrived;
      return client;
    };
  }

  it('an IP address may use a quarter of the connections', async () => {
    const connect = await startServer(12);
    const statusFrom = async (address: string) => statusOf(await connect(address));
    const first = await connect('192.0.2.1');
    expect(await statusOf(first)).toBe(200);
    for (const mapped of ['192.0.2.1', '::ffff:192.0.2.1']) expect(await statusFrom(mapped)).toBe(200);
    for (const mapped of ['192.0.2.1', '::ffff:192.0.2.1']) expect(await statusFrom(mapped)).toBe(503);
    expect(await statusOf(await connect('192.0.2.1', head('GET /livez')))).toBe(200);
    expect(await statusFrom('192.0.2.2')).toBe(200);
    for (const host of [1, 2, 3]) expect(await statusFrom(`2001:db8::${host}`)).toBe(200);
    expect(await statusFrom('2001:db8::ffff:0:0:1')).toBe(503);
    expect(await statusFrom('2001:db8:0:1::1')).toBe(200);
    first.socket.destroy();
    await until(
      () => statusFrom('192.0.2.1'),
      (status) => status === 200,
    );
    expect(await statusFrom('192.0.2.1')).toBe(503);
  });

  it('an IP address may use one connection, even if there is only one', async () => {
    const connect = await startServer(1);
    expect(await statusOf(await connect('192.0.2.1'))).toBe(200);
  });

  it('an IP address of loopback or of a trusted proxy may use all connections', async () => {
    const connect = await startServer(8);
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.0.0.1', ...Array(4).fill('10.1.2.3')])
      expect([address, await statusOf(await connect(address))]).toEqual([address, 200]);
    expect(await statusOf(await connect('10.1.2.3'))).toBe(503);
  });

  it('an IP address has a share of the connections over the limit too, so that probes are served', async () => {
    const connect = await startServer(4);
    for (let n = 0; n < 70; n += 1) await connect('192.0.2.1', '');
    for (let n = 0; n < 3; n += 1) expect(await statusOf(await connect('127.0.0.1'))).toBe(200);
    expect(await statusOf(await connect('192.0.2.2', head('GET /livez')))).toBe(200);
    expect(await statusOf(await connect('192.0.2.2'))).toBe(503);
  });
});
