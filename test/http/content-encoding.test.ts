import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { describeReachable } from '../callbacks/reachable.js';
import { MULTIPART, multipart, operationParts } from '../support/upload-bytes.js';
import { png } from '../support/upload-pictures.js';

const gateway = describeReachable();

const QUERY = JSON.stringify({ query: '{ __typename }' });
const GZIPPED = new Uint8Array(gzipSync(QUERY));
const JSON_TYPE = { 'content-type': 'application/json' };

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(url, { method: 'POST', body, headers });

async function expectRejected(response: Response): Promise<void> {
  expect(response.status).toBe(415);
  expect(response.headers.get('accept-encoding')).toBe('identity');
  const message = 'Encoded request bodies are not supported. Send the body without Content-Encoding.';
  expect(await response.json()).toEqual({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
}

describe('request body with a content encoding', () => {
  it.each(['gzip', 'GZIP', 'br', 'deflate', 'zstd', 'identity, gzip', 'x-unknown'])(
    'a request body with a content encoding is rejected with 415: %s',
    async (encoding) => {
      const headers = { ...JSON_TYPE, 'content-encoding': encoding };
      await expectRejected(await post(`${gateway.url}/graphql`, GZIPPED, headers));
    },
  );

  it('a request body with a content encoding is rejected in an upload', async () => {
    const body = multipart([
      ...operationParts(QUERY, { f: ['variables.file'] }),
      { name: 'f', filename: 'a.png', content: png(400) },
    ]);
    const headers = {
      'content-type': MULTIPART,
      'apollo-require-preflight': 'true',
      'content-encoding': 'gzip',
    };
    await expectRejected(await post(`${gateway.url}/graphql`, new Uint8Array(gzipSync(body)), headers));
  });

  it('a request body with a content encoding is rejected in a callback, which can be sent again without the encoding', async () => {
    const url = gateway.ownAddress(await gateway.create(null));
    await expectRejected(await post(url, GZIPPED, { ...JSON_TYPE, 'content-encoding': 'gzip' }));
    expect((await post(url, '{}', { ...JSON_TYPE, 'content-encoding': 'identity' })).status).toBe(204);
  });

  it.each(['identity', 'Identity', ''])(
    'a request body with a content encoding is accepted if the encoding is identity: %j',
    async (encoding) => {
      const headers = { ...JSON_TYPE, 'content-encoding': encoding };
      expect((await post(`${gateway.url}/graphql`, QUERY, headers)).status).toBe(200);
    },
  );

  it('a request body with a content encoding is ignored in a GET request, which has no body', async () => {
    const headers = { 'apollo-require-preflight': 'true', 'content-encoding': 'gzip' };
    const response = await fetch(`${gateway.url}/graphql?query=%7B__typename%7D`, { headers });
    expect(response.status).toBe(200);
  });
});
