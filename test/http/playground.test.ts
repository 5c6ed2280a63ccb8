import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { loadPlayground } from '../../src/composition/access-control.js';
import { ConfigError, parseConfig } from '../../src/config.js';
import { bearer, type Token, TokensOnDisk } from '../access/tokens-on-disk.js';
import { describeGateway } from '../support/describe-gateway.js';
import { ask } from '../support/plain-request.js';

const ORIGIN = 'https://app.example.com';
const READER: Token = { name: 'reader', secret: 'pg_reader', scopes: ['read'] };
const NOTHING_HERE = 'This URL does not exist. The GraphQL endpoint is /graphql.\n';

const tokens = new TokensOnDisk();
beforeAll(() => tokens.write(READER));
const gateway = describeGateway({ env: { CORS_ORIGINS: ORIGIN } });
const guarded = describeGateway({ env: { AUTH_TOKENS_FILE: tokens.file, RATE_LIMIT_PER_PRINCIPAL: '3' } });
const silent = describeGateway({ env: { INTROSPECTION: 'false', AUTH_TOKENS_FILE: tokens.file } });
const off = describeGateway({ env: { PLAYGROUND: 'off' } });
let page: string;
/** Path of the main script of the page. */
let script: string;
beforeAll(async () => {
  page = (await ask(gateway.url, '/')).body.toString();
  script = /<script type="module"[^>]* src="\.([^"]+)"/.exec(page)?.[1] ?? '';
});
afterAll(() => tokens.remove());

describe('page', () => {
  it('the page is served at the root, and is revalidated each time', async () => {
    const { status, headers, body } = await ask(gateway.url, '/');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^default-src 'self';/),
    });
    expect(body.toString()).toContain('<div id="root">');
  });

  it('the page is not sent again to a client that has it', async () => {
    const { etag = '' } = (await ask(gateway.url, '/')).headers;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const { status, headers, body } = await ask(gateway.url, '/', { 'if-none-match': known });
      expect([known, status, body.length, headers.etag]).toEqual([known, 304, 0, etag]);
    }
    expect((await ask(gateway.url, '/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('the page states if the gateway uses the sandbox', async () => {
    const modes = [{ SANDBOX: 'true' }, { SANDBOX: 'false' }].map((env) => {
      const html = loadPlayground(parseConfig(env))?.page ?? '';
      return /<meta name="promptgate-mode" content="([^"]*)"/.exec(html)?.[1];
    });
    expect(modes).toEqual(['sandbox', 'live']);
    expect(page).toContain('<meta name="promptgate-mode" content="live"');
  });

  it('the page loads only files that exist, and has no inline code', async () => {
    const loaded = [...page.matchAll(/(?:src|href)="\.(\/[^"]*)"/g)].map(([, url = '']) => url);
    expect(loaded.length).toBeGreaterThan(1);
    for (const url of loaded) expect([url, (await ask(gateway.url, url)).status]).toEqual([url, 200]);
    expect(page).not.toMatch(/<script(?![^>]* src=)|\son\w+=/);
  });

  it('the page accepts HEAD besides GET, and no other method', async () => {
    const { status, headers, body } = await ask(gateway.url, '/', {}, 'HEAD');
    expect([status, headers['content-length'], body.length]).toEqual([200, String(page.length), 0]);
    for (const target of ['/', '/docs/readme.html', '/docs/security.html', '/schema.graphql', script]) {
      const refused = await ask(gateway.url, target, {}, 'POST');
      expect([target, refused.status, refused.headers.allow]).toEqual([target, 405, 'GET, HEAD']);
    }
  });
});

