import { afterEach, describe, expect, it } from '@jest/globals';
import type { PromptOverridesInput } from '../../src/graphql/__generated__/resolvers.js';
import type { FaultKind } from '../../src/sandbox/index.js';
import {
  DuplicatePromptDocument,
  type DuplicatePromptMutationVariables,
} from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, type TestGateway } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { NO_PICTURES } from '../support/upload-pictures.js';

const gateway = describeGateway();
afterEach(() => gateway.sandbox.reset());

type Original = NonNullable<Parameters<TestGateway['sandbox']['astria']['addPrompt']>[0]>;
type Variables = Omit<DuplicatePromptMutationVariables, 'id'>;

const original = (partial: Original = {}) =>
  String(gateway.sandbox.astria.addPrompt({ text: 'a cat', num_images: 2, ...partial }).id);

async function duplicate(id: string, variables: Variables = {}) {
  const { duplicatePrompt } = await gateway.run(DuplicatePromptDocument, { id, ...variables });
  if (!duplicatePrompt) throw new Error('There is no payload.');
  return duplicatePrompt;
}

/** Returns the user errors as `CODE path.to.field`. */
async function errorsOf(id: string, variables?: Variables): Promise<string[]> {
  const { prompt, userErrors } = await duplicate(id, variables);
  expect(prompt === null).toBe(userErrors.length > 0);
  return userErrors.map(({ code, field }) => `${code} ${field?.join('.') ?? null}`);
}

const posts = () => gateway.sandbox.requests({ method: 'POST' });

describe('duplicating an unknown prompt', () => {
  it('duplicating an unknown prompt returns NOT_FOUND after the duplicate request', async () => {
    expect(await errorsOf('77', { overrides: { text: 'a dog' } })).toEqual(['NOT_FOUND id']);
    expect(calls(gateway.sandbox)).toEqual(['POST /prompts/77/duplicate']);
  });

  it('duplicating an unknown prompt returns NOT_FOUND after a read when imageIndex is set', async () => {
    expect(await errorsOf('77', { imageIndex: 0 })).toEqual(['NOT_FOUND id']);
    expect(calls(gateway.sandbox)).toEqual(['GET /prompts/77.json']);
  });

  it.each([['abc'], ['0'], ['-5'], ['../tunes'], ['']])(
    'duplicating an unknown prompt returns NOT_FOUND without a call for the malformed id "%s"',
    async (id) => {
      expect(await errorsOf(id, { overrides: { text: 'a dog' }, imageIndex: 0 })).toEqual(['NOT_FOUND id']);
      expect(calls(gateway.sandbox)).toEqual([]);
    },
  );

  it('duplicating an unknown prompt returns NOT_FOUND for a prompt of another account', async () => {
    expect(await errorsOf(original({ owner: 'other' }))).toEqual(['NOT_FOUND id']);
  });
});

describe('imageIndex', () => {
  it.each([[-1], [2], [2 ** 31 - 1]])('%i is INVALID for a prompt with two images', async (imageIndex) => {
    const id = original();
    expect(await errorsOf(id, { imageIndex })).toEqual(['INVALID imageIndex']);
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`]);
  });

  it.each<[what: string, partial: Original]>([
    ['is still rendering', { images: null }],
    ['has failed', { images: null, user_error: 'no face' }],
  ])('imageIndex is INVALID for a prompt that %s', async (_what, partial) => {
    const { userErrors } = await duplicate(original(partial), { imageIndex: 0 });
    expect(userErrors).toEqual([
      { code: 'INVALID', field: ['imageIndex'], message: expect.stringContaining('no images') },
    ]);
    expect(posts()).toEqual([]);
  });
});

describe('duplicate', () => {
  it.each<[what: string, partial: Original, overrides: PromptOverridesInput, errors: string[]]>([
    [
      'inpaintFaces when the original has no superResolution',
      { super_resolution: false },
      { inpaintFaces: true },
      ['INVALID overrides.inpaintFaces'],
    ],
    [
      'hiresFix when superResolution was never set',
      { super_resolution: null },
      { hiresFix: true },
      ['INVALID overrides.hiresFix'],
    ],
    [
      'superResolution cleared when the original has inpaintFaces',
      { super_resolution: true, inpaint_faces: true },
      { superResolution: null },
      ['INVALID overrides.superResolution'],
    ],
    [
      'superResolution switched off when the original has inpaintFaces and hiresFix',
      { super_resolution: true, inpaint_faces: true, hires_fix: true },
      { superResolution: false },
      ['INVALID overrides.superResolution', 'INVALID overrides.superResolution'],
    ],
    [
      'the input image cleared when the original has a controlnet',
      { controlnet: 'pose', input_image_url: 'https://example.com/a.png' },
      { inputImage: null },
      ['INVALID overrides.inputImage'],
    ],
  ])('a duplicate with %s is rejected before it is sent', async (_what, partial, overrides, errors) => {
    const id = original(partial);
    expect(await errorsOf(id, { overrides })).toEqual(errors);
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`]);
  });

  it.each<[what: string, partial: Original, overrides: PromptOverridesInput]>([
    [
      'inpaintFaces when the original has superResolution',
      { super_resolution: true },
      { inpaintFaces: true },
    ],
    [
      'superResolution cleared together with the fields that need it',
      { super_resolution: true, inpaint_faces: true, hires_fix: true },
      { superResolution: null, inpaintFaces: null, hiresFix: false },
    ],
    [
      'a controlnet when the original has an image',
      { input_image_url: 'https://example.com/a.png' },
      { controlnet: 'TILE' },
    ],
  ])('a duplicate with %s is accepted', async (_what, partial, overrides) => {
    expect(await errorsOf(original(partial), { overrides })).toEqual([]);
    expect(posts()).toHaveLength(1);
  });

  it('a duplicate with a controlnet but no image is rejected by Astria', async () => {
    const id = original({ input_image_url: null });
    expect(await errorsOf(id, { overrides: { controlnet: 'TILE' } })).toEqual([
      'UPSTREAM_REJECTED overrides.controlnet',
    ]);
    expect(calls(gateway.sandbox)).toEqual([`POST /prompts/${id}/duplicate`]);
  });
});

