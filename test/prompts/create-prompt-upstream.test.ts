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

describe('what Astria rejects', () => {
  it('is reported under our names of the fields', async () => {
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
  ])('without a field: %i %j', async (status, body, message) => {
    onCreate({ kind: 'status', status, ...(body === undefined ? {} : { body }) });
    expect((await create())?.userErrors).toEqual([
      { code: 'UPSTREAM_REJECTED', field: null, message: expect.stringMatching(message) },
    ]);
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it('is told without the key, addresses and bodies, and not without end', async () => {
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

  it('because something like it exists is a CONFLICT', async () => {
    onCreate({ kind: 'status', status: 409, body: { error: 'already there' } });
    expect((await create())?.userErrors[0]).toMatchObject({ code: 'CONFLICT', field: null });
  });
});

describe('what goes wrong behind the gateway', () => {
  it('a refused key', async () => {
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
  ])('%j: said once, and the create is sent once', async (fault, code) => {
    onCreate(fault);
    const { data, errors } = await tryCreate();
    expect([at(data, 'createPrompt'), errors?.map(({ extensions }) => extensions.code)]).toEqual([
      null,
      [code],
    ]);
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it('a rate limit that asks for more patience than a caller has', async () => {
    onCreate({ kind: '429', retryAfter: 30, times: 0 });
    const { errors } = await tryCreate();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_RATE_LIMITED', upstream: 'astria', retryAfter: 30 },
    ]);
    expect(calls(gateway.sandbox)).toEqual([CREATED]);
  });

  it('a rate limit that is over in a moment: turned away is not done, so it is sent again', async () => {
    onCreate({ kind: '429', retryAfter: 0 });
    expect((await create())?.prompt?.id).toMatch(/^\d+$/);
    expect(calls(gateway.sandbox)).toEqual([CREATED, CREATED]);
  });

  it('nobody there: that nothing was created is known', async () => {
    const lonely = await startTestGateway();
    await lonely.sandbox.close();
    const { data, errors } = await tryCreate(lonely);
    await lonely.close();
    expect(at(data, 'createPrompt')).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'UPSTREAM_UNAVAILABLE', upstream: 'astria' },
    ]);
  });
});

describe('an outcome that is not known', () => {
  it.each<[kind: FaultKind]>([['504-before'], ['502'], ['drop-before'], ['html']])(
    '%s: is looked for, said, and the create is never repeated',
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

  it('does not keep its neighbours in the same request from being created', async () => {
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
