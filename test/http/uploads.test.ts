import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { type Answer, at } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import {
  BODY_END,
  MULTIPART,
  multipart,
  openPost,
  operationParts,
  type Part,
  partHead,
  postBytes,
} from '../support/upload-bytes.js';
import { png } from '../support/upload-pictures.js';

const CREATE = `mutation ($input: CreatePromptInput!) {
  createPrompt(tuneId: "2690418", input: $input) { prompt { id } userErrors { code field } }
}`;
const INPUT = 'variables.input.inputImage.upload';
const OPERATIONS = { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } };
const FILE: Part = { name: 'f', filename: 'cat.png', content: png(2_000) };
const UPLOAD = multipart([...operationParts(OPERATIONS, { f: [INPUT] }), { ...FILE, content: png(300_000) }]);
const MIB = 1024 * 1024;

const gateway = describeGateway({ env: { MAX_UPLOAD_BYTES: String(4 * MIB) } });
let logged = 0;
afterEach(() => {
  const lines = gateway.logLines.slice(logged);
  logged = gateway.logLines.length;
  expect(lines.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
});

const post = (parts: readonly Part[], end?: string) => postBytes(gateway.url, multipart(parts, end));

function expectRefusal({ status, headers, data, errors }: Answer, wanted: number, code: string): void {
  expect([status, errors?.map(({ extensions }) => extensions)]).toEqual([wanted, [{ code }]]);
  expect(headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json)/);
  expect(data).toBeUndefined();
  expect(errors?.[0]?.message).toMatch(/^[^\n]{5,200}$/);
  expect(errors?.[0]?.message).not.toMatch(/http|node_modules/);
  expect(gateway.sandbox.requests()).toEqual([]);
}

