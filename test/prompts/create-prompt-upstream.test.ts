import { afterEach, describe, expect, it } from '@jest/globals';
import type { Fault, FaultKind } from '../../src/sandbox/index.js';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, startTestGateway, type TestGateway } from '../support/gateway.js';

const TUNE = '2690418';
const CREATED = `POST /tunes/${TUNE}/prompts`;
const VARIABLES = { tuneId: TUNE, input: { text: 'a cat' } };

const gateway = describeGateway();
afterEach(() => gateway.sandbox.reset());

const create = async (headers?: Record<string, string>) =>
  (await gateway.run(CreatePromptDocument, VARIABLES, headers)).createPrompt;
/** Sends a request to create a prompt that may fail. */
const tryCreate = (on: TestGateway = gateway, headers?: Record<string, string>) =>
  on.graphql(`${CreatePromptDocument}`, VARIABLES, headers);

function onCreate(fault: Omit<Fault, 'upstream' | 'method' | 'path'>): void {
  gateway.sandbox.addFault({ upstream: 'astria', method: 'POST', path: '/tunes/*/prompts', ...fault });
}

describe('rejection by Astria', () => {
  it('a rejection by Astria is reported with the field names of the gateway', async () => {
    onCreate({
      kind: 'status',
      status: 422,
      body: {
        cfg_scale: ['must be less than 10 for this tune'],
        text: ['is too long', 'is rude'],
        w: ['is odd'],
        input_image_url: ['cannot be fetched'],
        mask_image: ['has three channels'],
        base: ['is all wrong'],
        video_model: ['is missing'],
      },
    });
    const rejected = (field: string[] | null, message: string) => ({
      code: 'UPSTREAM_REJECTED',
      field,
      message,
    });
    expect(await create()).toEqual({
      prompt: null,
      userErrors: [
        rejected(['input', 'cfgScale'], 'Field "cfgScale" must be less than 10 for this tune.'),
        rejected(['input', 'text'], 'Field "text" is too long.'),
        rejected(['input', 'text'], 'Field "text" is rude.'),
        rejected(['input', 'width'], 'Field "width" is odd.'),
        rejected(['input', 'inputImage'], 'Field "inputImage" cannot be fetched.'),
        rejected(['input', 'maskImage'], 'Field "maskImage" has three channels.'),
        rejected(null, 'Astria rejected the request: is all wrong.'),
        rejected(null, 'Astria rejected the request: video_model is missing.'),
      ],
    });
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it.each<[status: number, body: unknown, message: RegExp]>([
    [422, { error: 'Insufficient balance' }, /^Astria rejected the request: Insufficient balance\.$/],
    [400, { error: 'Not today' }, /^Astria rejected the request: Not today\.$/],
    [422, 'words alone', /^Astria rejected the request \(422\)\.$/],
    [422, {}, /^Astria rejected the request \(422\)\.$/],
    [422, undefined, /^Astria rejected the request \(422\)\.$/],
    [
      422,
      { error: 'key sd_abcdef at https://internal.example.com/x failed' },
      /^Astria rejected the request: key \[key\] at \[address\] failed\.$/,
    ],
  ])(
    'a rejection by Astria is reported without a field for the response %i %j',
    async (status, body, message) => {
      onCreate({ kind: 'status', status, ...(body === undefined ? {} : { body }) });
      expect((await create())?.userErrors).toEqual([
        { code: 'UPSTREAM_REJECTED', field: null, message: expect.stringMatching(message) },
      ]);
      expect(calls(gateway.sandbox)).toEqual([CREATED]);
    },
  );

  it('a rejection by Astria is reported without keys, URLs and response bodies, and with at most 20 messages', async () => {
    const key = 'a-key-of-no-known-form';
    const leaks = [`no ${key}`, 'see 10.1.2.3:80', 'at db.internal', '{"trace": []}', '<b>no</b>'];
    onCreate({ kind: 'status', status: 422, body: { text: [...leaks, ...Array(500).fill('is bad')] } });
    const payload = await create({ 'x-astria-api-key': key });
    const shown = ['no [key]', 'see [address]', 'at [address]', 'was rejected', 'was rejected'];
    expect(payload?.userErrors).toEqual(
      [...shown, ...Array<string>(15).fill('is bad')].map((words) => ({
        code: 'UPSTREAM_REJECTED',
        field: ['input', 'text'],
        message: `Field "text" ${words}.`,
      })),
    );
  });

  it('a rejection by Astria with status 409 is reported as CONFLICT', async () => {
    onCreate({ kind: 'status', status: 409, body: { error: 'already there' } });
    expect((await create())?.userErrors[0]).toMatchObject({ code: 'CONFLICT', field: null });
  });
});

describe('createPrompt', () => {
  it('createPrompt fails with UPSTREAM_UNAUTHENTICATED for a rejected key', async () => {
    const { data, errors } = await tryCreate(gateway, { 'x-astria-api-key': 'sd_wrong_key' });
    expect(at(data, 'createPrompt')).toBeNull();
    expect(errors).toEqual([
      expect.objectContaining({
        path: ['createPrompt'],
        extensions: { code: 'UPSTREAM_UNAUTHENTICATED', upstream: 'astria' },
      }),
    ]);
    expect(JSON.stringify(errors)).not.toContain('sd_wrong_key');
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it.each<[fault: Pick<Fault, 'kind' | 'status' | 'retryAfter'>, code: string]>([
    [{ kind: 'status', status: 403 }, 'FORBIDDEN'],
    [{ kind: 'status', status: 402 }, 'FORBIDDEN'],
  ])('createPrompt responds to %j with the code %s after a single request', async (fault, code) => {
    onCreate(fault);
    const { data, errors } = await tryCreate();
    expect([at(data, 'createPrompt'), errors?.map(({ extensions }) => extensions.code)]).toEqual([
      null,
      [code],
    ]);
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it('createPrompt fails with the Retry-After of a long rate limit', async () => {
    onCreate({ kind: '429', retryAfter: 30, times: 0 });
    const { errors } = await tryCreate();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_RATE_LIMITED', upstream: 'astria', retryAfter: 30 },
    ]);
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it('createPrompt sends the request again after a short rate limit', async () => {
    onCreate({ kind: '429', retryAfter: 0 });
    expect((await create())?.prompt?.id).toMatch(/^\d+$/);
    expect(calls(gateway.sandbox)).toEqual([CREATED, CREATED]);
  });

  it('createPrompt fails with UPSTREAM_UNAVAILABLE when Astria is not reachable', async () => {
    const isolated = await startTestGateway();
    await isolated.sandbox.close();
    const { data, errors } = await tryCreate(isolated);
    await isolated.close();
    expect(at(data, 'createPrompt')).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_UNAVAILABLE', upstream: 'astria' },
    ]);
  });
});

describe('unknown outcome', () => {
  it.each<[kind: FaultKind]>([['504-before'], ['502'], ['drop-before'], ['html']])(
    'an unknown outcome after %s is reported, and the create request is never repeated',
    async (kind) => {
      const before = gateway.sandbox.astria.prompts.size;
      onCreate({ kind });
      expect(await create()).toEqual({
        prompt: null,
        userErrors: [
          { code: 'OUTCOME_UNKNOWN', field: null, message: expect.stringContaining('newest first') },
        ],
      });
      expect(gateway.sandbox.requests({ method: 'POST' })).toHaveLength(1);
      expect(gateway.sandbox.astria.prompts.size).toBe(before);
    },
  );

  it('an unknown outcome does not affect the other prompts of the same operation', async () => {
    onCreate({ kind: 'drop-before', skip: 1 });
    const { data } = await gateway.graphql(
      `mutation {
        a: createPrompt(tuneId: "${TUNE}", input: { text: "one" }) { prompt { text } userErrors { code } }
        b: createPrompt(tuneId: "${TUNE}", input: { text: "two" }) { prompt { text } userErrors { code } }
        c: createPrompt(tuneId: "${TUNE}", input: { text: "three" }) { prompt { text } userErrors { code } }
      }`,
    );
    expect(data).toEqual({
      a: { prompt: { text: 'one' }, userErrors: [] },
      b: { prompt: null, userErrors: [{ code: 'OUTCOME_UNKNOWN' }] },
      c: { prompt: { text: 'three' }, userErrors: [] },
    });
  });
});
