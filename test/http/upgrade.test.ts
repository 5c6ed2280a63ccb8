import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { endSoon, JSON_TYPE, rawConnection, rawPost, SSE, startJob, WATCH } from '../support/streams.js';

// In a process of its own, which can be seen to live on.
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

function get(path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'gateway', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Sends bytes, and collects what comes back. */
async function exchange({ url }: { url: string }, text: string) {
  const socket = await rawConnection(url, text);
  let answer = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    answer += chunk;
  });
  return { socket, answer: () => answer };
}

/** Sends bytes, and waits for so many answers. */
async function answersTo(text: string, count = 1): Promise<string> {
  const { socket, answer } = await exchange(gateway, text);
  await until(
    answer,
    (soFar) => soFar.split('HTTP/1.1 ').length > count && soFar.includes('\r\n\r\n'),
    5_000,
  );
  socket.destroy();
  return answer();
}

async function slowDown(process: GatewayProcess, delayMs: number): Promise<void> {
  const fault = { upstream: 'astria', kind: 'slow-body', delayMs, times: 0 };
  const faults = `${process.sandboxUrl}/_sandbox/faults`;
  await fetch(faults, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(fault) });
}

describe('a handshake', () => {
  it.each(['[', 'a b', 'a:99999', '%', '', '?', 'a/b\\c', '\u00ff'])(
    'with the host %j is refused, and nothing else',
    async (host) => {
      const headers = { ...HANDSHAKE, host, origin: 'http://gateway' };
      expect(await answersTo(get('/graphql', headers))).toMatch(/^HTTP\/1\.1 40[03] /);
      expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    },
  );

  it('from a page at PUBLIC_URL is taken, whatever host a proxy puts in', async () => {
    const from = (origin: string) => answersTo(get('/graphql', { ...HANDSHAKE, origin }));
    expect(await from('https://gate.example')).toMatch(/^HTTP\/1\.1 101 /);
    for (const origin of [
      'http://gate.example',
      'https://gate.example:444',
      'https://gate.example.evil.example',
    ])
      expect(await from(origin)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('waits for the answer to what was asked before it on the connection', async () => {
    const post = rawPost({ query: SLOW }, JSON_TYPE);
    const answers = await answersTo(post + get('/graphql', HANDSHAKE), 2);
    expect(answers.indexOf('{"data":{"tunes"')).toBeGreaterThan(0);
    expect(answers.indexOf('HTTP/1.1 101 ')).toBeGreaterThan(answers.indexOf('{"data":{"tunes"'));
  });
});

describe('an offer of HTTP/2', () => {
  it.each([
    ['after another request', rawPost({ query: SLOW }, JSON_TYPE) + get('/readyz', OFFER)],
    ['after another offer', rawPost({ query: SLOW }, { ...JSON_TYPE, ...OFFER }) + get('/readyz', OFFER)],
    [
      'after a malformed address',
      `${get('/%zz', {})}${rawPost({ query: SLOW }, JSON_TYPE)}${get('/readyz', OFFER)}`,
    ],
  ])('%s in one packet is answered in its turn', async (_name, text) => {
    const answers = await answersTo(text, text.split('HTTP/1.1').length - 1);
    expect(answers.indexOf('{"data":{"tunes"')).toBeGreaterThan(0);
    expect(answers.indexOf('ok\n')).toBeGreaterThan(answers.indexOf('{"data":{"tunes"'));
  });

  it('is answered though more comes while it waits', async () => {
    const slow = rawPost({ query: SLOW }, JSON_TYPE);
    const { socket, answer } = await exchange(gateway, slow + get('/readyz', OFFER));
    socket.write(get('/livez', {}) + get('/nothing', {}));
    await until(answer, (text) => text.split('HTTP/1.1 ').length > 4, 5_000);
    expect(
      answer()
        .match(/HTTP\/1\.1 \d+/g)
        ?.map((status) => status.slice(-3)),
    ).toEqual(['200', '200', '200', '404']);
    socket.destroy();
  });

  it('does not hold up the end of the gateway', async () => {
    const own = await GatewayProcess.start();
    await slowDown(own, 800);
    const waiting = rawPost({ query: SLOW }, JSON_TYPE) + get('/readyz', OFFER);
    const [one, two, gone] = await Promise.all([
      exchange(own, waiting),
      exchange(own, rawPost({ query: SLOW }, { ...JSON_TYPE, ...OFFER }) + get('/readyz', OFFER)),
      exchange(own, waiting),
    ]);
    // Long enough for all of it to have come.
    await new Promise((resolve) => setTimeout(resolve, 200));
    gone.socket.destroy();
    await endSoon(own);
    for (const { answer } of [one, two]) expect(answer()).toContain('{"data":{"tunes"');
    await own.stop();
  });
});

it('a client that asks for several things at once and vanishes leaves nothing behind', async () => {
  const own = await GatewayProcess.start({ LOG_LEVEL: 'debug' });
  await slowDown(own, 800);
  const fault = { upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 300, times: 0 };
  const faults = `${own.sandboxUrl}/_sandbox/faults`;
  await fetch(faults, { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(fault) });
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
