import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type GraphQLField, getNamedType, isObjectType } from 'graphql';
import { createSchema } from '../../src/graphql/schema.js';
import { at, until } from '../support/gateway.js';
import { sampled } from '../support/sampling.js';
import { BareSocket } from '../support/streams.js';
import { MULTIPART, multipart, operationParts, type Part } from '../support/upload-bytes.js';
import { NO_PICTURES, PICTURES } from '../support/upload-pictures.js';
import { casesRun, forAllAtOnce, JSON_TEXT, objectText, TEXT } from './cases.js';
import { documents, jsonFor } from './operations.js';
import { JSON_TYPE, Probe } from './probe.js';

const schema = createSchema();
let probe: Probe;
beforeAll(async () => {
  probe = await Probe.start();
});
afterEach(() => probe.expectUnharmed());
afterAll(async () => {
  await probe.close();
  expect(casesRun()).toBeGreaterThanOrEqual(sampled(2_400));
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it('the gateway handles any document with any variables', async () => {
  let [executed, rejected] = [0, 0];
  await forAllAtOnce(documents(schema), 450, async ({ query, variables }) => {
    const body = objectText([
      ['query', JSON.stringify(query)],
      ['variables', variables],
    ]);
    const { data } = await probe.send({ body });
    if (data) executed += 1;
    else rejected += 1;
  });
  expect(executed).toBeGreaterThan(sampled(50));
  expect(rejected).toBeGreaterThan(sampled(50));
});

/** Builds an operation with one root field and a variable for each of its arguments. */
function operationOf(kind: string, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const declared = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const payload = getNamedType(type);
  const hasErrors = isObjectType(payload) && 'userErrors' in payload.getFields();
  const selected = hasErrors ? 'userErrors { code message field }' : '__typename';
  return `${kind} (${declared}) { ${name}(${given}) { ${selected} } }`;
}

describe.each([
  ['query', schema.getQueryType()],
  ['mutation', schema.getMutationType()],
] as const)('the gateway handles any arguments of the %s', (kind, root) => {
  const fields = Object.values(root?.getFields() ?? {});

  it.each(fields.map((field) => [field.name, field] as const))('%s', async (name, field) => {
    const query = operationOf(kind, field);
    const values = field.args
      // The test must not wait for replications.
      .filter((arg) => arg.name !== 'awaitSeconds')
      .map((arg) => fc.tuple(fc.constant(arg.name), jsonFor(arg.type)));
    let executed = 0;
    await forAllAtOnce(fc.tuple(...values).map(objectText), kind === 'query' ? 50 : 80, async (variables) => {
      const { status, data } = await probe.send({
        body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
      });
      expect([200, 400]).toContain(status);
      const userErrors = at(data, `${name}.userErrors`) ?? [];
      for (const error of Array.isArray(userErrors) ? userErrors : [null]) {
        expect(at(error, 'message')).toMatch(/^[^\n]{5,400}$/);
        expect(at(error, 'code')).toMatch(/^(INVALID|REQUIRED|NOT_FOUND|CONFLICT|UPSTREAM_REJECTED)$/);
      }
      if (data) executed += 1;
    });
    expect(executed).toBeGreaterThan(sampled(2));
  });
});

it('the gateway handles any body and content type', async () => {
  const key = fc.constantFrom(
    'query',
    'variables',
    'operationName',
    'extensions',
    'id',
    'doc_id',
    '__proto__',
  );
  const persisted = '{"persistedQuery":{"version":1,"sha256Hash":"__proto__"}}';
  const value = fc.oneof(
    JSON_TEXT,
    fc.constantFrom('"{ __typename }"', '"query A { __typename }"', persisted),
  );
  const object = fc.array(fc.tuple(key, value), { maxLength: 5 }).map(objectText);
  const body = fc.oneof(
    { weight: 4, arbitrary: object },
    JSON_TEXT,
    TEXT,
    object.map((text) => `[${text},${text}]`),
    fc.uint8Array({ maxLength: 200 }),
  );
  const type = fc.constantFrom(
    ...['application/json', 'application/json', 'application/json', 'application/json; charset=utf-8'],
    ...['application/json; charset=utf-16', 'text/plain', 'application/graphql-response+json', 'x', ';', '/'],
    'application/x-www-form-urlencoded',
  );
  const header = fc.string({
    unit: fc.integer({ min: 32, max: 126 }).map((unit) => String.fromCharCode(unit)),
  });
  const headers = fc.record(
    {
      accept: fc.oneof(
        header,
        fc.constantFrom('application/json', 'application/graphql-response+json', 'text/html'),
      ),
      'x-astria-api-key': header,
      'x-apollo-operation-name': header,
      origin: fc.oneof(header, fc.constantFrom('null', 'https://evil.example')),
      'x-forwarded-for': header,
      'x-request-id': header,
      traceparent: header,
    },
    { requiredKeys: [] },
  );
  await forAllAtOnce(fc.record({ body, type, headers }), 300, async ({ body, type, headers }) => {
    await probe.send({ body, headers: { ...headers, 'content-type': type } });
  });
});

it('the gateway handles any query string', async () => {
  const name = fc.constantFrom(
    'query',
    'variables',
    'operationName',
    'extensions',
    'documentId',
    '__proto__',
  );
  const value = fc.oneof(
    TEXT,
    JSON_TEXT,
    fc.constantFrom('{__typename}', 'mutation{x}', '{prompt(id:"..")}'),
  );
  const pair = fc
    .tuple(name, value)
    .map(([key, text]) => `${key}=${encodeURIComponent(String(Buffer.from(text.slice(0, 500))))}`);
  const raw = fc
    .string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((unit) => String.fromCharCode(unit)) })
    .map((text) => text.replaceAll('#', '%'));
  const search = fc.array(fc.oneof({ weight: 4, arbitrary: pair }, raw), { maxLength: 4 });
  await forAllAtOnce(search, 250, async (parts) => {
    const headers = { 'apollo-require-preflight': 'x' };
    await probe.send({ method: 'GET', path: `/graphql?${parts.join('&')}`, headers });
  });
});

