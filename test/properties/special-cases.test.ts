import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { verify } from '../../src/services/replication/copying/verify.js';
import { decode } from '../../src/upstream/decode.js';
import { prompt } from '../../src/upstream/portkey/decoders.js';
import { at } from '../support/gateway.js';
import { MULTIPART, multipart, operationParts, type Part } from '../support/upload-bytes.js';
import { NO_PICTURES, PICTURES, png, pngHead } from '../support/upload-pictures.js';
import { JSON_TYPE, Probe, type Reply } from './probe.js';

let probe: Probe;
beforeAll(async () => {
  probe = await Probe.start();
});
afterEach(() => probe.expectUnharmed());
afterAll(() => probe.close());

const CREATE = `mutation ($input: CreatePromptInput!) {
  createPrompt(tuneId: "2690418", input: $input) { prompt { id } userErrors { code field } }
}`;
const SLOT = 'variables.input.inputImage.upload';
const OPERATIONS = { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } };
const fileOf = (content: string | Uint8Array, name = 'f'): Part => ({ name, filename: 'cat.png', content });
const FILE = fileOf(png(2_000));

const post = (body: unknown) => probe.send({ body: typeof body === 'string' ? body : JSON.stringify(body) });
const upload = (parts: readonly Part[]) =>
  probe.send({
    headers: { 'content-type': MULTIPART, 'apollo-require-preflight': 'x' },
    body: multipart(parts),
  });
const uploadAt = (map: Record<string, unknown>, ...files: readonly Part[]) =>
  upload([...operationParts(OPERATIONS, map), ...files]);
const codes = ({ errors }: Reply) => errors.map((error) => at(error, 'extensions.code'));
const userCodes = ({ data }: Reply) => {
  const errors = at(data, 'createPrompt.userErrors');
  return Array.isArray(errors) ? errors.map((error) => at(error, 'code')) : errors;
};

describe('gateway checks the content of an uploaded file and', () => {
  const zip = NO_PICTURES.zip ?? Buffer.alloc(0);
  const script = Buffer.from('*/=1;alert(1)//<script>alert(1)</script>');
  const accepted: readonly [what: string, content: Uint8Array][] = [
    ['a PNG followed by a ZIP', Buffer.concat([png(400), zip])],
    ['a PNG that contains HTML', Buffer.concat([pngHead(500), script])],
    ...Object.entries(PICTURES),
  ];
  const rejected: readonly [what: string, content: Uint8Array, code: string][] = [
    ['a ZIP followed by a PNG', Buffer.concat([zip, png(400)]), 'UNSUPPORTED_MEDIA'],
    ['a GIF that is a script', Buffer.concat([Buffer.from('GIF89a'), script]), 'UNSUPPORTED_MEDIA'],
    ['HTML followed by a PNG', Buffer.concat([Buffer.from('<html>'), png(400)]), 'UNSUPPORTED_MEDIA'],
    ['a PNG after a space', Buffer.concat([Buffer.from(' '), png(400)]), 'UNSUPPORTED_MEDIA'],
    ['half of a signature', png(400).subarray(0, 4), 'UNSUPPORTED_MEDIA'],
    ['one byte', Buffer.from([0x89]), 'UNSUPPORTED_MEDIA'],
    ['zeros', Buffer.alloc(5_000), 'UNSUPPORTED_MEDIA'],
    ['an empty file', Buffer.alloc(0), 'INVALID'],
    ...Object.entries(NO_PICTURES).map(([what, content]): [string, Uint8Array, string] => [
      what,
      content,
      'UNSUPPORTED_MEDIA',
    ]),
  ];

  it.each(accepted)(
    'the gateway checks the content of an uploaded file and accepts %s',
    async (_what, content) => {
      expect(userCodes(await uploadAt({ f: [SLOT] }, fileOf(content)))).toEqual([]);
    },
  );

  it.each(rejected)(
    'the gateway checks the content of an uploaded file and rejects %s',
    async (_what, content, code) => {
      expect(userCodes(await uploadAt({ f: [SLOT] }, fileOf(content)))).toEqual([code]);
    },
  );
});