describe('malformed request', () => {
  it.each<[what: string, parts: Part[]]>([
    ['no parts', []],
    ['no operations', [{ name: 'map', content: '{}' }]],
    ['a file alone', [FILE]],
    ['operations alone', operationParts(OPERATIONS, {}).slice(0, 1)],
    ['the map before the operations', operationParts(OPERATIONS, { f: [INPUT] }).reverse()],
    ['a file before the map', [FILE, ...operationParts(OPERATIONS, { f: [INPUT] })]],
    ['operations that are not JSON', operationParts('{"query":', {})],
    ['operations that are a number', operationParts(7, {})],
    ['operations that are null', operationParts(null, {})],
    ['operations that are a string', operationParts('"query"', {})],
    ['a map that is not JSON', operationParts(OPERATIONS, '{')],
    ['a map that is a list', operationParts(OPERATIONS, [])],
    ['a map that is null', operationParts(OPERATIONS, null)],
    ['a map to a string', operationParts(OPERATIONS, { f: INPUT })],
    ['a map to numbers', operationParts(OPERATIONS, { f: [1] })],
    ['a map through a string', operationParts(OPERATIONS, { f: ['query.x.y'] })],
  ])('a malformed request with %s is rejected', async (_case, parts) => {
    expectRefusal(await post(parts), 400, 'BAD_REQUEST');
  });

  it.each<[what: string, type: string]>([
    ['no boundary', 'multipart/form-data'],
    ['an empty boundary', 'multipart/form-data; boundary='],
    ['a boundary that the body does not use', 'multipart/form-data; boundary=another'],
  ])('a malformed request with %s is rejected', async (_case, type) => {
    const body = multipart(operationParts(OPERATIONS, {}));
    expectRefusal(await postBytes(gateway.url, body, { 'content-type': type }), 400, 'BAD_REQUEST');
  });

  it.each<[what: string, body: string]>([
    ['no bytes', ''],
    ['only an end', BODY_END],
    ['plain text', 'this is no multipart'],
    ['a part without a head', `${BODY_END.slice(0, -4)}\r\n\r\n\r\n${BODY_END}`],
    ['an end in the middle of the operations', `${partHead({ name: 'operations' })}{"que`],
    ['operations and a map without an end', multipart(operationParts(OPERATIONS, {}), '').toString()],
  ])('a malformed request that consists of %s is rejected', async (_case, body) => {
    expectRefusal(await postBytes(gateway.url, Buffer.from(body)), 400, 'BAD_REQUEST');
  });

  it('a malformed request with a batch is rejected like one in JSON', async () => {
    const parts = operationParts([OPERATIONS, OPERATIONS], { f: ['0.variables.input.inputImage.upload'] });
    expectRefusal(await post([...parts, FILE]), 400, 'BAD_REQUEST');
  });

  it.each([['query'], ['variables'], ['operationName']])(
    'a malformed request with a file for the %s is rejected',
    async (path) => {
      const { status, errors } = await post([...operationParts(OPERATIONS, { f: [path] }), FILE]);
      expect(status).toBe(400);
      expect(errors?.[0]?.extensions.code).toMatch(/^BAD_(REQUEST|USER_INPUT)$/);
      expect(gateway.sandbox.requests()).toEqual([]);
    },
  );

  it.each([
    ['__proto__.polluted'],
    ['constructor.prototype.polluted'],
    ['variables.__proto__.polluted'],
    ['__proto__'],
  ])('a malformed request with a file for %s is rejected, and pollutes no prototype', async (path) => {
    const { status } = await post([...operationParts(OPERATIONS, { f: [path] }), FILE]);
    expect(status).toBe(400);
    expect('polluted' in {}).toBe(false);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it.each<[what: string, body: Buffer]>([
    ['ends in the middle of its file', UPLOAD.subarray(0, 200_000)],
    ['ends in the head of its file', UPLOAD.subarray(0, UPLOAD.indexOf('cat.png'))],
    ['lacks its end', UPLOAD.subarray(0, -BODY_END.length)],
    [
      'has a NUL in the head of its file',
      multipart([...operationParts(OPERATIONS, { f: [INPUT] }), { ...FILE, filename: 'a\u0000.png' }]),
    ],
  ])('a malformed request that %s fails its file, and nothing is sent upstream', async (_case, body) => {
    const { status, data, errors } = await postBytes(gateway.url, body);
    expect([status, errors]).toEqual([200, undefined]);
    expect(at(data, 'createPrompt')).toEqual({
      prompt: null,
      userErrors: [{ code: 'INVALID', field: ['input', 'inputImage', 'upload'] }],
    });
    expect(gateway.sandbox.requests()).toEqual([]);
  });
});

describe('limits of uploads', () => {
  it('the limits of uploads apply to the number of files in the map', async () => {
    const map = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [index, [`variables.x${index}`]]));
    expectRefusal(await post(operationParts(OPERATIONS, map)), 413, 'TOO_LARGE');
  });

  it('the limits of uploads apply to the number of files in the body', async () => {
    const files = [0, 1, 2, 3, 4].map((index): Part => ({ ...FILE, name: `x${index}` }));
    const { data } = await post([...operationParts(OPERATIONS, { f: [INPUT] }), ...files]);
    expect(at(data, 'createPrompt')).toEqual({
      prompt: null,
      userErrors: [{ code: 'TOO_LARGE', field: ['input', 'inputImage', 'upload'] }],
    });
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('the limits of uploads apply to the operations', async () => {
    const operations = { ...OPERATIONS, extensions: { filler: 'x'.repeat(MIB) } };
    expectRefusal(await post(operationParts(operations, { f: [INPUT] })), 413, 'TOO_LARGE');
  });

  it('the limits of uploads apply to the map', async () => {
    expectRefusal(
      await post(operationParts(OPERATIONS, { f: [`variables.${'x'.repeat(MIB)}`] })),
      413,
      'TOO_LARGE',
    );
  });

  it('the limits of uploads apply to the content length, before the body arrives', async () => {
    const { request, answer } = openPost(gateway.url, { 'content-length': 100 * MIB });
    expectRefusal(await answer, 413, 'TOO_LARGE');
    request.destroy();
  });

  it('the limits of uploads apply to a body without a content length', async () => {
    const { request, answer } = openPost(gateway.url);
    request.write(multipart(operationParts(OPERATIONS, { f: [INPUT] }), ''));
    request.write(partHead(FILE));
    request.write(png(5 * MIB));
    request.end(`\r\n${BODY_END}`);
    const { data } = await answer;
    expect(at(data, 'createPrompt')).toEqual({
      prompt: null,
      userErrors: [{ code: 'TOO_LARGE', field: ['input', 'inputImage', 'upload'] }],
    });
    expect(gateway.sandbox.requests()).toEqual([]);
  });
});

describe('while a file is still arriving', () => {
  /** Sends an upload, its end last. The response must wait for the end, or the file would stay on the disk. */
  async function responseTo(operations: unknown): Promise<Answer> {
    const { request, answer } = openPost(gateway.url);
    request.write(multipart(operationParts(operations, { f: [INPUT] }), ''));
    request.write(partHead(FILE));
    request.write(png(200_000));
    // When the gateway has served another request, it has checked this one.
    await gateway.graphql('{ __typename }');
    request.end(`\r\n${BODY_END}`);
    return answer;
  }

  it('an invalid create request is rejected', async () => {
    const { status, data } = await responseTo({
      query: CREATE,
      variables: { input: { text: '', steps: 99, inputImage: {} } },
    });
    expect(status).toBe(200);
    expect(at(data, 'createPrompt.userErrors')).toEqual([
      { code: 'REQUIRED', field: ['input', 'text'] },
      { code: 'INVALID', field: ['input', 'steps'] },
    ]);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it.each<[what: string, operations: Record<string, unknown>, code: string]>([
    ['a query with a syntax error', { ...OPERATIONS, query: 'mutation {' }, 'GRAPHQL_PARSE_FAILED'],
    [
      'a query for an unknown field',
      { ...OPERATIONS, query: 'mutation { deleteEverything }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['variables of the wrong type', { query: CREATE, variables: { input: { text: 5 } } }, 'BAD_USER_INPUT'],
    ['a request without a query', { variables: { input: { text: 'a cat', inputImage: {} } } }, 'BAD_REQUEST'],
    ['an unknown operation name', { ...OPERATIONS, operationName: 'X' }, 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s is rejected', async (_case, operations, code) => {
    const { status, errors } = await responseTo(operations);
    expect([status, new Set(errors?.map(({ extensions }) => extensions.code))]).toEqual([
      400,
      new Set([code]),
    ]);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('a query that does not use the file succeeds', async () => {
    const { data } = await responseTo({
      query: '{ tune(id: "2690418") { id } }',
      variables: { input: { inputImage: {} } },
    });
    expect(data).toEqual({ tune: { id: '2690418' } });
  });
});

describe('request that a browser could send across sites', () => {
  it('a request that a browser could send across sites is rejected before its body is read, and its connection is soon closed', async () => {
    const { request, answer } = openPost(gateway.url, {
      'apollo-require-preflight': '',
      'content-length': 1000 * MIB,
    });
    const closed = once(request, 'close');
    request.write(multipart(operationParts(OPERATIONS, { f: [INPUT] }), ''));
    const refusal = await answer;
    expectRefusal(refusal, 400, 'BAD_REQUEST');
    expect(refusal.errors?.[0]?.message).toContain('apollo-require-preflight');
    await closed;
  });

  it('a request that a browser could send across sites gets the rejection even while it is still sending', async () => {
    const form = uploadForm(CREATE, OPERATIONS.variables, {
      [INPUT]: { bytes: png(20 * MIB), filename: 'cat.png' },
    });
    const { status } = await postForm(gateway.url, form, { 'apollo-require-preflight': '' });
    expect(status).toBe(400);
  });

  it('a request that a browser could send across sites can finish sending after its rejection, on a connection of one request', async () => {
    const { hostname, port, host } = new URL(gateway.url);
    const piece = Buffer.alloc(256 * 1024);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    const failures: Error[] = [];
    socket.on('error', (error) => failures.push(error));
    const head = [
      'POST /graphql HTTP/1.1',
      `host: ${host}`,
      'connection: close',
      `content-type: ${MULTIPART}`,
    ];
    socket.write([...head, `content-length: ${8 * piece.length}`, '', ''].join('\r\n'));
    socket.write(piece);
    let answer = '';
    while (!answer.includes('apollo-require-preflight')) answer += (await once(socket, 'data')).join('');
    expect(answer).toContain('400 Bad Request');
    for (let left = 7; left > 0; left -= 1) await new Promise((resolve) => socket.write(piece, resolve));
    socket.end();
    await once(socket, 'close');
    expect(failures).toEqual([]);
  });

  it('a request that a browser could send across sites is rejected when it is complete', async () => {
    const body = multipart([...operationParts(OPERATIONS, { f: [INPUT] }), FILE]);
    expectRefusal(await postBytes(gateway.url, body, { 'apollo-require-preflight': '' }), 400, 'BAD_REQUEST');
  });

  it('a request that a browser could send across sites is accepted with a header that requires a preflight', async () => {
    const body = multipart([...operationParts(OPERATIONS, { f: [INPUT] }), FILE]);
    const { data } = await postBytes(gateway.url, body, {
      'apollo-require-preflight': '',
      'x-apollo-operation-name': 'Create',
    });
    expect(at(data, 'createPrompt.userErrors')).toEqual([]);
  });
});
