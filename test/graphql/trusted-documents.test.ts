import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, describe, expect, it } from '@jest/globals';
import { print } from 'graphql';
import { describeGateway } from '../support/describe-gateway.js';
import { at, startTestGateway, type TestGateway, toAnswer } from '../support/gateway.js';
import { temporaryFolder } from '../support/store.js';
import { BareSocket, JSON_TYPE, SSE } from '../support/streams.js';
import { multipart, operationParts, postBytes } from '../support/upload-bytes.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const TUNES = print(
  gql`query Tunes($first: Int) { tunes(first: $first) { nodes { id __typename } __typename } }`,
);
const CANCEL = 'mutation Cancel($id: ID!) { cancelReplication(id: $id) { userErrors { code } } }';
const FOLLOW = 'subscription Follow { promptUpdated(id: 1) { id } }';
const TEXTS: Record<string, string> = { [sha256(TUNES)]: TUNES, cancel: CANCEL, follow: FOLLOW };
const MANIFEST = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: sha256(TUNES), name: 'Tunes', type: 'query', body: TUNES },
    { id: 'cancel', name: 'Cancel', type: 'mutation', body: CANCEL },
    { id: 'follow', name: 'Follow', type: 'subscription', body: FOLLOW },
  ],
};

const disk = temporaryFolder();
let files = 0;
function fileOf(content: unknown): string {
  files += 1;
  const file = path.join(disk.folder, `documents-${files}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** Gateways with Apollo's format in `only` mode, and Relay's in `prefer` mode. */
const only = describeGateway({ env: { TRUSTED_DOCUMENTS: fileOf(MANIFEST) } });
const prefer = describeGateway({
  env: { TRUSTED_DOCUMENTS: fileOf(TEXTS), TRUSTED_DOCUMENTS_MODE: 'prefer' },
});
afterAll(() => disk.remove());
const gateways: [string, TestGateway][] = [
  ['only', only],
  ['prefer', prefer],
];

const hash = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });
async function post({ url }: TestGateway, body: unknown, headers: Record<string, string> = JSON_TYPE) {
  return toAnswer(await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) }));
}
async function get(
  { url }: TestGateway,
  parameters: Record<string, string>,
  headers: Record<string, string> = JSON_TYPE,
) {
  return fetch(`${url}/graphql?${new URLSearchParams(parameters)}`, {
    headers: { ...headers, 'apollo-require-preflight': '1' },
  });
}
async function overWebSocket({ url }: TestGateway, payload: unknown): Promise<unknown> {
  const client = await new BareSocket(url).init();
  client.send({ type: 'subscribe', id: '1', payload });
  const [message] = await client.finished('1');
  client.socket.close();
  return at(message, 'payload');
}

/** Request fields that name a document. */
const namings: [string, (id: string) => Record<string, unknown>][] = [
  ['extensions.persistedQuery', (id) => ({ extensions: hash(id) })],
  ['documentId', (documentId) => ({ documentId })],
  ['doc_id', (doc_id) => ({ doc_id })],
  ['id', (id) => ({ id })],
];

describe.each(gateways)('in the mode %s', (mode, gateway) => {
  describe.each(namings)('a document that is named by %s', (_naming, naming) => {
    it('is executed over each transport', async () => {
      const body = { ...naming(sha256(TUNES)), variables: { first: 2 } };
      const parameters = Object.fromEntries(
        Object.entries(body).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      );
      const responses = [
        await post(gateway, body),
        await toAnswer(await get(gateway, parameters)),
        await postBytes(gateway.url, multipart(operationParts(body, {}))),
        await overWebSocket(gateway, { query: '', ...body }),
      ];
      for (const response of responses) expect(at(response, 'data.tunes.nodes')).toHaveLength(2);
    });

    it('is streamed if it is a subscription', async () => {
      const body = naming('follow');
      const posted = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: SSE,
        body: JSON.stringify(body),
      });
      expect(await posted.text()).toContain('{"data":{"promptUpdated":null}}');
      expect(await overWebSocket(gateway, { query: '', ...body })).toEqual({ data: { promptUpdated: null } });
    });

    it('is not found if its id is unknown', async () => {
      const expected = [
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ];
      for (const id of ['none', '__proto__', 'toString', TUNES]) {
        expect((await post(gateway, naming(id))).errors).toEqual(expected);
        expect(await overWebSocket(gateway, { query: '', ...naming(id) })).toEqual(expected);
      }
    });
  });

  it('a GET request executes no mutation, but streams a subscription', async () => {
    const response = await get(gateway, { documentId: 'cancel', variables: '{"id":"none"}' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    const stream = await get(gateway, { documentId: 'follow' }, { accept: 'text/event-stream' });
    expect(await stream.text()).toContain('{"data":{"promptUpdated":null}}');
  });

  it('the source of a trusted document is executed, with or without its hash', async () => {
    for (const extensions of [{}, hash(sha256(TUNES))]) {
      const { data } = await post(gateway, { query: TUNES, extensions, variables: { first: 1 } });
      expect(at(data, 'tunes.nodes')).toHaveLength(1);
    }
  });

  it('the limits apply to trusted documents', async () => {
    const env = { TRUSTED_DOCUMENTS: fileOf(MANIFEST), TRUSTED_DOCUMENTS_MODE: mode, MAX_QUERY_COST: '150' };
    const strict = await startTestGateway({ env });
    const { status, errors } = await post(strict, { documentId: sha256(TUNES), variables: { first: 100 } });
    await strict.close();
    expect([status, errors?.[0]?.extensions.limit]).toEqual([400, { name: 'cost', max: 150, actual: 203 }]);
  });
});

describe('in the mode only', () => {
  const REFUSED = [
    {
      message: 'Only trusted documents are accepted. Send a document id.',
      extensions: { code: 'QUERY_NOT_IN_SAFELIST' },
    },
  ];
  const texts = [
    '{ __typename }',
    `${TUNES} `,
    `# x\n${TUNES}`,
    TUNES.replace('__typename', 'title'),
    '{ __schema { queryType { name } } }',
    '{',
    FOLLOW.replace('1', '2'),
  ];
  it.each(texts)('no other document is executed: %j', async (query) => {
    const bodies = [
      { query },
      { query, documentId: sha256(TUNES) },
      { query, extensions: hash(sha256(query)) },
      { query, extensions: hash(sha256(TUNES)) },
    ];
    for (const body of bodies) {
      expect(await post(only, body)).toMatchObject({ status: 400, data: undefined, errors: REFUSED });
      expect(await overWebSocket(only, body)).toEqual(REFUSED);
    }
    const read = await toAnswer(await get(only, { query }));
    expect([read.status, read.errors]).toEqual([400, REFUSED]);
    const form = await postBytes(only.url, multipart(operationParts({ query }, {})));
    expect([form.status, form.errors]).toEqual([400, REFUSED]);
    const stream = await fetch(`${only.url}/graphql`, {
      method: 'POST',
      headers: SSE,
      body: JSON.stringify({ query }),
    });
    expect(await stream.text()).toContain('QUERY_NOT_IN_SAFELIST');
  });

  it('no document can be registered', async () => {
    const query = '{ registered: __typename }';
    await post(only, { query, extensions: hash(sha256(query)) });
    const { errors } = await post(only, { extensions: hash(sha256(query)) });
    expect(errors?.[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
    // Even a trusted document cannot be registered under another id.
    await post(only, { query: CANCEL, variables: { id: 'none' }, extensions: hash(sha256(CANCEL)) });
    const again = await post(only, { extensions: hash(sha256(CANCEL)) });
    expect(again.errors?.[0]?.extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it.each([
    ['a repeated parameter', 'query={__typename}&query={__typename}'],
    ['extensions that are not JSON', 'query={__typename}&extensions={'],
    ['no parameters', ''],
  ])('a malformed query string is rejected: %s', async (_case, search) => {
    const response = await toAnswer(await fetch(`${only.url}/graphql?${search}`, { headers: JSON_TYPE }));
    expect([response.status, response.data]).toEqual([400, undefined]);
  });
});

describe('in the mode prefer', () => {
  it('other documents are executed, and can be registered', async () => {
    const query = '{ other: __typename }';
    const responses = [
      await post(prefer, { query }),
      await post(prefer, { query, extensions: hash(sha256(query)) }),
      await post(prefer, { extensions: hash(sha256(query)) }),
      await post(prefer, { documentId: sha256(query) }),
      // Some clients number their requests with `id`.
      await post(prefer, { query, id: 'cancel' }),
    ];
    for (const { data } of responses) expect(data).toEqual({ other: 'Query' });
  });
});

describe('Apollo Client', () => {
  it.each(gateways)(
    'Apollo Client sends only the hash of a trusted document, in the mode %s',
    async (_mode, gateway) => {
      const sent: string[] = [];
      const link = new PersistedQueryLink({ sha256 }).concat(
        new HttpLink({
          uri: `${gateway.url}/graphql`,
          fetch: (url, init) => {
            sent.push(String(init?.body));
            return fetch(url, init);
          },
        }),
      );
      const client = new ApolloClient({ link, cache: new InMemoryCache() });
      const { data } = await client.query({ query: gql(TUNES), variables: { first: 2 } });
      expect(at(data, 'tunes.nodes')).toHaveLength(2);
      expect(sent.map((body) => JSON.parse(body))).toEqual([
        {
          operationName: 'Tunes',
          variables: { first: 2 },
          extensions: expect.objectContaining(hash(sha256(TUNES))),
        },
      ]);
    },
  );

  it('Apollo Client falls back to the document if its hash is unknown, in the mode prefer', async () => {
    const link = new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: `${prefer.url}/graphql` }));
    const client = new ApolloClient({ link, cache: new InMemoryCache() });
    const { data } = await client.query({ query: gql`query Unknown { tunes(first: 3) { nodes { id } } }` });
    expect(at(data, 'tunes.nodes')).toHaveLength(3);
  });
});
