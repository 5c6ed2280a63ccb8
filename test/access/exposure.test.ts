import { describe, expect, it } from '@jest/globals';
import { exposureError } from '../../src/http/access/access.js';
import { isLoopback } from '../../src/http/limits/client-address.js';
import { startTestGateway } from '../support/gateway.js';
import { bearer, TokensOnDisk } from './tokens-on-disk.js';

const LOOPBACK = ['127.0.0.1', '127.8.8.8', '::1', '[::1]', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'];
const NOT_LOOPBACK = [
  '0.0.0.0',
  '::',
  '192.168.1.5',
  '10.0.0.1',
  'example.com',
  '127.0.0.1.example.com',
  '::ffff:0.0.0.0',
];
const KEYS = { astria: null, portkey: 'key' };

describe('the host', () => {
  it.each(LOOPBACK)('%s is a loopback host', (host) => expect(isLoopback(host)).toBe(true));
  it.each(NOT_LOOPBACK)('%s is not a loopback host', (host) => expect(isLoopback(host)).toBe(false));
});

describe('gateway', () => {
  it('a gateway may not start without access control if it has upstream keys and a public host', () => {
    expect(exposureError('0.0.0.0', KEYS, true)).toMatch(/^HOST 0\.0\.0\.0 .*AUTH_TOKENS_FILE/);
    expect(exposureError('0.0.0.0', { astria: 'key', portkey: null }, true)).not.toBeNull();
    expect(exposureError('127.0.0.1', KEYS, true)).toBeNull();
    expect(exposureError('0.0.0.0', KEYS, false)).toBeNull();
    expect(exposureError('0.0.0.0', { astria: null, portkey: null }, true)).toBeNull();
  });

  it('a gateway does not start on 0.0.0.0 without access control', async () => {
    await expect(startTestGateway({ env: { HOST: '0.0.0.0' } })).rejects.toThrow(/AUTH_TOKENS_FILE/);
  });

  it('a gateway starts on 0.0.0.0 with access control, and requires a token', async () => {
    const file = new TokensOnDisk();
    await file.write({ name: 'a', secret: 'pg_a', scopes: ['read'] });
    const gateway = await startTestGateway({ env: { HOST: '0.0.0.0', AUTH_TOKENS_FILE: file.file } });
    const ask = (headers: Record<string, string>) => gateway.graphql('{ __typename }', {}, headers);
    expect((await ask({})).status).toBe(401);
    expect((await ask(bearer('pg_a'))).status).toBe(200);
    await gateway.close();
    await file.remove();
  });

  it('a gateway starts on 0.0.0.0 without upstream keys, and uses the keys of its clients', async () => {
    const env = { HOST: '0.0.0.0', ASTRIA_API_KEY: '', PORTKEY_API_KEY: '' };
    const gateway = await startTestGateway({ env });
    const ask = (headers: Record<string, string>) =>
      gateway.graphql('{ tunes(first: 1) { nodes { id } } }', {}, headers);
    expect((await ask({})).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    expect((await ask({ 'x-astria-api-key': gateway.sandbox.astriaKey })).errors).toBeUndefined();
    await gateway.close();
  });

  it('a gateway logs a warning about PUBLIC_URL without access control', async () => {
    const gateway = await startTestGateway({ env: { PUBLIC_URL: 'https://gateway.example.com' } });
    expect(gateway.logLines.join('')).toContain('Every client that can reach PUBLIC_URL');
    await gateway.close();
  });

  it.each([
    ['that is missing', null],
    ['that is not JSON', 'x'],
    ['that is not a list', '{}'],
    ['with an invalid hash', '[{"name":"a","sha256":"ab","scopes":[]}]'],
    ['with an unknown scope', `[{"name":"a","sha256":"${'a'.repeat(64)}","scopes":["admin"]}]`],
    ['with a token instead of its hash', '[{"name":"a","token":"pg_secret","scopes":["read"]}]'],
    [
      'with a repeated name',
      JSON.stringify(['a', 'b'].map((x) => ({ name: 'n', sha256: x.repeat(64), scopes: [] }))),
    ],
  ])('a gateway does not start with a tokens file %s', async (_case, text) => {
    const file = new TokensOnDisk();
    if (text !== null) await file.writeText(text);
    const failure = await startTestGateway({ env: { AUTH_TOKENS_FILE: file.file } }).then(
      () => null,
      (error: Error) => error,
    );
    await file.remove();
    expect(failure?.name).toBe('ConfigError');
    expect(failure?.message).toContain(file.file);
    expect(failure?.message).not.toContain('pg_secret');
  });
});
