import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { calls } from '../support/gateway.js';
import { head, type RawClient, rawClient } from '../support/raw-http.js';

const gateway = describeGateway();

/** Headers of POST requests that a page can send to any site without a preflight. */
const SIMPLE: [string, Record<string, string>][] = [
  ['text', { 'content-type': 'text/plain' }],
  ['text that claims to be JSON', { 'content-type': 'text/plain; application/json' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['files', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['files with unusual spelling', { 'content-type': 'MULTIPART/Form-Data;boundary="x"' }],
  [
    'files and an empty header',
    { 'content-type': 'multipart/form-data; boundary=x', 'apollo-require-preflight': '' },
  ],
  ['a body without a type', {}],
];
const MUTATION = 'mutation { createPrompt(tuneId: "2690418", input: { text: "x" }) { prompt { id } } }';

async function expectRefusal(client: RawClient): Promise<void> {
  const { status, body } = await client.answer();
  expect([400, 415]).toContain(status);
  expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  expect(calls(gateway.sandbox)).toEqual([]);
}

describe('simple POST request', () => {
  it.each(SIMPLE)(
    'a simple POST request with %s is rejected before its body arrives',
    async (_case, headers) => {
      const client = await rawClient(
        gateway.url,
        head('POST /graphql', { ...headers, 'content-length': '1000000' }),
      );
      await expectRefusal(client);
      expect(client.socket.bytesWritten).toBeLessThan(1_000);
      client.socket.destroy();
    },
  );

  it.each(SIMPLE)(
    'a simple POST request with %s is rejected while its endless body arrives',
    async (_case, headers) => {
      const client = await rawClient(
        gateway.url,
        head('POST /graphql', { ...headers, 'transfer-encoding': 'chunked' }),
      );
      const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
      const sending = setInterval(() => client.socket.writableNeedDrain || client.socket.write(chunk), 5);
      try {
        await expectRefusal(client);
      } finally {
        clearInterval(sending);
        client.socket.destroy();
      }
    },
  );

  it('a simple POST request with an empty body is rejected', async () => {
    const client = await rawClient(gateway.url, head('POST /graphql', { 'content-length': '0' }));
    await expectRefusal(client);
    client.socket.destroy();
  });
});

describe('GET request', () => {
  const urlOf = (query: string) => `/graphql?${new URLSearchParams({ query })}`;
  it.each<[string, string, Record<string, string>]>([
    ['a query', '{ tunes(first: 1) { nodes { id } } }', {}],
    [
      'a query with the content type of a form',
      '{ tunes(first: 1) { nodes { id } } }',
      { 'content-type': 'text/plain' },
    ],
    ['a mutation', MUTATION, {}],
    [
      'a subscription by an EventSource',
      'subscription { promptUpdated(id: "1") { id } }',
      { accept: 'text/event-stream' },
    ],
  ])('a GET request for %s is rejected', async (_case, query, headers) => {
    const client = await rawClient(gateway.url, head(`GET ${urlOf(query)}`, headers));
    await expectRefusal(client);
    client.socket.destroy();
  });
});

it('a client that keeps sending after its rejection is disconnected', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' };
  const client = await rawClient(gateway.url, head('POST /graphql', headers));
  const sending = setInterval(() => client.socket.write(`4\r\nmore\r\n`), 5);
  await client.closed();
  clearInterval(sending);
});

it('an upload is accepted only with the header apollo-require-preflight', async () => {
  const parts = (name: string, value: string) =>
    `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = `${parts('operations', '{"query":"{ __typename }"}')}${parts('map', '{}')}--x--\r\n`;
  const type = 'multipart/form-data; boundary=x';
  const post = (headers: Record<string, string>) =>
    fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
  expect(await (await post({ 'apollo-require-preflight': '1' })).json()).toEqual({
    data: { __typename: 'Query' },
  });
  const refused = await post({});
  expect(refused.status).toBe(400);
  await refused.text();
});
