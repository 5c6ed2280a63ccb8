import { afterEach, describe, expect, it } from '@jest/globals';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, startTestGateway } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { reply, startRawUpstream } from '../support/raw-upstream.js';
import { png } from '../support/upload-pictures.js';
import {
  CREATE,
  createFault,
  create as createWith,
  DUPLICATE,
  made,
  promptsWith,
  sent,
  TUNE,
} from './creating.js';

const gateway = describeGateway({ sandbox: { settleMs: 60_000 } });
afterEach(() => gateway.sandbox.reset());

const VIDEO = { video_model: 'seedance2_480p', video_prompt: 'it moves', video_audio: true, base_pack_id: 7 };

/** Creates a prompt with a single image, which a video requires. */
const create = (input: Record<string, unknown>, key?: string) =>
  createWith(gateway, { numImages: 1, ...input }, key);

/** Returns the fields and messages of the errors of a create request with `extra`. */
async function errorsOf(extra: Record<string, unknown>) {
  const variables = { tuneId: TUNE, input: { text: 'a cat', extra } };
  const { createPrompt } = await gateway.run(CreatePromptDocument, variables);
  if (!createPrompt) throw new Error('There is no payload.');
  expect(createPrompt.userErrors.every(({ code }) => code === 'INVALID')).toBe(true);
  return createPrompt.userErrors.map(({ field, message }) => [field, message]);
}

describe('extra attributes', () => {
  it('extra attributes are sent to Astria under their names and appear in the attributes of the prompt', async () => {
    const { id } = await create({ text: 'a cat', extra: VIDEO });
    const [request] = gateway.sandbox.requests({ method: 'POST' });
    expect(at(request?.body, 'prompt')).toEqual({ text: 'a cat', num_images: 1, ...VIDEO });
    const { data } = await gateway.graphql(`{ prompt(id: "${id}") { attributes } }`);
    expect(at(data, 'prompt.attributes')).toMatchObject(VIDEO);
  });

  it('extra attributes are sent in a form, with objects and arrays in brackets and null as empty', async () => {
    const astria = await startRawUpstream((_request, response) => reply(response, 422, {}));
    const own = await startTestGateway({ env: { ASTRIA_BASE_URL: astria.url } });
    try {
      const extra = { video_model: 'm', a: { b: [1, { c: true }], d: null }, list: ['x', 'y'], none: [] };
      const variables = { tuneId: TUNE, input: { text: 'a cat', inputImage: { upload: null }, extra } };
      const files = { 'variables.input.inputImage.upload': { bytes: png(1_000, 1), filename: 'in.png' } };
      await postForm(own.url, uploadForm(CREATE, variables, files));
      const form = astria.requests[0]?.body ?? '';
      const fields = [...form.matchAll(/name="prompt(\S+)"\r\n\r\n(.*)\r\n/g)];
      expect(fields.map(([, name, value]) => `${name}=${value}`)).toEqual([
        '[text]=a cat',
        '[video_model]=m',
        '[a][b][]=1',
        '[a][b][][c]=true',
        '[a][d]=',
        '[list][]=x',
        '[list][]=y',
        '[none]=',
      ]);
    } finally {
      await own.close();
      await astria.close();
    }
  });

  it('extra attributes can be overridden in a duplicate', async () => {
    const { id } = await create({ text: 'a cat', extra: VIDEO });
    const overrides = { extra: { video_prompt: 'it stands', base_pack_id: null } };
    await gateway.graphql(DUPLICATE, { id, overrides });
    const [, request] = gateway.sandbox.requests({ method: 'POST' });
    expect(request?.body).toEqual({ prompt: overrides.extra });
  });

  it('extra attributes with a video model need no text', async () => {
    const extra = { ...VIDEO, video_first_frame_url: 'https://example.com/1.png' };
    expect(await create({ extra })).toMatchObject({ id: expect.any(String), codes: [] });
    expect(await create({ extra: { video_prompt: 'x' } })).toMatchObject({ codes: ['REQUIRED'] });
  });

  it('extra attributes are part of the idempotency fingerprint', async () => {
    const first = await create({ text: 'a cat', extra: VIDEO }, 'key');
    expect(await create({ text: 'a cat', extra: VIDEO }, 'key')).toEqual(first);
    expect(await create({ text: 'a cat', extra: { ...VIDEO, base_pack_id: 8 } }, 'key')).toMatchObject({
      codes: ['CONFLICT'],
    });
    expect(sent(gateway)).toBe(1);
  });

  it('extra attributes distinguish the prompts of two create requests with lost responses', async () => {
    const models = ['one', 'two'];
    gateway.sandbox.addFault(createFault('504-after', { times: 2 }));
    const results = await Promise.all(
      models.map((video_model) =>
        create({ text: 'a cat', extra: { video_model, video_prompt: 'it moves' } }),
      ),
    );
    expect(promptsWith(gateway, 'a cat')).toHaveLength(2);
    for (const [n, { id }] of results.entries())
      expect(gateway.sandbox.astria.prompts.get(Number(id))?.video_model).toBe(models[n]);
  });
});

