import { networkInterfaces } from 'node:os';
import { afterEach, expect, it } from '@jest/globals';
import { startTestGateway, type TestGateway, until } from '../support/gateway.js';
import { head, type RawClient, rawClient } from '../support/raw-http.js';
import { BareSocket } from '../support/streams.js';

const MAX = 3;
let gateway: TestGateway;
const start = async (env: Record<string, string> = {}) => {
  gateway = await startTestGateway({ env: { MAX_CONNECTIONS: String(MAX), ...env } });
  return gateway.url;
};
let clients: RawClient[] = [];
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
  await gateway.close();
});

async function ask(url: string, text = head('GET /livez')): Promise<RawClient> {
  const client = await rawClient(url, text);
  clients.push(client);
  return client;
}
const statusOf = async (client: RawClient) => (await client.answer()).status;
const warnings = () => gateway.logLines.filter((line) => line.includes('too many connections'));

async function fill(url: string): Promise<RawClient[]> {
  const served = [];
  for (let n = 0; n < MAX; n += 1) served.push(await ask(url));
  for (const client of served) expect(await statusOf(client)).toBe(200);
  return served;
}

it('one connection more is told to come back, and served when another has closed', async () => {
  const url = await start();
  const served = await fill(url);
  expect(warnings()).toEqual([]);
  const surplus = await ask(url);
  const { status, headers, body } = await surplus.answer();
  expect(status).toBe(503);
  expect(headers['retry-after']).toBe('1');
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
  // Those that are served are not disturbed.
  served[1]?.socket.write(head('GET /livez'));
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

it('those that have not asked yet are served once there is room, dropped after a while, and many at once', async () => {
  const url = await start();
  const [first] = await fill(url);
  const lucky = await ask(url, '');
  // The gateway has seen it.
  await until(warnings, ({ length }) => length > 0);
  first?.socket.destroy();
  await until(
    () => {
      lucky.socket.write(head('GET /livez'));
      return lucky.text();
    },
    (text) => text.includes('HTTP/1.1 200'),
    1_500,
  );
  const silent = await Promise.all(Array.from({ length: 100 }, () => ask(url, '')));
  // All but those that may still ask, at once.
  await Promise.all(silent.slice(64).map((client) => client.closed(1_500)));
  await Promise.all(silent.map((client) => client.closed()));
  expect(warnings()).toHaveLength(1);
  lucky.socket.write(head('GET /nothing'));
  await until(lucky.text, (text) => text.includes('HTTP/1.1 404'));
});

it('WebSockets count, from their beginning to their end', async () => {
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

it('a request that offers another protocol is not a connection more', async () => {
  const url = await start({ MAX_CONNECTIONS: '1' });
  const client = await ask(url, head('GET /livez', { connection: 'Upgrade', upgrade: 'h2c' }));
  expect(await statusOf(client)).toBe(200);
  client.socket.destroy();
  await until(
    async () => statusOf(await ask(url)),
    (status) => status === 200,
  );
});

it('localhost has two addresses, and one limit', async () => {
  const url = await start({ HOST: 'localhost' });
  const { port } = new URL(url);
  const own = Object.values(networkInterfaces()).flatMap((each = []) => each);
  const hasIPv6 = own.some(({ address }) => address === '::1');
  const one = `http://127.0.0.1:${port}`;
  const two = hasIPv6 ? `http://[::1]:${port}` : one;
  for (const address of [one, two, one]) expect(await statusOf(await ask(address))).toBe(200);
  expect(await statusOf(await ask(two))).toBe(503);
  // Both are let go of.
  await gateway.stop();
  for (const address of [one, two]) await expect(fetch(address)).rejects.toThrow();
});
