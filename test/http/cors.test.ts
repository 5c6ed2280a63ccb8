import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import { head, rawClient } from '../support/raw-http.js';
import { BareSocket, JSON_TYPE, MULTIPART, open, SSE } from '../support/streams.js';

const PAGE = 'https://app.example';
const OTHER_PAGE = 'http://localhost:3000';
const gateway = describeGateway({
  env: { CORS_ORIGINS: `${PAGE}, ${OTHER_PAGE}`, PUBLIC_URL: 'https://gate.example' },
  sandbox: { settleMs: 60_000 },
});

const OTHER_ORIGINS = [
  'https://evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://app.example.evil.example',
  'https://sub.app.example',
  'null',
];
const QUERY = JSON.stringify({ query: '{ __typename }' });
const corsHeaders = (headers: Headers) => [...headers].filter(([name]) => name.startsWith('access-control-'));

const preflight = (origin: string, path = '/graphql', asked: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'apollo-require-preflight,content-type',
      ...asked,
    },
  });

describe('preflight', () => {
  it.each([PAGE, OTHER_PAGE])(
    'a preflight from the allowed origin %s gets the CORS headers',
    async (origin) => {
      const { status, headers } = await preflight(origin);
      expect(status).toBe(204);
      expect(Object.fromEntries(headers)).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST',
        'access-control-max-age': '7200',
        vary: 'Origin',
      });
      expect(headers.get('access-control-allow-headers')?.split(', ')).toEqual(
        expect.arrayContaining([
          ...['content-type', 'authorization', 'x-astria-api-key', 'x-portkey-api-key'],
          ...['apollo-require-preflight', 'x-apollo-operation-name'],
          ...['apollographql-client-name', 'apollographql-client-version'],
        ]),
      );
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    },
  );

  it.each(OTHER_ORIGINS)('a preflight from the origin %s gets no CORS headers', async (origin) => {
    const response = await preflight(origin);
    expect(response.status).toBe(405);
    expect(corsHeaders(response.headers)).toEqual([]);
    expect(response.headers.get('vary')).toBe('Origin');
    await response.text();
  });

  it('a preflight without a requested method is rejected with 405', async () => {
    const response = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin: PAGE } });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
    await response.text();
  });
});

/** Requests with every kind of outcome. */
const REQUESTS: [string, number, string, RequestInit][] = [
  ['a result', 200, '/graphql', { method: 'POST', headers: JSON_TYPE, body: QUERY }],
  ['the rejection of a cross-site request', 400, '/graphql?query={__typename}', {}],
  ['a parse error', 400, '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{"query":"{"}' }],
  ['broken JSON', 400, '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{' }],
  [
    'an invalid key',
    400,
    '/graphql',
    { method: 'POST', headers: { ...JSON_TYPE, 'x-astria-api-key': 'ä' }, body: QUERY },
  ],
  ['an unknown path', 404, '/nothing', {}],
  ['a wrong method', 405, '/graphql', { method: 'PUT' }],
  [
    'an unacceptable format',
    406,
    '/graphql',
    { method: 'POST', headers: { ...JSON_TYPE, accept: 'image/png' }, body: QUERY },
  ],
  ['a large body', 413, '/graphql', { method: 'POST', headers: JSON_TYPE, body: ' '.repeat(2 ** 21) }],
  [
    'an unsupported media type',
    415,
    '/graphql',
    { method: 'POST', headers: { 'content-type': 'text/csv' }, body: 'a' },
  ],
  ['a probe', 200, '/livez', {}],
];

describe('page', () => {
  it.each(REQUESTS)('a page of an allowed origin can read %s (%i)', async (_case, status, path, init) => {
    const headers = { ...init.headers, origin: PAGE };
    const response = await fetch(gateway.url + path, { ...init, headers });
    expect(response.status).toBe(status);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(response.headers.get('access-control-expose-headers')).toMatch(/ratelimit-.*retry-after/);
    expect(response.headers.get('vary')).toBe('Origin');
    await response.text();
  });

  it.each(REQUESTS)('a page of another origin cannot read %s (%i)', async (_case, status, path, init) => {
    const headers = { ...init.headers, origin: 'https://evil.example' };
    const response = await fetch(gateway.url + path, { ...init, headers });
    expect(response.status).toBe(status);
    expect(corsHeaders(response.headers)).toEqual([]);
    expect(response.headers.get('vary')).toBe('Origin');
    await response.text();
  });

  it.each([
    ['server-sent events', SSE],
    ['multipart', MULTIPART],
  ])('a page of an allowed origin can read a stream of %s, and others cannot', async (_name, accept) => {
    const body = { query: 'subscription { promptUpdated(id: "1") { id } }' };
    const allowed = await open(gateway.url, body, { ...accept, origin: PAGE });
    expect(allowed.status).toBe(200);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-expose-headers': expect.stringContaining('retry-after'),
      vary: 'Origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
    });
    allowed.vanish();
    const other = await open(gateway.url, body, { ...accept, origin: 'https://evil.example' });
    expect(Object.keys(other.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    other.vanish();
  });

  it('a page of an allowed origin can open a WebSocket, and others cannot', async () => {
    const opened = (origin: string) =>
      rawClient(
        gateway.url,
        head('GET /graphql', {
          origin,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-protocol': 'graphql-transport-ws',
        }),
      );
    for (const [origins, status] of [
      [[PAGE, OTHER_PAGE, 'https://gate.example', 'http://localhost'], 101],
      [OTHER_ORIGINS, 403],
    ] as const)
      for (const origin of origins) {
        const client = await opened(origin);
        expect({ origin, status: (await client.answer()).status }).toEqual({ origin, status });
        client.socket.destroy();
      }
    const client = await new BareSocket(gateway.url, { origin: PAGE }).init();
    client.subscribe('1', '{ __typename }');
    expect(await client.finished('1')).toBeDefined();
    client.socket.close();
  });
});

