import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { type RawUpstream, startRawUpstream } from '../support/raw-upstream.js';
import {
  BODY_END,
  multipart,
  openPost,
  operationParts,
  type Part,
  partHead,
  postBytes,
} from '../support/upload-bytes.js';
import { png } from '../support/upload-pictures.js';

const LIMIT = 3_000_000;
const CREATE = `mutation ($input: CreatePromptInput!) {
  createPrompt(tuneId: "77", input: $input) { prompt { id } userErrors { code } }
}`;
const OPERATIONS = { query: CREATE, variables: { input: { text: 'a cat', inputImage: {} } } };
const MAP = { f: ['variables.input.inputImage.upload'] };
const FILE: Part = { name: 'f', filename: 'cat.png', content: png(2_000_000) };
const ENVELOPE = multipart(operationParts(OPERATIONS, MAP), '');

/** Status of the upstream, RESET for a broken connection, or null for no response. */
let answerWith: number | 'RESET' | null = null;
let upstream: RawUpstream;
let gateway: GatewayProcess;
beforeAll(async () => {
  upstream = await startRawUpstream((_request, response) => {
    if (answerWith === 'RESET') response.socket?.resetAndDestroy();
    else if (answerWith !== null) response.writeHead(answerWith).end('{}');
  });
  gateway = await GatewayProcess.start({
    ASTRIA_BASE_URL: upstream.url,
    ASTRIA_API_KEY: 'sd_test',
    MAX_UPLOAD_BYTES: String(LIMIT),
    LOST_RESPONSE_TIMEOUT_MS: '300',
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
afterEach(async () => {
  await until(
    () => gateway.temporaryFiles(),
    (files) => files.length === 0,
  );
  expect([gateway.isAlive, gateway.takeComplaints()]).toEqual([true, '']);
  const alive = await fetch(`${gateway.url}/livez`);
  expect(alive.status).toBe(200);
});

describe('a client that disconnects', () => {
  it.each<[stage: string, written: (string | Uint8Array)[], touchesDisk: boolean]>([
    ['after the headers', [], false],
    ['in the middle of the operations', [ENVELOPE.subarray(0, 150)], false],
    ['before the file', [ENVELOPE], false],
    ['in the head of the file', [ENVELOPE, partHead(FILE).slice(0, -10)], false],
    ['before the first byte of the file', [ENVELOPE, partHead(FILE)], false],
    ['in the middle of the file', [ENVELOPE, partHead(FILE), png(1_000_000)], true],
    ['after the file, before the end', [ENVELOPE, partHead(FILE), FILE.content, '\r\n--'], true],
  ])('%s leaves nothing behind', async (_stage, written, touchesDisk) => {
    const before = upstream.requests.length;
    for (let round = 0; round < 3; round += 1) {
      const { request } = openPost(gateway.url, { 'content-length': 2_100_000 });
      for (const piece of written) request.write(piece);
      if (touchesDisk) {
        await until(
          () => gateway.temporaryFiles(),
          (files) => files.length > 0,
        );
      } else {
        await new Promise((resolve) => request.write('', resolve));
      }
      request.destroy();
      await until(
        () => gateway.temporaryFiles(),
        (files) => files.length === 0,
      );
    }
    expect(upstream.requests.length).toBe(before);
  });

  it('during an upstream call cancels that call', async () => {
    for (let round = 0; round < 3; round += 1) {
      const before = upstream.requests.length;
      const { request } = openPost(gateway.url);
      request.end(multipart([...operationParts(OPERATIONS, MAP), FILE]));
      await until(
        () => upstream.requests.length,
        (count) => count === before + 1,
      );
      expect(await gateway.temporaryFiles()).toHaveLength(1);
      request.destroy();
      await until(
        () => upstream.requests.at(-1)?.hungUp,
        (hungUp) => hungUp === true,
      );
    }
  });
});

it('a gateway that is killed during an upload leaves no file behind', async () => {
  const victim = await GatewayProcess.start({ ASTRIA_BASE_URL: upstream.url, ASTRIA_API_KEY: 'sd_test' });
  const { request } = openPost(victim.url, { 'content-length': 2_100_000 });
  request.on('error', () => {});
  for (const piece of [ENVELOPE, partHead(FILE), png(1_000_000)]) request.write(piece);
  await until(
    async () => [await victim.temporaryFiles(), await victim.namedFiles()].map(({ length }) => length),
    ([open, named]) => open === 1 && named === 0,
  );
  process.kill(victim.pid, 'SIGKILL');
  await until(
    () => victim.isAlive,
    (isAlive) => !isAlive,
  );
  expect(await victim.namedFiles()).toEqual([]);
  await victim.stop();
});

it('a file that does not fit on the disk fails its operation, and leaves no file behind', async () => {
  // Limit each file to 1 MiB, so that a larger write fails like on a full disk.
  const limited = ['bash', '-c', 'trap "" XFSZ; ulimit -f 1024; exec "$@"', 'bash'];
  const env = { ASTRIA_BASE_URL: upstream.url, ASTRIA_API_KEY: 'sd_test' };
  const full = await GatewayProcess.launch(env, limited);
  try {
    await full.listening();
    const before = upstream.requests.length;
    const body = multipart([...operationParts(OPERATIONS, MAP), FILE]);
    const { status, errors } = await postBytes(full.url, body);
    expect([status, errors?.map(({ extensions }) => extensions)]).toEqual([
      200,
      [{ code: 'INTERNAL_SERVER_ERROR' }],
    ]);
    await until(
      () => full.temporaryFiles(),
      (files) => files.length === 0,
    );
    expect([full.isAlive, upstream.requests.length]).toEqual([true, before]);
    expect(full.takeComplaints()).toMatch(/EFBIG|ENOSPC/);
  } finally {
    await full.stop();
  }
});

it('a gateway removes the files of a killed gateway at its start, and no other files', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
  const left = `capacitor-${'0a'.repeat(16)}.tmp`;
  const others = ['capacitor-x.tmp', 'other.tmp'];
  for (const name of [left, ...others]) await writeFile(path.join(folder, name), 'x');
  const next = await GatewayProcess.start({ TMPDIR: folder });
  await until(
    () => readdir(folder),
    (names) => !names.includes(left),
  );
  expect(await readdir(folder)).toEqual(expect.arrayContaining(others));
  await next.stop();
  await rm(folder, { recursive: true });
});

describe('no file remains after an upload', () => {
  const post = (operations: unknown, files: readonly Part[] = [FILE], headers = {}): Promise<Answer> =>
    postBytes(gateway.url, multipart([...operationParts(operations, MAP), ...files]), headers);
  const code = ({ data, errors }: Answer) =>
    at(data, 'createPrompt.userErrors.0.code') ?? errors?.[0]?.extensions.code;

  it.each<[what: string, wanted: string, send: () => Promise<Answer>]>([
    [
      'with an invalid input',
      'INVALID',
      () => post({ query: CREATE, variables: { input: { text: 'a cat', steps: 99, inputImage: {} } } }),
    ],
    [
      'with a file over the limit',
      'TOO_LARGE',
      () => post(OPERATIONS, [{ ...FILE, content: png(LIMIT + 1) }]),
    ],
    [
      'with a file that is not a picture',
      'UNSUPPORTED_MEDIA',
      () => post(OPERATIONS, [{ ...FILE, content: 'words' }]),
    ],
    ['with a syntax error', 'GRAPHQL_PARSE_FAILED', () => post({ ...OPERATIONS, query: 'mutation {' })],
    [
      'with variables of the wrong type',
      'BAD_USER_INPUT',
      () => post({ ...OPERATIONS, variables: { input: { text: 5, inputImage: {} } } }),
    ],
    [
      'with a syntax error before a file over the limit',
      'GRAPHQL_PARSE_FAILED',
      () => post({ ...OPERATIONS, query: 'mutation {' }, [{ ...FILE, content: png(LIMIT + 1) }]),
    ],
    [
      'with one of two files missing',
      'REQUIRED',
      () =>
        postBytes(
          gateway.url,
          multipart([
            ...operationParts(
              { query: CREATE, variables: { input: { text: 'a cat', inputImage: {}, maskImage: {} } } },
              { ...MAP, g: ['variables.input.maskImage.upload'] },
            ),
            FILE,
          ]),
        ),
    ],
    [
      'without a preflight header',
      'BAD_REQUEST',
      () => post(OPERATIONS, [FILE], { 'apollo-require-preflight': '' }),
    ],
    ['with an invalid key', 'BAD_REQUEST', () => post(OPERATIONS, [FILE], { 'x-astria-api-key': 'a b' })],
    [
      'with a truncated body',
      'INVALID',
      () =>
        postBytes(gateway.url, multipart([...operationParts(OPERATIONS, MAP), FILE]).subarray(0, 1_500_000)),
    ],
  ])('%s', async (_case, wanted, send) => {
    const before = upstream.requests.length;
    for (let round = 0; round < 3; round += 1) expect(code(await send())).toBe(wanted);
    expect(upstream.requests.length).toBe(before);
  });

  it.each<[status: number, wanted: string]>([
    [500, 'OUTCOME_UNKNOWN'],
    [401, 'UPSTREAM_UNAUTHENTICATED'],
    [422, 'UPSTREAM_REJECTED'],
    [404, 'NOT_FOUND'],
  ])('no file remains after an upload to an upstream that responds with %i', async (status, wanted) => {
    const creates = () => upstream.requests.filter(({ method }) => method === 'POST').length;
    const before = creates();
    answerWith = status;
    expect(code(await post(OPERATIONS))).toBe(wanted);
    answerWith = null;
    expect(creates()).toBe(before + 1);
  });

  it('no file remains after an upload to an upstream that breaks the connection', async () => {
    answerWith = 'RESET';
    expect(code(await post(OPERATIONS))).toBe('OUTCOME_UNKNOWN');
    answerWith = null;
    expect(upstream.requests.filter(({ method }) => method === 'POST').at(-1)?.body.length).toBeGreaterThan(
      LIMIT / 2,
    );
  });
});

it('a file that arrives byte by byte reaches the upstream', async () => {
  const { request, answer } = openPost(gateway.url);
  request.write(ENVELOPE);
  const body = Buffer.concat([Buffer.from(partHead(FILE)), png(100), Buffer.from(`\r\n${BODY_END}`)]);
  answerWith = 422;
  for (const byte of body) await new Promise((resolve) => request.write(Buffer.of(byte), resolve));
  request.end();
  const { data } = await answer;
  answerWith = null;
  expect(at(data, 'createPrompt.userErrors')).toEqual([{ code: 'UPSTREAM_REJECTED' }]);
  expect(upstream.requests.at(-1)?.body).toContain('filename="cat.png"');
});