describe('user errors of a duplicate', () => {
  it('the user errors of a duplicate include REQUIRED for a text that is cleared or empty', async () => {
    const id = original();
    expect(await errorsOf(id, { overrides: { text: null } })).toEqual(['REQUIRED overrides.text']);
    expect(await errorsOf(id, { overrides: { text: ' ' } })).toEqual(['REQUIRED overrides.text']);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it('the user errors of a duplicate are reported together, including those of files and of imageIndex', async () => {
    const id = original();
    const { data } = await postForm(
      gateway.url,
      uploadForm(
        `${DuplicatePromptDocument}`,
        {
          id,
          imageIndex: 5,
          overrides: {
            text: null,
            steps: 51,
            inpaintFaces: true,
            inputImage: { upload: null },
            maskImage: { url: 'nowhere' },
          },
        },
        {
          'variables.overrides.inputImage.upload': {
            bytes: Buffer.from(NO_PICTURES.pdf ?? ''),
            filename: 'a.png',
          },
        },
      ),
    );
    const userErrors = at(data, 'duplicatePrompt.userErrors');
    if (!Array.isArray(userErrors)) throw new Error('no userErrors');
    const errors = userErrors.map((error) => `${at(error, 'code')} ${String(at(error, 'field'))}`);
    expect(errors.sort()).toEqual([
      'INVALID imageIndex',
      'INVALID overrides,inpaintFaces',
      'INVALID overrides,maskImage,url',
      'INVALID overrides,steps',
      'REQUIRED overrides,text',
      'UNSUPPORTED_MEDIA overrides,inputImage,upload',
    ]);
    expect(posts()).toEqual([]);
  });

  it('the user errors of a duplicate of Astria have paths under overrides', async () => {
    gateway.sandbox.addFault({
      upstream: 'astria',
      kind: 'status',
      path: '/prompts/*/duplicate',
      status: 422,
      body: { num_images: ['is too many'], image_index: ['is taken'] },
    });
    const { userErrors } = await duplicate(original(), { imageIndex: 0 });
    expect(userErrors).toMatchObject([
      {
        code: 'UPSTREAM_REJECTED',
        field: ['overrides', 'numImages'],
        message: 'Field "numImages" is too many.',
      },
      { code: 'UPSTREAM_REJECTED' },
    ]);
  });
});

describe('duplicate during an upstream failure', () => {
  it.each<[kind: FaultKind, isFound: boolean]>([
    ['504-after', true],
    ['drop-after', true],
    ['drop-before', false],
    ['broken-json', true],
  ])(
    'a duplicate during an upstream failure is searched for and never sent again (%s)',
    async (kind, isFound) => {
      const id = original();
      gateway.sandbox.addFault({ upstream: 'astria', kind, path: '/prompts/*/duplicate' });
      expect(await errorsOf(id)).toEqual(isFound ? [] : ['OUTCOME_UNKNOWN null']);
      expect(posts()).toHaveLength(1);
    },
  );

  it('a duplicate during an upstream failure is not sent when the read of its original fails', async () => {
    const id = original();
    gateway.sandbox.addFault({ upstream: 'astria', kind: '500', method: 'GET', times: 0 });
    const { data, errors } = await gateway.graphql(`${DuplicatePromptDocument}`, { id, imageIndex: 0 });
    expect(at(data, 'duplicatePrompt')).toBeNull();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(posts()).toEqual([]);
  });
});
