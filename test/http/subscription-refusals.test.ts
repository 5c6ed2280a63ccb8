import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';
import {
  BareSocket,
  JSON_TYPE,
  MULTIPART,
  multipartPayloads,
  open,
  SSE,
  sseEvents,
} from '../support/streams.js';

const gateway = describeGateway();

const post = async (body: unknown, headers: Record<string, string>) => {
  const { status, whole } = await open(gateway.url, body, headers);
  return { status, text: await whole() };
};
/** Returns the log lines of level error and above. */
const errorLines = () => gateway.logLines.filter((line) => Number(at(JSON.parse(line), 'level')) >= 50);

describe('subscription whose root field has a condition', () => {
  const FIELD = 'promptUpdated(id: 1)';
  it.each([
    ['that is never met', `subscription { ${FIELD} @skip(if: true) { id } }`, {}],
    ['that is met', `subscription { ${FIELD} @include(if: true) { id } }`, {}],
    ['that is a variable', `subscription ($s: Boolean!) { ${FIELD} @skip(if: $s) { id } }`, { s: true }],
    ['on a fragment', 'subscription { ... @include(if: false) { promptUpdated(id: 1) { id } } }', {}],
    [
      'in a fragment',
      `subscription ($s: Boolean!) { ...F } fragment F on Subscription { ${FIELD} @skip(if: $s) { id } }`,
      {},
    ],
    [
      'on a fragment with a name',
      `subscription { ...F @skip(if: true) } fragment F on Subscription { ${FIELD} { id } }`,
      {},
    ],
    ['with unusual spacing', `subscription { ${FIELD} @ #,\n skip(if: true) { id } }`, {}],
    [
      'in a recursive fragment',
      `subscription { ...F } fragment F on Subscription { ...F ${FIELD} @skip(if: true) { id } }`,
      {},
    ],
  ])('%s is rejected over every transport', async (_case, query, variables) => {
    const error = {
      message: expect.stringContaining('one field'),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    };
    const body = { query, variables };
    for (const headers of [JSON_TYPE, MULTIPART]) {
      const { status, text } = await post(body, headers);
      expect(status).toBe(400);
      expect(JSON.parse(text)).toMatchObject({ errors: [error] });
    }
    expect(sseEvents((await post(body, SSE)).text)).toMatchObject([
      { data: { errors: [error] } },
      { event: 'complete' },
    ]);
    const part = await post(body, { ...JSON_TYPE, accept: 'multipart/mixed;subscriptionSpec=1.0' });
    expect(multipartPayloads(part.text)).toMatchObject([{ errors: [error] }]);
    const client = await new BareSocket(gateway.url).init();
    client.subscribe('1', query, variables);
    expect(await client.finished('1')).toMatchObject([{ type: 'error', payload: [error] }]);
    client.socket.close();
    expect(errorLines()).toEqual([]);
    expect(gateway.logLines.join('')).not.toContain('promptUpdated');
  });

  it('a subscription whose root field has a condition is rejected, but not one with conditions elsewhere', async () => {
    const query =
      'subscription ($s: Boolean = true) { replicationProgress(id: "none") { id @skip(if: $s) status } }';
    const [first] = sseEvents((await post({ query }, SSE)).text);
    expect(at(first, 'data.errors')).toBeUndefined();
    const skipped =
      'query subscription { __typename @skip(if: true) portkeyPrompts(first: 1) { nodes { id } } }';
    expect((await gateway.graphql(skipped)).errors).toBeUndefined();
    expect((await gateway.graphql('subscription { @skip')).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
  });
});

describe('subscription of a client that does not accept a stream', () => {
  const query = 'subscription { replicationProgress(id: "none") { id } }';

  it.each(['text/*', 'text/html', 'multipart/mixed', 'multipart/mixed;deferSpec=20220824', 'image/png'])(
    'a subscription of a client that does not accept a stream but accepts %s gets 406 with the header to send',
    async (accept) => {
      const { status, text } = await post({ query }, { ...JSON_TYPE, accept });
      expect(status).toBe(406);
      expect(JSON.parse(text)).toMatchObject({
        errors: [
          {
            message: expect.stringContaining('accept: text/event-stream'),
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      });
    },
  );
});

it('a subscription in a URL is recognized, however it is encoded', async () => {
  const headers = { accept: 'text/event-stream', 'apollo-require-preflight': '1' };
  const field = encodeURIComponent('{ replicationProgress(id: "none") { id } }');
  for (const word of ['%73ubscription', 'subscriptio%6E', 'subscription+']) {
    const response = await fetch(`${gateway.url}/graphql?query=${word}${field}`, { headers });
    expect(response.status).toBe(200);
    expect(sseEvents(await response.text()).at(-1)).toEqual({ event: 'complete', data: null });
  }
  const broken = await fetch(`${gateway.url}/graphql?query=subscription%${field}`, { headers });
  expect(broken.status).toBeLessThan(500);
  await broken.text();
});
