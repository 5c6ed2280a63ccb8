import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { endSoon, JSON_TYPE, rawConnection, rawPost, SSE, startJob, WATCH } from '../support/streams.js';

// Use a separate process, so that the tests can check that it survives.
let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await GatewayProcess.start({ PUBLIC_URL: 'https://gate.example/api', LOG_LEVEL: 'debug' });
});
afterEach(() => {
  expect(gateway.isAlive).toBe(true);
});
afterAll(() => gateway.stop());

const OFFER = {
  connection: 'Upgrade, HTTP2-Settings',
  upgrade: 'h2c',
  'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA',
};
const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};
const SLOW = '{ tunes(first: 1) { nodes { id } } }';
const SLOW_POST = rawPost({ query: SLOW }, JSON_TYPE);

function get(path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'gateway', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

const SLOW_GET = get(`/graphql?query=${encodeURIComponent(SLOW)}`, { 'apollo-require-preflight': '1' });

/** Sends bytes, and collects the response. */
async function exchange({ url }: { url: string }, text: string) {
  const socket = await rawConnection(url, text);
  let response = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    response += chunk;
  });
  return { socket, response: () => response };
}

/** Sends bytes, and waits for `count` responses. */
async function responsesTo(text: string, count = 1): Promise<string> {
  const { socket, response } = await exchange(gateway, text);
  await until(
    response,
    (soFar) => soFar.split('HTTP/1.1 ').length > count && soFar.includes('\r\n\r\n'),
    5_000,
  );
  socket.destroy();
  return response();
}

async function slowDown(process: GatewayProcess, calls: Record<string, unknown>): Promise<void> {
  const fault = { ...calls, kind: 'slow-body', times: 0 };
  const faults = `${process.sandboxUrl}/_sandbox/faults`;
  await fetch(faults, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(fault) });
}

describe('handshake', () => {
  it.each(['[', 'a b', 'a:99999', '%', '', '?', 'a/b\\c', '\u00ff'])(
    'a handshake with the host %j is rejected, and the gateway keeps running',
    async (host) => {
      const headers = { ...HANDSHAKE, host, origin: 'http://gateway' };
      expect(await responsesTo(get('/graphql', headers))).toMatch(/^HTTP\/1\.1 40[03] /);
      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    },
  );

  it('a handshake from a page at PUBLIC_URL is accepted, whatever host a proxy sets', async () => {
    const from = (origin: string) => responsesTo(get('/graphql', { ...HANDSHAKE, origin }));
    expect(await from('https://gate.example')).toMatch(/^HTTP\/1\.1 101 /);
    for (const origin of [
      'http://gate.example',
      'https://gate.example:444',
      'https://gate.example.evil.example',
    ])
      expect(await from(origin)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it.each([
    ['a query', SLOW_GET],
    ['a request with a malformed URL', get('/%zz', {})],
    ['two requests', get('/livez', {}) + SLOW_GET],
  ])('a handshake is rejected while %s on its connection is pending', async (_case, pending) => {
    await expectRefusal(pending + get('/graphql', HANDSHAKE));
  });

  it.each([
    ['a POST request', SLOW_POST],
    ['a query and a POST request', SLOW_GET + SLOW_POST],
  ])('a handshake closes the connection without a response while %s is pending', async (_case, pending) => {
    await expectClosed(pending + get('/graphql', HANDSHAKE));
  });
});

/** Sends pipelined requests, and expects an error as the last response on the connection. */
async function expectRefusal(text: string): Promise<void> {
  const { socket, response } = await exchange(gateway, text);
  await once(socket, 'close');
  const last = response().split('HTTP/1.1 ').at(-1);
  expect(last).toMatch(/^400 [\s\S]*"An upgrade must not follow a request whose response is pending\./);
  expect(response()).not.toContain('HTTP/1.1 101 ');
}

/** Sends pipelined requests, and expects that the connection is closed. A status could be taken for that of the first request. */
async function expectClosed(text: string): Promise<void> {
  const { socket, response } = await exchange(gateway, text);
  await once(socket, 'close');
  expect(response()).toBe('');
}

describe('offer of HTTP/2', () => {
  it.each([
    ['after another request', SLOW_GET + get('/readyz', OFFER)],
    ['before another request', SLOW_GET + get('/readyz', OFFER) + get('/livez', {})],
  ])('%s in one packet is rejected', async (_case, text) => {
    await expectRefusal(text);
  });

  it.each([
    ['after a POST request', SLOW_POST + get('/readyz', OFFER)],
    ['after another offer', rawPost({ query: SLOW }, { ...JSON_TYPE, ...OFFER }) + get('/readyz', OFFER)],
  ])('%s in one packet closes the connection', async (_name, text) => {
    await expectClosed(text);
  });

  it('an offer of HTTP/2 closes the connection while a response is being sent on it', async () => {
    await slowDown(gateway, { upstream: 'portkey', method: 'POST', delayMs: 1_000 });
    const id = await startJob(gateway);
    const { socket, response } = await exchange(gateway, rawPost({ query: WATCH, variables: { id } }, SSE));
    await until(response, (text) => text.includes('text/event-stream'), 5_000);
    const closed = once(socket, 'close');
    socket.write(get('/readyz', OFFER));
    await closed;
    expect(response().split('HTTP/1.1 ')).toHaveLength(2);
  });

  it('an offer of HTTP/2 is served each time on one connection, if it waits for the previous response', async () => {
    const { socket, response } = await exchange(gateway, '');
    for (let count = 1; count < 5; count += 1) {
      socket.write(rawPost({ query: SLOW }, { ...JSON_TYPE, ...OFFER }));
      await until(response, (text) => text.split('{"data":{"tunes"').length > count, 5_000);
    }
    expect(response().match(/HTTP\/1\.1 \d+/g)).toEqual(Array.from({ length: 4 }, () => 'HTTP/1.1 200'));
    socket.destroy();
  });
});

it('a client that pipelines requests and disconnects leaves nothing behind', async () => {
  const own = await GatewayProcess.start({ LOG_LEVEL: 'debug' });
  await slowDown(own, { upstream: 'astria', delayMs: 800 });
  await slowDown(own, { upstream: 'portkey', method: 'POST', delayMs: 300 });
  const id = await startJob(own);
  const slow = rawPost({ query: SLOW }, JSON_TYPE);
  const queued = rawPost({ query: WATCH, variables: { id } }, SSE);
  const { socket } = await exchange(own, slow + queued + slow);
  await new Promise((resolve) => setTimeout(resolve, 200));
  socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { data } = await own.graphql('{ __typename }');
  expect(at(data, '__typename')).toBe('Query');
  await endSoon(own);
  await own.stop();
});