const CREATE = `mutation ($input: CreatePromptInput!) { createPrompt(tuneId: "2690418", input: $input) {
  prompt { id } userErrors { code message field } } }`;
const SLOT = 'variables.input.inputImage.upload';

it('the gateway handles any multipart request', async () => {
  const inner = fc.constantFrom(
    ...[
      '',
      '.resolve',
      '.reject',
      '.promise',
      '.promise.then',
      '.file',
      '.file.capacitor',
      '.__proto__',
      '.x.y',
    ],
    ...['.constructor.prototype.x', '.toJSON', '.0', '.99999999', '.-1', '.'],
  );
  const outer = fc.constantFrom(
    ...[SLOT, SLOT, SLOT, 'variables.input', 'variables.f', 'variables', 'variables.__proto__', '__proto__'],
    ...['constructor.prototype', 'query', 'extensions', 'operationName', '', '0', 'variables.input.text'],
  );
  const path = fc.oneof({ weight: 9, arbitrary: fc.tuple(outer, inner).map((both) => both.join('')) }, TEXT);
  const map = fc
    .array(fc.tuple(fc.constantFrom('f', 'g', '0', '__proto__'), fc.array(path, { maxLength: 3 })), {
      maxLength: 5,
    })
    .map((entries) => objectText(entries.map(([name, paths]) => [name, JSON.stringify(paths)])));
  const operations = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.constant({ query: CREATE, variables: { input: { text: 'a', inputImage: {} } } }),
    },
    JSON_TEXT,
    fc.constantFrom('[]', '[{}]', '{"query":"{ __typename }"}'),
  );
  const content = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Object.values(PICTURES)) },
    fc.constantFrom(...Object.values(NO_PICTURES)),
    fc.uint8Array({ maxLength: 300 }),
  );
  const filename = fc.oneof(fc.constantFrom('a.png', '', '../../x', 'a"; b="c'), fc.string());
  const file = fc.record({ name: fc.constantFrom('f', 'f', 'g', '0', '__proto__'), filename, content });
  const field = fc.record({ name: fc.oneof(fc.constantFrom('map', 'operations'), TEXT), content: TEXT });
  const head = fc.tuple(
    operations,
    fc.oneof({ weight: 5, arbitrary: map }, JSON_TEXT, {
      weight: 3,
      arbitrary: fc.constant(`{"f":["${SLOT}"]}`),
    }),
  );
  const whole = fc.record({
    head,
    rest: fc.array(fc.oneof({ weight: 3, arbitrary: file }, field), { maxLength: 5 }),
    isShuffled: fc.nat(9).map((n) => n === 0),
    lost: fc.nat(60),
  });
  let created = 0;
  await forAllAtOnce(whole, 500, async ({ head: [json, paths], rest, isShuffled, lost }) => {
    const parts: Part[] = [...operationParts(json, paths), ...rest];
    const body = multipart(isShuffled ? parts.reverse() : parts);
    const headers = { 'content-type': MULTIPART, 'apollo-require-preflight': 'x' };
    const { data } = await probe.send({
      headers,
      body: body.subarray(0, body.length - Math.max(0, lost - 40)),
    });
    if (at(data, 'createPrompt.prompt.id')) created += 1;
  });
  expect(created).toBeGreaterThan(sampled(5));
});

it('the gateway handles any messages over a WebSocket', async () => {
  const id = fc
    .oneof(fc.constantFrom('1', '2', '__proto__', 'constructor'), TEXT)
    .map((text) => JSON.stringify(text));
  const payload = documents(schema).map(({ query, variables }) =>
    objectText([
      ['query', JSON.stringify(query)],
      ['variables', variables],
    ]),
  );
  const typed = fc
    .tuple(
      fc.constantFrom(
        'subscribe',
        'subscribe',
        'subscribe',
        'complete',
        'ping',
        'pong',
        'connection_init',
        'next',
      ),
      id,
      fc.oneof(payload, JSON_TEXT),
    )
    .map(([type, name, given]) =>
      objectText([
        ['type', JSON.stringify(type)],
        ['id', name],
        ['payload', given],
      ]),
    );
  const message = fc.oneof({ weight: 8, arbitrary: typed }, JSON_TEXT, TEXT);
  const talk = fc.record({
    init: fc.oneof({ weight: 5, arbitrary: fc.constant('{"type":"connection_init"}') }, message),
    messages: fc.array(message, { maxLength: 6 }),
  });
  await forAllAtOnce(talk, 100, async ({ init, messages }) => {
    const socket = await new BareSocket(probe.url).opened();
    for (const text of [init, ...messages]) socket.send(text);
    socket.subscribe('the last one', '{ __typename }');
    await until(() => socket.closed ?? socket.of('the last one').length > 0, Boolean);
    if (socket.closed) expect(String(socket.closed.code)).toMatch(/^44\d\d$/);
    for (const received of socket.messages) {
      const errors = at(received, 'payload.errors') ?? at(received, 'payload');
      probe.expectHarmless(JSON.stringify(received), Array.isArray(errors) ? errors : []);
    }
    socket.socket.terminate();
  });
});

it('the gateway rejects a PUT request with 405', async () => {
  const { status } = await probe.send({ method: 'PUT', body: '{}', headers: JSON_TYPE });
  expect(status).toBe(405);
});