describe('extra attributes are rejected before anything is sent for', () => {
  afterEach(() => expect(calls(gateway.sandbox)).toEqual([]));

  it.each([
    ['cfg_scale', 'cfgScale'],
    ['text', 'text'],
    ['w', 'width'],
    ['callback', 'callback'],
    ['input_image', 'inputImage'],
    ['input_image_url', 'inputImage'],
    ['input_image_base64', 'inputImage'],
    ['mask_image_url', 'maskImage'],
  ])('%s, which is the field %s', async (name, field) => {
    expect(await errorsOf({ [name]: 1 })).toEqual([
      [['input', 'extra', name], expect.stringContaining(`Use the field "${field}" instead.`)],
    ]);
  });

  it.each(['Video', '_x', '1x', 'a-b', 'a][b', '', 'x'.repeat(101)])('the name %j', async (name) => {
    expect(await errorsOf({ [name]: 1 })).toEqual([
      [['input', 'extra', name], expect.stringContaining('match')],
    ]);
  });

  it('extra attributes are rejected before anything is sent for integers beyond 2^53', async () => {
    expect(await errorsOf({ seedling: { deep: [2 ** 53] } })).toEqual([
      [['input', 'extra', 'seedling'], expect.stringContaining('as a string')],
    ]);
  });

  it('extra attributes are rejected before anything is sent for more than 50 attributes', async () => {
    const extra = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`a${n}`, n]));
    expect(await errorsOf(extra)).toEqual([[['input', 'extra'], expect.stringContaining('at most 50')]]);
  });

  it('extra attributes are rejected before anything is sent for more than 64 KiB of JSON', async () => {
    expect(await errorsOf({ a: 'x'.repeat(65_536) })).toEqual([
      [['input', 'extra'], expect.stringContaining('65536 bytes')],
    ]);
  });

  it('extra attributes are rejected before anything is sent for values nested more than 10 levels deep', async () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
    expect(await errorsOf({ a: nested(10) })).toEqual([
      [['input', 'extra', 'a'], expect.stringContaining('at most 10 levels')],
    ]);
  });

  it('the name of a field in a duplicate', async () => {
    const response = await gateway.graphql(DUPLICATE, { id: '1', overrides: { extra: { seed: 1 } } });
    expect(made(response).codes).toEqual(['INVALID']);
  });

  it('extra attributes are rejected before anything is sent for null in a duplicate', async () => {
    const { data } = await gateway.graphql(DUPLICATE, { id: '1', overrides: { extra: null } });
    expect(at(data, 'duplicatePrompt.userErrors.0')).toMatchObject({
      code: 'INVALID',
      field: ['overrides', 'extra'],
      message: expect.stringContaining('To clear an attribute'),
    });
  });
});