describe('path in the multipart map', () => {
  it.each([
    '__proto__.polluted',
    'variables.__proto__.polluted',
    'constructor.prototype.polluted',
    'variables.input.constructor.prototype.polluted',
    'variables.input.__proto__.text',
    'variables.input.text.x',
    'variables.input.inputImage.upload.x',
    'variables.nobody.knows',
    'variables.input.inputImage.4294967294',
    'variables.input.inputImage.-1',
    '',
  ])('a path in the multipart map is rejected when it is %j', async (path) => {
    const reply = await uploadAt({ f: [path] }, FILE);
    expect(reply.status).toBe(400);
    for (const code of codes(reply)) expect(code).toMatch(/^BAD_(USER_INPUT|REQUEST)$/);
  });

  it.each([
    'resolve',
    'reject',
    'promise',
    'promise.then',
    'file',
    'file.capacitor',
    '__proto__',
    'then',
    'x',
  ])('a path in the multipart map is rejected when it points to the property %s of a file', async (name) => {
    for (const files of [[FILE], []]) {
      const reply = await uploadAt({ f: [SLOT, `${SLOT}.${name}`] }, ...files);
      expect([reply.status, codes(reply)]).toEqual([400, ['BAD_REQUEST']]);
    }
    const other = await uploadAt({ f: [SLOT], g: [`${SLOT}.${name}`] }, FILE, fileOf(png(90), 'g'));
    expect([other.status, codes(other)]).toEqual([400, ['BAD_REQUEST']]);
  });

  it('a path in the multipart map is accepted among 10 000 others, and rejected far beyond the end of a list', async () => {
    const paths = Array.from({ length: 10_000 }, (_, n) => `variables.more.x${n}`);
    expect(userCodes(await uploadAt({ f: [SLOT, ...paths] }, FILE))).toEqual([]);
    const query = 'query ($f: TuneFilter) { tunes(filter: $f) { nodes { id } } }';
    const map = { f: ['variables.f.classNames.4000000000'] };
    const reply = await upload([...operationParts({ query, variables: { f: {} } }, map), FILE]);
    expect([reply.status, new Set(codes(reply))]).toEqual([400, new Set(['BAD_USER_INPUT'])]);
  });
});

describe('parts of a multipart request', () => {
  it('the parts of a multipart request can include duplicate and unused files, which leave nothing behind', async () => {
    const large = png(60_000);
    for (const map of [{ f: [SLOT] }, { f: [SLOT], g: [] }, { g: [], f: [SLOT] }, { f: [SLOT], g: [SLOT] }]) {
      const files = [fileOf(large), fileOf(large, 'g'), fileOf(large), fileOf(large, 'g')];
      expect(userCodes(await uploadAt(map, ...files))).toEqual([]);
    }
  });

  it('the parts of a multipart request use little CPU time when there are 10 000', async () => {
    const files = Array.from({ length: 10_000 }, (_, n) => fileOf('x', `f${n}`));
    const fields = files.map(({ name }): Part => ({ name, content: 'x' }));
    const map = Object.fromEntries(files.map(({ name }) => [name, [`variables.${name}`]]));
    // The CPU time of this process does not depend on other processes.
    const start = process.cpuUsage();
    expect(codes(await uploadAt(map, ...files))).toEqual(['TOO_LARGE']);
    expect(codes(await upload([...fields, ...operationParts(OPERATIONS, {})]))).toEqual(['BAD_REQUEST']);
    const behind = await upload([...operationParts({ query: '{ __typename }' }, {}), ...fields]);
    expect(behind.data).toEqual({ __typename: 'Query' });
    expect(process.cpuUsage(start).user).toBeLessThan(5_000_000);
  });

  it('the parts of a multipart request cause an error when the file, or everything except the file, is missing', async () => {
    expect(userCodes(await uploadAt({ f: [SLOT] }))).toEqual(['REQUIRED']);
    expect(codes(await upload([FILE]))).toEqual(['BAD_REQUEST']);
  });
});

describe('several operations in a document', () => {
  it('several operations in a document with the same name are rejected', async () => {
    const reply = await post({ query: 'query A { __typename } query A { __typename }', operationName: 'A' });
    expect([reply.status, codes(reply)]).toEqual([400, ['GRAPHQL_VALIDATION_FAILED']]);
  });

  it.each([
    ['without an operationName', undefined],
    ['with an empty operationName', ''],
    ['with an unknown operationName', 'C'],
    ['with the operationName constructor', 'constructor'],
  ])('%s are not executed', async (_what, operationName) => {
    const reply = await post({ query: 'query A { __typename } mutation B { __typename }', operationName });
    expect([reply.status, codes(reply)]).toEqual([400, ['OPERATION_RESOLUTION_FAILURE']]);
  });
});

describe('JSON that is nested 100 000 deep', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const objects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const of = (query: string, variables: string) =>
    `{"query":${JSON.stringify(query)},"variables":${variables}}`;

  it.each([
    ['as a body', deep, 'BAD_REQUEST'],
    ['as an object', objects, 'BAD_REQUEST'],
    ['as a query', `{"query":${deep}}`, 'BAD_REQUEST'],
    ['as variables', of('{ __typename }', deep), 'BAD_REQUEST'],
    ['as an operation name', `{"query":"{ __typename }","operationName":${deep}}`, 'BAD_REQUEST'],
    ['as an id', of('query ($id: ID!) { tune(id: $id) { id } }', `{"id":${deep}}`), 'BAD_USER_INPUT'],
    [
      'as JSON',
      of('query ($x: JSON, $id: ID!) { tune(id: $id) { id } }', `{"x":${deep},"id":"1"}`),
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['as an input', of(CREATE, `{"input":${objects}}`), 'BAD_USER_INPUT'],
  ])('JSON that is nested 100 000 deep is rejected %s', async (_what, body, code) => {
    const { status, errors } = await post(body);
    expect([status, new Set(errors.map((error) => at(error, 'extensions.code')))]).toEqual([
      400,
      new Set([code]),
    ]);
  });

  it.each([
    ['in an unused variable', of('{ __typename }', `{"x":${deep}}`)],
    ['in an extension', `{"query":"{ __typename }","extensions":{"x":${objects}}}`],
  ])('JSON that is nested 100 000 deep is harmless %s', async (_what, body) => {
    expect((await post(body)).data).toEqual({ __typename: 'Query' });
  });
});

