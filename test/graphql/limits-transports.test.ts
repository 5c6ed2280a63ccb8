import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { type LocalGateway, openGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { describeGateway } from '../support/describe-gateway.js';
import { type Answer, at, calls, startTestGateway, toAnswer } from '../support/gateway.js';
import { temporaryFolder } from '../support/store.js';
import { BareSocket, JSON_TYPE, multipartPayloads, open, SSE, sseEvents } from '../support/streams.js';
import { multipart, operationParts, postBytes } from '../support/upload-bytes.js';

const MAX_BODY_BYTES = 8_000;
const ENV = {
  MAX_BODY_BYTES: String(MAX_BODY_BYTES),
  MAX_QUERY_TOKENS: '200',
  MAX_QUERY_DEPTH: '5',
  MAX_QUERY_ALIASES: '3',
  MAX_QUERY_ROOT_FIELDS: '4',
  MAX_QUERY_COST: '150',
};

const gateway = describeGateway({ env: ENV });
let local: LocalGateway;
const disk = temporaryFolder();
beforeAll(async () => {
  local = await openGateway(
    parseConfig({ ...ENV, SANDBOX: 'true', DATA_DIR: disk.folder }),
    createLog('silent'),
  );
});
afterAll(async () => {
  await local.close();
  disk.remove();
});

interface Request {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
}
interface Refusal {
  /** Null if the transport has no HTTP status. */
  readonly status: number | null;
  readonly errors: unknown;
}

const toRefusal = ({ status, errors }: Answer): Refusal => ({ status, errors });

async function overWebSocket({ query, variables }: Request): Promise<Refusal> {
  const client = await new BareSocket(gateway.url).init();
  client.subscribe('1', query, variables);
  const [message] = await client.finished('1');
  client.socket.close();
  const errors = at(message, 'type') === 'error' ? at(message, 'payload') : at(message, 'payload.errors');
  return { status: null, errors };
}

const transports: [string, (request: Request) => Promise<Refusal>][] = [
  ['POST', async ({ query, variables }) => toRefusal(await gateway.graphql(query, variables))],
  [
    'GET',
    async ({ query, variables = {} }) => {
      const search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
      const headers = { 'apollo-require-preflight': '1' };
      return toRefusal(await toAnswer(await fetch(`${gateway.url}/graphql?${search}`, { headers })));
    },
  ],
  [
    'a multipart request',
    async (request) => toRefusal(await postBytes(gateway.url, multipart(operationParts(request, {})))),
  ],
  [
    'server-sent events',
    async (request) => {
      const [event] = sseEvents(await (await open(gateway.url, request, SSE)).whole());
      return { status: null, errors: at(event?.data, 'errors') };
    },
  ],
  [
    'multipart responses',
    async (request) => {
      const accept = { ...JSON_TYPE, accept: 'multipart/mixed;subscriptionSpec=1.0' };
      const text = await (await open(gateway.url, request, accept)).whole();
      return { status: null, errors: at(multipartPayloads(text)[0], 'errors') };
    },
  ],
  ['a WebSocket', overWebSocket],
  [
    'the in-process gateway',
    async ({ query, variables = {} }) => {
      const { errors } = JSON.parse(JSON.stringify(await local.execute(query, variables)));
      return { status: null, errors };
    },
  ],
];

const repeated = (part: string, times: number) => Array(times).fill(part).join(' ');
const overLimits: [string, Request, number, number][] = [
  ['tokens', { query: `{ tunes(first: 1) { nodes { ${repeated('id', 300)} } } }` }, 200, 313],
  ['depth', { query: '{ tunes(first: 1) { nodes { baseTune { baseTune { baseTune { id } } } } } }' }, 5, 6],
  ['aliases', { query: '{ a: __typename b: __typename c: __typename d: __typename }' }, 3, 4],
  ['rootFields', { query: `{ ${repeated('__typename', 5)} }` }, 4, 5],
  [
    'cost',
    {
      query: 'query ($first: Int) { tunes(first: $first) { nodes { id title } } }',
      variables: { first: 100 },
    },
    150,
    202,
  ],
];

describe.each(overLimits)('an operation over the limit of %s', (name, request, max, actual) => {
  it.each(transports)('is rejected over %s with the limit and the actual value', async (_transport, send) => {
    gateway.sandbox.clearRequests();
    const { status, errors } = await send(request);
    expect([status ?? 400, errors]).toEqual([
      400,
      [
        expect.objectContaining({
          message: expect.stringMatching(new RegExp(`${actual}.* the limit is ${max}`)),
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED', limit: { name, max, actual } },
        }),
      ],
    ]);
    expect(calls(gateway.sandbox)).toEqual([]);
  });
});

it.each(transports.filter(([name]) => /events|responses|WebSocket/.test(name)))(
  'a subscription that costs too much is rejected over %s',
  async (_transport, send) => {
    const { errors } = await send({
      query: 'subscription { tuneUpdated(id: 1) { prompts(first: 200) { nodes { id } } } }',
    });
    expect(at(errors, '0.extensions.limit')).toEqual({ name: 'cost', max: 150, actual: 203 });
  },
);

describe('limits', () => {
  it.each(transports)('the limits allow an operation below them over %s', async (_transport, send) => {
    const query = 'query ($first: Int) { tunes(first: $first) { nodes { id title } } }';
    expect(await send({ query, variables: { first: 70 } })).toMatchObject({ errors: undefined });
  });

  it('the limits count the values of variables, not their defaults', async () => {
    const query = 'query ($first: Int = 500) { tunes(first: $first) { nodes { id } } }';
    expect((await gateway.graphql(query)).status).toBe(400);
    expect((await gateway.graphql(query, { first: 10 })).status).toBe(200);
    expect((await gateway.graphql(query, { first: 149 })).status).toBe(400);
  });

  it('the limits count only the named operation', async () => {
    const query =
      'query A { tunes(first: 500) { nodes { id } } } query B { tunes(first: 5) { nodes { id } } }';
    const post = async (operationName: string) => {
      const body = JSON.stringify({ query, operationName });
      return (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body })).status;
    };
    expect([await post('A'), await post('B')]).toEqual([400, 200]);
  });

  it('the limits leave errors of variables and page sizes unchanged', async () => {
    const query = 'query ($first: Int) { tunes(first: $first) { nodes { id } } }';
    const wrong = await gateway.graphql(query, { first: 'many' });
    expect(wrong.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const negative = await gateway.graphql(query, { first: -1 });
    expect(negative.errors?.[0]?.message).toBe('first must be 1 to 500.');
  });

  it('the limits reject nested introspection', async () => {
    const own = await startTestGateway({ env: { INTROSPECTION: 'true' } });
    const nested = '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }';
    const { status, errors } = await own.graphql(nested);
    await own.close();
    expect([status, errors?.[0]?.message]).toEqual([400, 'Maximum introspection depth exceeded']);
  });
});