it('a gateway without CORS_ORIGINS sends no CORS headers', async () => {
  const own = await startTestGateway();
  const response = await fetch(`${own.url}/graphql`, {
    method: 'POST',
    headers: { ...JSON_TYPE, origin: PAGE },
    body: QUERY,
  });
  expect(response.status).toBe(200);
  expect(corsHeaders(response.headers)).toEqual([]);
  expect(response.headers.get('vary')).toBeNull();
  await response.text();
  await own.close();
});

describe('host check of a gateway without access control', () => {
  const statusFor = async (url: string, host: string, more: Record<string, string> = {}, path = '/') => {
    const client = await rawClient(url, head(`GET ${path}`, { ...more, host }));
    const { status } = await client.answer();
    client.socket.destroy();
    return status;
  };

  it.each([
    'localhost',
    'LOCALHOST:4000',
    'localhost.',
    'app.localhost:1',
    '127.0.0.1:4000',
    '127.9.9.9',
    '[::1]:4000',
    'gateway',
    'gate.example',
    'Gate.Example:443',
  ])('the host check of a gateway without access control accepts the host %s', async (host) => {
    expect(await statusFor(gateway.url, host)).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example.',
    'notlocalhost.example',
  ])(
    'the host check of a gateway without access control rejects the host %s, which DNS rebinding could use',
    async (host) => {
      expect(await statusFor(gateway.url, host)).toBe(421);
      const handshake = { connection: 'Upgrade', upgrade: 'websocket', origin: `http://${host}` };
      expect(await statusFor(gateway.url, host, handshake)).toBe(421);
    },
  );

  it('the host check of a gateway without access control is skipped only for /livez and /readyz', async () => {
    const statuses = ['/livez', '/readyz', '/metrics', '/graphql'].map((path) =>
      statusFor(gateway.url, 'pod.cluster.example', {}, path),
    );
    expect(await Promise.all(statuses)).toEqual([200, 200, 421, 421]);
  });

  it('the host check of a gateway without access control is off without upstream keys', async () => {
    const none = { env: { ASTRIA_API_KEY: '', PORTKEY_API_KEY: '' } };
    const keyless = await startTestGateway(none);
    expect(await statusFor(keyless.url, 'gateway.internal.example')).toBe(200);
    await keyless.close();
  });
});

it('a page can read the 503 response to a connection over the limit', async () => {
  const own = await startTestGateway({ env: { CORS_ORIGINS: PAGE, MAX_CONNECTIONS: '1' } });
  const first = await rawClient(own.url, head('GET /'));
  await first.answer();
  const second = await until(
    () => fetch(own.url, { headers: { origin: PAGE } }),
    ({ status }) => status === 503,
  );
  expect(second.headers.get('access-control-allow-origin')).toBe(PAGE);
  expect(second.headers.get('retry-after')).toBe('1');
  await second.text();
  first.socket.destroy();
  await own.close();
});

it('a page can read the 429 response and its rate limit headers', async () => {
  const own = await startTestGateway({ env: { CORS_ORIGINS: PAGE, RATE_LIMIT_PER_ADDRESS: '1' } });
  const ask = () =>
    fetch(`${own.url}/graphql`, { method: 'POST', headers: { ...JSON_TYPE, origin: PAGE }, body: QUERY });
  const refused = await until(ask, ({ status }) => status === 429);
  expect(refused.headers.get('access-control-allow-origin')).toBe(PAGE);
  const exposed = refused.headers.get('access-control-expose-headers')?.split(', ');
  const rateHeaders = [...refused.headers.keys()].filter((name) => /^ratelimit|^retry-after/.test(name));
  expect(rateHeaders).not.toEqual([]);
  expect(exposed).toEqual(expect.arrayContaining(rateHeaders));
  await refused.text();
  await own.close();
});
