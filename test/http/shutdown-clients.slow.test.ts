import dns from 'node:dns';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fastify from 'fastify';
import { OpenStreams, STREAM_ENCODINGS, sendResults } from '../../src/http/graphql/result-stream.js';
import { InFlightRequests } from '../../src/http/in-flight-requests.js';
import { gracefulShutdown } from '../../src/http/shutdown.js';
import { webhookRoutes } from '../../src/http/webhooks.js';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { BareSocket, endSoon, JSON_TYPE, rawConnection } from '../support/streams.js';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  jest.restoreAllMocks();
});

async function start(env: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await GatewayProcess.start(env);
  opened.push(() => gateway.stop());
  return gateway;
}

/** Returns true if a server accepts connections at the host and port. */
const acceptsConnections = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

const incompletePost = (path: string) =>
  `POST ${path} HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query"`;

/** Time after which a client that reads nothing is disconnected, in milliseconds. */
const STALLED_MS = 2_000;

/** Reads a flood of results slowly but within the timeout for a while, and then stops reading. */
async function readSlowly(form: 'sse' | 'multipart') {
  let pulled = 0;
  let isOver = false;
  async function* flood() {
    try {
      for (;;) {
        pulled += 1;
        yield { data: { blob: 'x'.repeat(100_000) } };
      }
    } finally {
      isOver = true;
    }
  }
  const server = createServer((_request, response) => {
    void sendResults(response, flood(), STREAM_ENCODINGS[form], new OpenStreams(), STALLED_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = await rawConnection(`http://127.0.0.1:${port}`, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  for (let n = 0; n < 8; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, STALLED_MS / 6));
    socket.resume();
    await new Promise((resolve) => socket.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.pause();
  }
  const whileReading = { pulled, isOver };
  await until(() => isOver, Boolean, 30_000);
  socket.destroy();
  server.close();
  return whileReading;
}

let slowReaders: ReturnType<typeof readSlowly>[];
beforeAll(() => {
  // Start early, because the clients mostly wait.
  slowReaders = [readSlowly('sse'), readSlowly('multipart')];
  for (const each of slowReaders) each.catch(() => {});
});

describe('SIGTERM', () => {
  it('SIGTERM does not wait for the rest of a request, whatever the path', async () => {
    const paths = ['/graphql', '/webhooks/astria/prompts/a/b', '/nothing'];
    const gateway = await start({ PUBLIC_URL: 'https://gate.example' });
    const sockets = await Promise.all(
      [...paths, ...paths].map((path) => rawConnection(gateway.url, incompletePost(path))),
    );
    // Wait until the requests have arrived.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await endSoon(gateway);
    for (const socket of sockets) socket.destroy();
  });

  it('SIGTERM logs no error after many clients have disconnected', async () => {
    const query = '{ prompts(first: 50) { nodes { id tune { id prompts(first: 5) { nodes { id } } } } } }';
    for (const delayMs of [80, 160, 240]) {
      const gateway = await start();
      const hangUp = new AbortController();
      const calls = Array.from({ length: 300 }, () =>
        fetch(`${gateway.url}/graphql`, {
          ...{ method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ query }) },
          signal: hangUp.signal,
        }).catch(() => {}),
      );
      // Some operations run by then, and others wait.
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      hangUp.abort();
      await endSoon(gateway);
      expect(gateway.takeComplaints()).toBe('');
      await Promise.all(calls);
    }
  });

  it('SIGTERM closes a WebSocket without queries immediately, and another when its queries have ended', async () => {
    const gateway = await start();
    const fault = { upstream: 'astria', kind: 'slow-body', delayMs: 1_500, times: 0 };
    const faults = `${gateway.sandboxUrl}/_sandbox/faults`;
    await fetch(faults, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(fault) });
    const idle = await new BareSocket(gateway.url).init();
    const silent = await new BareSocket(gateway.url).opened();
    const following = await new BareSocket(gateway.url).init();
    following.subscribe('s', 'subscription { replicationProgress(id: "none") { id } }');
    const busy = await new BareSocket(gateway.url).init();
    busy.subscribe('q', '{ tunes(first: 1) { nodes { id } } }');
    await until(
      async () => (await fetch(`${gateway.sandboxUrl}/_sandbox/requests`)).text(),
      (text) => text.includes('"path":"/tunes'),
    );
    gateway.terminate();
    for (const each of [idle, silent, following]) expect(await each.end()).toMatchObject({ code: 1001 });
    // The query, which still waits, has not delayed them.
    expect([busy.closed, busy.of('q')]).toEqual([null, []]);
    expect(await busy.finished('q')).toMatchObject([
      { payload: { data: { tunes: {} } } },
      { type: 'complete' },
    ]);
    expect(await busy.end()).toMatchObject({ code: 1001 });
  });
});

it('a server with two addresses accepts connections at neither while it closes', async () => {
  // On many machines, localhost is both 127.0.0.1 and ::1.
  const both = [
    { address: '127.0.0.1', family: 4 },
    { address: '127.0.0.2', family: 4 },
  ];
  jest.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]) => {
    const [host, options] = args;
    const done = args.at(-1);
    if (typeof done !== 'function') throw new Error('there is no callback');
    const address = host === 'localhost' ? '127.0.0.1' : String(host);
    if (at(options, 'all')) done(null, host === 'localhost' ? both : [{ address, family: 4 }]);
    else done(null, address, 4);
  });
  const app = fastify();
  const inFlight = new InFlightRequests(() => {});
  let close = () => {};
  const closing = new Promise<void>((resolve) => {
    close = resolve;
  });
  gracefulShutdown(app, inFlight, new OpenStreams(), () => closing);
  await app.listen({ host: 'localhost', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const accepting = () => Promise.all(both.map(({ address }) => acceptsConnections(address, port)));
  expect(await accepting()).toEqual([true, true]);
  // The first server cannot close while this connection is open.
  const silent = await rawConnection(`http://127.0.0.1:${port}`, '');
  const closed = app.close();
  await until(accepting, (now) => !now.includes(true));
  close();
  await closed;
  silent.destroy();
});

it('a webhook does not wait for a body that never arrives', async () => {
  const app = fastify();
  webhookRoutes(app, { called: async () => true }, 200);
  opened.push(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = await rawConnection(url, incompletePost('/webhooks/astria/prompts/a/b'));
  // Only the timeout of webhooks closes the connection this soon.
  await new Promise((resolve) => socket.on('close', resolve).resume());
  const path = `${url}/webhooks/astria/prompts/a/b`;
  for (const type of [';;;', 'no type', '/', 'application/json; charset=x']) {
    const response = await fetch(path, { method: 'POST', body: 'x', headers: { 'content-type': type } });
    expect(response.status).toBe(204);
  }
});

it('a client that stops reading is disconnected', async () => {
  for (const read of await Promise.all(slowReaders)) {
    expect(read.isOver).toBe(false);
    expect(read.pulled).toBeGreaterThan(2);
  }
});