describe('bodies', () => {
  const body = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(MAX_BODY_BYTES)}` });

  it('bodies over MAX_BODY_BYTES are rejected with the limit and the actual size', async () => {
    const response = await toAnswer(
      await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: JSON_TYPE, body }),
    );
    expect([response.status, response.errors]).toEqual([
      413,
      [
        {
          message: `The body has ${body.length} bytes, but the limit is 8000.`,
          extensions: { code: 'TOO_LARGE' },
        },
      ],
    ]);
  });

  it('bodies over MAX_BODY_BYTES are rejected without a content length too', async () => {
    const request = new Request(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    const { status, errors } = await toAnswer(await fetch(request));
    expect([status, errors?.[0]?.message]).toEqual([413, 'The body exceeds the limit of 8000 bytes.']);
  });

  it('bodies of exactly MAX_BODY_BYTES are accepted', async () => {
    const head = JSON.stringify({ query: '{ __typename } # ' });
    const query = `{ __typename } # ${'x'.repeat(MAX_BODY_BYTES - head.length)}`;
    expect((await gateway.graphql(query)).status).toBe(413);
    const exact = JSON.stringify({ query });
    expect(exact).toHaveLength(MAX_BODY_BYTES);
    const { status } = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: exact,
    });
    expect(status).toBe(200);
  });

  it('bodies over MAX_BODY_BYTES close a WebSocket', async () => {
    const client = await new BareSocket(gateway.url).init();
    client.send(body);
    expect(await client.end()).toMatchObject({ code: 1009 });
  });

  it.each([
    [
      'operations',
      operationParts({ query: '{ __typename }', extensions: { x: 'x'.repeat(MAX_BODY_BYTES) } }, {}),
    ],
    ['map', operationParts({ query: '{ __typename }' }, { f: [`variables.${'x'.repeat(MAX_BODY_BYTES)}`] })],
  ])('bodies over MAX_BODY_BYTES are rejected in the %s of a multipart request', async (field, parts) => {
    const { status, errors } = await postBytes(gateway.url, multipart(parts));
    expect([status, errors?.[0]?.extensions.code]).toEqual([413, 'TOO_LARGE']);
    expect(errors?.[0]?.message).toMatch(new RegExp(`${field}.* 8000 byte`));
  });
});
