import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, toAnswer } from '../support/gateway.js';
import { BareSocket, JSON_TYPE, SSE } from '../support/streams.js';
import { multipart, operationParts, postBytes } from '../support/upload-bytes.js';

const gateway = describeGateway();

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hashOf = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });

async function post(body: unknown, headers: Record<string, string> = JSON_TYPE) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return toAnswer(response);
}
async function get(parameters: Record<string, string>) {
  return toAnswer(
    await fetch(`${gateway.url}/graphql?${new URLSearchParams(parameters)}`, { headers: JSON_TYPE }),
  );
}
const register = async (query: string, variables: Record<string, unknown> = {}) =>
  (await post({ query, variables, extensions: hashOf(query) })).status;

const NOT_FOUND = [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }];

describe('automatic persisted query', () => {
  it('an automatic persisted query is unknown until a POST request registers it for POST and GET', async () => {
    const query = 'query Known($first: Int) { tunes(first: $first) { nodes { id } } }';
    const extensions = hashOf(query);
    expect(await post({ extensions })).toMatchObject({ status: 200, errors: NOT_FOUND });
    expect(await register(query, { first: 1 })).toBe(200);
    const { data } = await post({ extensions, variables: { first: 2 } });
    expect(at(data, 'tunes.nodes')).toHaveLength(2);
    const read = await get({ extensions: JSON.stringify(extensions), variables: '{"first":3}' });
    expect(at(read.data, 'tunes.nodes')).toHaveLength(3);
  });

  it('an automatic persisted query can be registered by a GET request', async () => {
    const query = '{ registered: __typename }';
    const extensions = JSON.stringify(hashOf(query));
    expect((await get({ extensions })).errors).toEqual(NOT_FOUND);
    expect((await get({ query, extensions })).data).toEqual({ registered: 'Query' });
    expect((await get({ extensions })).data).toEqual({ registered: 'Query' });
  });

  it('an automatic persisted query that is a mutation is not executed by a GET request', async () => {
    const query = 'mutation { cancelReplication(id: "none") { userErrors { code } } }';
    expect(await register(query)).toBe(200);
    expect(await get({ extensions: JSON.stringify(hashOf(query)) })).toMatchObject({ status: 405 });
  });

  it('an automatic persisted query that is a subscription is streamed over POST, GET and WebSocket', async () => {
    const query = 'subscription { promptUpdated(id: 1) { id } }';
    const body = { query, extensions: hashOf(query) };
    const headers = { ...SSE, 'apollo-require-preflight': '1' };
    const send = async (init: RequestInit, search = '') => {
      const response = await fetch(`${gateway.url}/graphql${search}`, { ...init, headers });
      return response.text();
    };
    const streamed = await send({ method: 'POST', body: JSON.stringify(body) });
    expect(streamed).toContain('"promptUpdated":null');
    const search = new URLSearchParams({ extensions: JSON.stringify(body.extensions) });
    expect(await send({}, `?${search}`)).toBe(streamed);
    const client = await new BareSocket(gateway.url).init();
    client.send({ type: 'subscribe', id: '1', payload: { query: '', extensions: body.extensions } });
    const [next] = await client.finished('1');
    client.socket.close();
    expect(at(next, 'payload.data')).toEqual({ promptUpdated: null });
  });

  it('an automatic persisted query is found by a multipart request', async () => {
    const query = '{ multipart: __typename }';
    await register(query);
    const { data } = await postBytes(
      gateway.url,
      multipart(operationParts({ extensions: hashOf(query) }, {})),
    );
    expect(data).toEqual({ multipart: 'Query' });
  });

  it.each([
    [
      'the hash of another document',
      { query: '{ a: __typename }', extensions: hashOf('{ b: __typename }') },
      'BAD_REQUEST',
    ],
    [
      'another version',
      { extensions: { persistedQuery: { version: 2, sha256Hash: sha256('x') } } },
      'BAD_REQUEST',
    ],
    [
      'a hash that is not a string',
      { extensions: { persistedQuery: { version: 1, sha256Hash: { a: 1 } } } },
      'PERSISTED_QUERY_NOT_FOUND',
    ],
    [
      'a hash that names an object property',
      { extensions: { persistedQuery: { version: 1, sha256Hash: '__proto__' } } },
      'PERSISTED_QUERY_NOT_FOUND',
    ],
    ['no hash', { extensions: { persistedQuery: { version: 1 } } }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['an extension that is not an object', { extensions: { persistedQuery: 'x' } }, 'BAD_REQUEST'],
  ])('an automatic persisted query with %s is rejected', async (_case, body, code) => {
    const { data, errors } = await post(body);
    expect(data).toBeUndefined();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
  });

  it('an automatic persisted query is not registered under the hash of another document', async () => {
    const [query, other] = ['{ forged: __typename }', '{ victim: __typename }'];
    expect((await post({ query, extensions: hashOf(other) })).status).toBe(400);
    expect((await post({ extensions: hashOf(other) })).errors).toEqual(NOT_FOUND);
  });

  it.each([
    ['is not valid', '{ nothing }'],
    ['exceeds a limit', `{ ${'__typename '.repeat(101)} }`],
  ])('an automatic persisted query is not registered if it %s', async (_case, query) => {
    expect(await register(query)).toBe(400);
    expect((await post({ extensions: hashOf(query) })).errors).toEqual(NOT_FOUND);
  });

  it('an automatic persisted query is rejected if its variables make it too expensive', async () => {
    const query = 'query ($n: Int) { tunes(first: $n) { nodes { prompts(first: $n) { nodes { id } } } } }';
    expect(await register(query, { n: 1 })).toBe(200);
    const { status, errors } = await post({ extensions: hashOf(query), variables: { n: 500 } });
    expect([status, errors?.[0]?.message]).toEqual([
      400,
      'The operation costs 251 002, but the limit is 20 000. Request fewer items.',
    ]);
  });

  it('an automatic persisted query is evicted when there are too many', async () => {
    const large = (n: number) => `{ large${n}: __typename } # ${'x'.repeat(1_000_000)}`;
    const first = '{ first: __typename }';
    await register(first);
    for (let n = 0; n < 32; n += 1) expect(await register(large(n))).toBe(200);
    expect((await post({ extensions: hashOf(first) })).errors).toEqual(NOT_FOUND);
    expect((await post({ extensions: hashOf(large(31)) })).data).toEqual({ large31: 'Query' });
  });
});

describe('a batch', () => {
  const BATCH = [{ query: '{ __typename }' }, { query: '{ __typename }' }];
  const MESSAGE = 'Batches are not supported. Send each operation in its own request.';
  it.each([
    ['in JSON', () => post(BATCH)],
    ['of one operation', () => post([{ query: '{ __typename }' }])],
    ['of no operations', () => post([])],
    ['for a stream', () => post(BATCH, SSE)],
    ['in a multipart request', () => postBytes(gateway.url, multipart(operationParts(BATCH, {})))],
    [
      'with a file',
      () =>
        postBytes(
          gateway.url,
          multipart([
            ...operationParts(BATCH, { f: ['0.variables.file'] }),
            { name: 'f', filename: 'a.png', content: 'x' },
          ]),
        ),
    ],
  ])('%s is rejected', async (_case, send) => {
    const { status, errors } = await send();
    expect([status, errors]).toEqual([400, [{ message: MESSAGE, extensions: { code: 'BAD_REQUEST' } }]]);
  });
});