describe('file of the page', () => {
  it.each([
    ['br', 'br', brotliDecompressSync],
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
    ['br;q=0, gzip', 'gzip', gunzipSync],
  ])('a file of the page is compressed for accept-encoding: %s as %s', async (accepted, encoding, unpack) => {
    const plain = await ask(gateway.url, script);
    const packed = await ask(gateway.url, script, { 'accept-encoding': accepted });
    expect(packed.status).toBe(200);
    expect(packed.headers).toMatchObject({
      'content-encoding': encoding,
      'content-type': 'application/javascript; charset=utf-8',
      'content-length': String(packed.body.length),
      vary: expect.stringContaining('accept-encoding'),
    });
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    expect(unpack(packed.body).equals(plain.body)).toBe(true);
  });

  it.each(['', 'identity', 'zstd', 'br;q=0, gzip;q=0'])(
    'a file of the page is not compressed for accept-encoding: %s',
    async (accepted) => {
      const { status, headers } = await ask(
        gateway.url,
        script,
        accepted ? { 'accept-encoding': accepted } : {},
      );
      expect([status, headers['content-encoding']]).toEqual([200, undefined]);
      expect(headers).toMatchObject({
        'content-type': 'application/javascript; charset=utf-8',
        vary: expect.stringContaining('accept-encoding'),
      });
    },
  );

  it('a file of the page is cached for a year, because its name changes with its content', async () => {
    const { headers } = await ask(gateway.url, script, { 'accept-encoding': 'br' });
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const again = await ask(gateway.url, script, {
      'accept-encoding': 'br',
      'if-none-match': headers.etag ?? '',
    });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('a file of the page varies by origin if CORS is on', async () => {
    const { vary } = (await ask(gateway.url, script, { origin: ORIGIN })).headers;
    expect(vary?.toLowerCase().split(', ').sort()).toEqual(['accept-encoding', 'origin']);
  });

  it('a file of the page accepts HEAD', async () => {
    const whole = await ask(gateway.url, script, { 'accept-encoding': 'gzip' });
    const { status, headers, body } = await ask(gateway.url, script, { 'accept-encoding': 'gzip' }, 'HEAD');
    expect([status, body.length]).toEqual([200, 0]);
    expect(headers['content-length']).toBe(String(whole.body.length));
  });
});

describe('build', () => {
  it.each([
    '/index.html',
    '/.inputs',
    '/assets',
    '/assets/',
    '/assets/unknown.js',
    '/assets/unknown.js?x=1',
    '/assets/.inputs',
    '/assets/../.inputs',
    '/assets/../index.html',
    '/assets/../../package.json',
    '/assets/%2e%2e/index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f.inputs',
    '/assets/..%5cindex.html',
    '/assets/%252e%252e%252findex.html',
    '/assets//index.html',
    '/assets/%00',
    '/docs/../index.html',
    '/docs/%2e%2e/.inputs',
    '/docs/unknown.html',
    '/docs/readme.html.br',
  ])('the build has no other file at %s', async (target) => {
    for (const encoding of ['identity', 'br']) {
      const { status, headers, body } = await ask(gateway.url, target, { 'accept-encoding': encoding });
      expect([status, headers['content-type'], body.toString()]).toEqual([
        404,
        'text/plain; charset=utf-8',
        NOTHING_HERE,
      ]);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  it('the build has no URL for compressed files', async () => {
    for (const form of ['br', 'gz']) expect((await ask(gateway.url, `${script}.${form}`)).status).toBe(404);
  });
});

describe('schema', () => {
  it('the schema is served whole, as text', async () => {
    const { status, headers, body } = await ask(gateway.url, '/schema.graphql');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'private, no-cache',
    });
    const fields = Object.keys(buildSchema(body.toString()).getMutationType()?.getFields() ?? {});
    expect(fields).toContain('replicatePrompts');
    const again = await ask(gateway.url, '/schema.graphql', { 'if-none-match': headers.etag ?? '' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  it('the schema requires a token, and counts against the rate limit of the token', async () => {
    const refused = await ask(guarded.url, '/schema.graphql');
    expect([refused.status, refused.headers['cache-control']]).toEqual([401, 'no-store']);
    expect(refused.headers['www-authenticate']).toMatch(/^Bearer /);
    expect(refused.body.toString()).toContain('UNAUTHENTICATED');
    const { etag = '' } = (await ask(gateway.url, '/schema.graphql')).headers;
    expect((await ask(guarded.url, '/schema.graphql', { 'if-none-match': etag })).status).toBe(401);

    const statuses: (number | undefined)[] = [];
    for (let n = 0; n < 4; n += 1)
      statuses.push((await ask(guarded.url, '/schema.graphql', bearer(READER))).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('the schema is denied to a client with only an upstream key, which could be made up', async () => {
    const own = await ask(guarded.url, '/schema.graphql', { 'x-astria-api-key': 'sd_made_up' });
    expect([own.status, own.headers['cache-control']]).toEqual([403, 'no-store']);
    expect(JSON.parse(own.body.toString())).toMatchObject({
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });

  it('the schema is served with real upstreams, although introspection is off', async () => {
    const { errors } = await gateway.graphql('{ __schema { queryType { name } } }');
    expect(errors).toHaveLength(1);
    expect((await ask(gateway.url, '/schema.graphql')).status).toBe(200);
  });

  it('the schema is not served with INTROSPECTION=false', async () => {
    for (const headers of [{}, bearer(READER)]) {
      const { status, headers: sent, body } = await ask(silent.url, '/schema.graphql', headers);
      expect([status, sent['content-type'], sent['cache-control']]).toEqual([
        404,
        'text/plain; charset=utf-8',
        'no-store',
      ]);
      expect(body.toString()).toContain('INTROSPECTION');
    }
    expect((await ask(silent.url, '/')).status).toBe(200);
  });
});

describe('PLAYGROUND=off', () => {
  it('PLAYGROUND=off removes the page, the documents and the schema', async () => {
    for (const target of [
      '/',
      script,
      '/docs',
      '/docs/readme.html',
      '/docs/security.html',
      '/schema.graphql',
    ]) {
      const { status, headers, body } = await ask(off.url, target);
      expect([target, status, body.toString()]).toEqual([target, 404, NOTHING_HERE]);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    }
    expect((await off.graphql('{ __typename }')).status).toBe(200);
  });

  it('PLAYGROUND=off needs no build, unlike PLAYGROUND=on', () => {
    const empty = path.join(tmpdir(), 'promptgate-never-built');
    expect(loadPlayground(parseConfig({ PLAYGROUND: 'off' }), empty)).toBeNull();
    const open = () => loadPlayground(parseConfig({}), empty);
    expect(open).toThrow(ConfigError);
    expect(open).toThrow(/PLAYGROUND: .*promptgate-never-built.*npm run build.*PLAYGROUND=off/);
  });
});