describe('prompt of the library that is nested 100 000 deep', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const from = {
    upstream: 'portkey',
    endpoint: 'GET /prompts/:id',
    log: { debug() {}, info() {}, warn() {}, error() {} },
  } as const;
  const wire = { id: 'x', name: 'n', string: '['.repeat(100_000) + ']'.repeat(100_000) };

  it.each([
    ['parameters', 'parameters', { a: deep }],
    ['template_metadata', 'metadata', { a: deep }],
    ['tools', 'tools', [deep]],
    ['functions', 'functions', [deep]],
    ['tool_choice', 'toolChoice', deep],
  ] as const)(
    'a prompt of the library that is nested 100 000 deep in its %s has an error only in that field',
    (name, field, value) => {
      const read = decode(prompt, { ...wire, [name]: value }, from);
      expect([read.name, read[field]]).toEqual(['n', expect.any(UpstreamError)]);
    },
  );

  it('a prompt of the library that is nested 100 000 deep in its template is compared as a string', () => {
    const read = decode(prompt, { ...wire, model: 'm' }, from);
    const sent = {
      template: wire.string,
      isRawTemplate: null,
      model: 'm',
      parameters: {},
      functions: null,
      tools: null,
      toolChoice: null,
    };
    const rest = { name: 'n', collectionId: 'c', virtualKey: 'v', versionDescription: null, metadata: {} };
    expect(verify({ ...sent, ...rest }, read)).toBeNull();
  });
});

describe('keys of Object.prototype', () => {
  it.each([
    ['in a body', '{"query":"{ __typename }","__proto__":{"polluted":1}}', 'BAD_REQUEST'],
    ['in variables', '{"query":"{ __typename }","variables":{"__proto__":{"polluted":1}}}', 'BAD_REQUEST'],
    [
      'in nested objects',
      '{"query":"{ __typename }","extensions":{"a":[{"constructor":{"prototype":{"polluted":1}}}]}}',
      'BAD_REQUEST',
    ],
  ])('keys of Object.prototype are rejected %s', async (_what, body, code) => {
    const reply = await post(body);
    expect([reply.status, codes(reply)]).toEqual([400, [code]]);
  });

  it('keys of Object.prototype are not arguments, fields or document ids', async () => {
    const input = '{"text":"a","__proto__":{"steps":1},"constructor":1,"toString":2}';
    const reply = await upload(
      operationParts(`{"query":${JSON.stringify(CREATE)},"variables":{"input":${input}}}`, {}),
    );
    expect(new Set(codes(reply))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(codes(await post({ query: '{ __proto__ constructor toString }' }))).toHaveLength(3);
    expect(codes(await post({ documentId: '__proto__' }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    const aliases = await post({ query: '{ __proto__: __typename constructor: __typename }' });
    expect(aliases.text).toContain('"__proto__":"Query","constructor":"Query"');
  });
});

describe('error response', () => {
  const size = 300_000;
  const REPLICATE = `mutation ($name: String!) {
    replicatePrompts(targetModel: "m", options: { nameTemplate: $name }) { userErrors { message } }
  }`;

  it.each([
    ['unknown fields', CREATE, { input: { text: 'y'.repeat(size), ...Array(60).fill(1) } }],
    ['unknown placeholders', REPLICATE, { name: '{a}'.repeat(size / 3) }],
    ['a syntax error', `{ a(x: ${'"" '.repeat(10)} ${'y'.repeat(size)}`, {}],
  ])('an error response is smaller than a request with %s', async (_what, query, variables) => {
    const { text } = await post({ query, variables });
    expect(text).toMatch(/"(userErrors|errors)":\[\{/);
    expect(text.length).toBeLessThan(size);
  });

  it('an error response says that it does not list all errors of the variables', async () => {
    const query = 'query ($f: TuneFilter) { tunes(filter: $f) { nodes { id } } }';
    const reply = await post({ query, variables: { f: { classNames: Array(200).fill(1) } } });
    expect([reply.status, new Set(codes(reply))]).toEqual([400, new Set(['BAD_USER_INPUT'])]);
    expect(at(reply.errors.at(-1), 'message')).toBe(
      'The variables have more errors than are listed here. Fix these first.',
    );
  });
});

it('a query for an id of 100 000 characters returns null', async () => {
  const id = 'x'.repeat(100_000);
  const query =
    'query ($id: ID!) { tune(id: $id) { id } prompt(id: $id) { id } portkeyPrompt(id: $id) { id } replication(id: $id) { id } }';
  const { data } = await post({ query, variables: { id } });
  expect(data).toEqual({ tune: null, prompt: null, portkeyPrompt: null, replication: null });
});

it('a body that is not valid UTF-8 is rejected', async () => {
  const body = Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]);
  expect(codes(await probe.send({ body, headers: JSON_TYPE }))).toEqual(['BAD_REQUEST']);
});
