import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway } from '../support/gateway.js';
import { head, rawClient } from '../support/raw-http.js';
import { JSON_TYPE, MULTIPART, open, SSE } from '../support/streams.js';

const gateway = describeGateway({ env: { PUBLIC_URL: 'http://localhost:4000' } });
const secure = describeGateway({
  env: { PUBLIC_URL: 'https://gate.example', ASTRIA_BASE_URL: 'https://api.astria.ai' },
});

const QUERY = JSON.stringify({ query: '{ __typename }' });
const policyOf = (headers: Headers) =>
  Object.fromEntries(
    (headers.get('content-security-policy') ?? '').split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(' ');
      return [name, sources];
    }),
  );

describe('every response', () => {
  it.each<[string, number, string, RequestInit]>([
    ['a result', 200, '/graphql', { method: 'POST', headers: JSON_TYPE, body: QUERY }],
    ['a GraphQL error', 400, '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{"query":"{"}' }],
    ['broken JSON', 400, '/graphql', { method: 'POST', headers: JSON_TYPE, body: '{' }],
    ['an unknown path', 404, '/nothing', {}],
    ['a wrong method', 405, '/graphql', { method: 'PUT' }],
    ['a probe', 200, '/livez', {}],
    ['the front page', 200, '/', {}],
  ])('every response has the security headers: %s (%i)', async (_case, status, path, init) => {
    const response = await fetch(gateway.url + path, init);
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    for (const name of ['server', 'x-powered-by', 'strict-transport-security'])
      expect(response.headers.get(name)).toBeNull();
    expect(policyOf(response.headers)['default-src']).toEqual(["'self'"]);
    await response.text();
  });

  it.each([
    ['server-sent events', SSE],
    ['multipart', MULTIPART],
  ])('every response has the security headers as a stream of %s', async (_name, accept) => {
    const stream = await open(
      gateway.url,
      { query: 'subscription { promptUpdated(id: "1") { id } }' },
      accept,
    );
    expect(stream.headers).toMatchObject({
      'content-security-policy': expect.stringContaining("default-src 'self'"),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
    });
    stream.vanish();
  });

  it('every response to malformed HTTP forbids content type sniffing', async () => {
    for (const text of ['GARBAGE\r\n\r\n', head('GET /%zz')]) {
      const client = await rawClient(gateway.url, text);
      expect((await client.answer()).headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
      client.socket.destroy();
    }
  });
});

it('the page can load only pictures from other origins, and cannot be framed', async () => {
  const response = await fetch(gateway.url);
  expect(policyOf(response.headers)).toEqual({
    'default-src': ["'self'"],
    'img-src': ["'self'", 'data:', 'blob:', 'https:', 'http://127.0.0.1:*'],
    'style-src': ["'self'", "'unsafe-inline'"],
    'connect-src': ["'self'"],
    'frame-ancestors': ["'none'"],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
  });
  await response.text();
});

it.each([
  ['https://api.astria.ai', []],
  // The port may change with each start of the upstream.
  ['http://localhost:4321', ['http://localhost:*']],
  ['http://127.0.0.1', ['http://127.0.0.1:*']],
  ['http://astria.test:8080/api', ['http://astria.test:8080']],
])(
  'the page can load pictures without TLS only from an upstream without TLS: %s',
  async (astriaUrl, sources) => {
    const own = await startTestGateway({ env: { ASTRIA_BASE_URL: astriaUrl } });
    const response = await fetch(own.url);
    expect(policyOf(response.headers)['img-src']).toEqual(["'self'", 'data:', 'blob:', 'https:', ...sources]);
    await response.text();
    await own.close();
  },
);

it('the gateway requires TLS from browsers if PUBLIC_URL uses https', async () => {
  const response = await fetch(`${secure.url}/livez`);
  expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
  await response.text();
});

it('no cache stores a GraphQL response', async () => {
  for (const init of [
    { method: 'POST', headers: JSON_TYPE, body: QUERY },
    { method: 'POST', headers: JSON_TYPE, body: '{' },
    { method: 'POST', headers: { ...SSE }, body: QUERY },
    { method: 'GET', headers: { 'apollo-require-preflight': 'true' } },
  ]) {
    const query = init.method === 'GET' ? '?query={__typename}' : '';
    const response = await fetch(`${gateway.url}/graphql${query}`, init);
    expect(response.headers.get('cache-control')).toMatch(/^no-store/);
    await response.text();
  }
});
