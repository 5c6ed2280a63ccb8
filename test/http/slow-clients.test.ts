import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { InFlightRequests } from '../../src/http/in-flight-requests.js';
import { type ClientTimeouts, endSlowClients } from '../../src/http/limits/client-timeouts.js';
import { describeGateway } from '../support/describe-gateway.js';
import { calls, until } from '../support/gateway.js';
import { head, type RawClient, rawClient } from '../support/raw-http.js';

/** Clients that are fast enough run in this process. A pause of the process must not make them too slow. */
const TIMES: ClientTimeouts = {
  headMs: 3_000,
  bodyMs: 3_000,
  requestMs: 7_000,
  uploadStalledMs: 3_000,
  responseStalledMs: 3_000,
  idleMs: 700,
  checkMs: 50,
};
/** Longer than any timeout except that of a whole request. */
const LONG_MS = 3_500;
/** Pause of a slow reader after each MiB. It adds up to more than a timeout before the server has sent everything. */
const READ_PAUSE_MS = 200;
const gateway = describeGateway({ config: { clientTimeouts: TIMES } });

const UPLOAD = { 'content-type': 'multipart/form-data; boundary=x', 'apollo-require-preflight': '1' };
const field = (name: string, value: string) =>
  `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const OPERATIONS = field(
  'operations',
  JSON.stringify({
    query:
      'mutation ($file: Upload!) { createPrompt(tuneId: "2690418", input: { text: "x", inputImage: { upload: $file } }) { prompt { id } userErrors { message } } }',
    variables: { file: null },
  }),
);
const BEGINNING = `${OPERATIONS}${field('map', '{"0":["variables.file"]}')}--x\r\ncontent-disposition: form-data; name="0"; filename="a.png"\r\ncontent-type: image/png\r\n\r\n`;
const END = '\r\n--x--\r\n';

/** Sends the same few bytes repeatedly. Returns a function that stops. */
function drip({ socket }: RawClient, text: string, everyMs = 50): () => void {
  const timer = setInterval(() => socket.writable && socket.write(text), everyMs);
  return () => clearInterval(timer);
}

async function expectTooSlow(name: string, client: RawClient): Promise<void> {
  const { status, headers, body } = await client.answer();
  expect({ name, status, ...headers }).toMatchObject({
    name,
    status: 408,
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  });
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  await client.closed();
}

const post = (headers: Record<string, string>, path = '/graphql') => head(`POST ${path}`, headers);
const JSON_TYPE = { 'content-type': 'application/json' };
const CHUNKED = { 'transfer-encoding': 'chunked' };

const JSON_HEAD = post({ ...JSON_TYPE, 'content-length': '1000' });

/** Bytes of clients that stop sending after them. */
const STOPPING = {
  nothing: '',
  'half a head': 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n',
  'no body': JSON_HEAD,
  'half of the JSON': `${JSON_HEAD}{"query":`,
  'some chunks': `${post({ ...JSON_TYPE, ...CHUNKED })}2\r\n{"\r\n`,
  'no body for an unknown path': post({ ...JSON_TYPE, 'content-length': '9' }, '/nothing'),
  'no body of an upload': post({ ...UPLOAD, 'content-length': '1000' }),
  'half of an upload': post({ ...UPLOAD, 'content-length': '10000' }) + BEGINNING,
};
/** First bytes of clients, and the bytes that they then send repeatedly. */
const DRIPPING = {
  'a head': ['GET /livez HTTP/1.1\r\n', 'x-a: b\r\n'],
  JSON: [JSON_HEAD, ' '],
  'an upload': [post({ ...UPLOAD, ...CHUNKED }), '1\r\nx\r\n'],
} as const;

const MEBIBYTE = 1024 * 1024;
const LARGE = Buffer.alloc(32 * MEBIBYTE, 'x');
const app = fastify();
/** Duration of each large response in milliseconds, by its name. */
const durations: Record<string, number> = {};
let appUrl = '';
beforeAll(async () => {
  const inFlight = new InFlightRequests(() => {});
  inFlight.watch(app);
  endSlowClients(app, inFlight, TIMES);
  app.get<{ Params: { name: string } }>('/large/:name', ({ params }, reply) => {
    const began = performance.now();
    reply.raw.once('close', () => {
      durations[params.name] = performance.now() - began;
    });
    return reply.send(LARGE);
  });
  app.get('/slow', async (_request, reply) => {
    await new Promise((resolve) => setTimeout(resolve, LONG_MS));
    return reply.send('slow');
  });
  appUrl = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app.close());

// Run these tests in parallel, because they mostly wait.
describe('client', () => {
  it.concurrent('a client that sends too slowly gets 408, and is disconnected', async () => {
    const stopping = Object.entries(STOPPING).map(async ([name, text]) =>
      expectTooSlow(name, await rawClient(gateway.url, text)),
    );
    const dripping = Object.entries(DRIPPING).map(async ([name, [text, more]]) => {
      const client = await rawClient(gateway.url, text);
      const stop = drip(client, more);
      await expectTooSlow(name, client).finally(stop);
    });
    await Promise.all([...stopping, ...dripping]);
    expect(calls(gateway.sandbox).filter((call) => call.startsWith('POST'))).toEqual([]);
  });

  it.concurrent('a client that reads a response slowly receives all of it', async () => {
    const client = await rawClient(appUrl, head('GET /large/slowly'));
    const { socket } = client;
    let taken = 0;
    socket.on('data', (chunk: string) => {
      taken += chunk.length;
      if (taken < MEBIBYTE) return;
      taken = 0;
      socket.pause();
      setTimeout(() => socket.resume(), READ_PAUSE_MS);
    });
    // Parse the response only once, because that takes long.
    await until(
      () => client.text().length,
      (length) => length > LARGE.length,
    );
    expect((await client.answer()).body).toHaveLength(LARGE.length);
    expect(durations.slowly).toBeGreaterThan(TIMES.responseStalledMs);
    socket.destroy();
  });

  it.concurrent('a client that does not read its response is disconnected', async () => {
    const client = await rawClient(appUrl);
    client.socket.pause();
    client.socket.write(head('GET /large/never'));
    await until(() => durations.never, Boolean);
    client.socket.resume();
    await client.closed();
    expect(client.text().length).toBeLessThan(LARGE.length);
  });

  it.concurrent('a client that uploads slowly but steadily is not disconnected', async () => {
    const client = await rawClient(gateway.url, post({ ...UPLOAD, ...CHUNKED }));
    const send = (text: string) => client.socket.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    send(BEGINNING);
    const began = performance.now();
    const stop = drip(client, '4\r\nmore\r\n');
    await until(() => performance.now() - began > LONG_MS, Boolean);
    stop();
    send(END);
    client.socket.write('0\r\n\r\n');
    // The gateway finds out that this is not an image only after it has read all of it.
    const { status, body } = await client.answer();
    expect(status).toBe(200);
    expect(JSON.parse(body).data.createPrompt.userErrors).toHaveLength(1);
    client.socket.destroy();
  });

  it.concurrent('a client that has sent its whole request can wait for a slow upstream', async () => {
    gateway.sandbox.addFault({ upstream: 'astria', kind: 'slow-body', delayMs: LONG_MS, times: 2 });
    const json = JSON.stringify({ query: '{ tunes(first: 1) { nodes { id } } }' });
    const upload = `${field('operations', json)}${field('map', '{}')}${END}`;
    const waiting = [
      [JSON_TYPE, json],
      [UPLOAD, upload],
    ] as const;
    const responses = waiting.map(async ([headers, body], n) => {
      // Use different keys, because one upstream call would serve both requests.
      const own = { ...headers, 'x-astria-api-key': `sd_${n}`, 'content-length': String(body.length) };
      const client = await rawClient(gateway.url, post(own) + body);
      const response = await client.answer();
      client.socket.destroy();
      return response.status;
    });
    const began = performance.now();
    expect(await Promise.all(responses)).toEqual([200, 200]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(LONG_MS - 50);
  });

  it.concurrent('a client that has received a response has no timeout for the next one', async () => {
    const client = await rawClient(appUrl, head('GET /nothing') + head('GET /slow'));
    await until(client.text, (text) => text.endsWith('slow'));
    client.socket.destroy();
  });

  it.concurrent('a client that sends no further request is disconnected without a response', async () => {
    const client = await rawClient(gateway.url, head('GET /livez'));
    expect((await client.answer()).status).toBe(200);
    const { length } = client.text();
    await client.closed();
    expect(client.text()).toHaveLength(length);
  });
});

describe('malformed HTTP', () => {
  it.each([
    ['another protocol', '\x16\x03\x01\x02\x00\x01\x00', 400],
    ['an unknown method', head('CONSTRUCTOR /graphql'), 400],
    ['no host header', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['two content lengths', post({ 'content-length': '5', 'Content-Length': '6' }), 400],
    ['a content length and chunks', post({ ...CHUNKED, 'content-length': '5' }), 400],
    ['a chunk without a length', `${post({ ...JSON_TYPE, ...CHUNKED })}zz\r\n`, 400],
    ['a large head', head('GET /livez', { 'x-large': 'x'.repeat(100_000) }), 431],
    ['a long URL', head(`GET /${'x'.repeat(100_000)}`), 431],
  ])('malformed HTTP with %s gets an error, and the connection is closed', async (_case, text, expected) => {
    const client = await rawClient(gateway.url, text);
    const { status, body } = await client.answer();
    expect(status).toBe(expected);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ message: expect.any(String) }] });
    client.socket.end();
    await client.closed();
  });

  it('malformed HTTP after a pending request gets no response, which could be taken for the pending one', async () => {
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', delayMs: 200 });
    const body = JSON.stringify({ query: '{ portkeyPrompts(first: 1) { nodes { id } } }' });
    const headers = { ...JSON_TYPE, 'content-length': String(body.length) };
    const client = await rawClient(gateway.url, `${post(headers)}${body}GARBAGE\r\n\r\n`);
    await client.closed();
    expect(client.text()).toBe('');
  });
});
