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

/** The faults as `CODE path.to.field`. */
async function faultsOf(id: string, variables?: Variables): Promise<string[]> {
  const { prompt, userErrors } = await duplicate(id, variables);
  expect(prompt === null).toBe(userErrors.length > 0);
  return userErrors.map(({ code, field }) => `${code} ${field?.join('.') ?? null}`);
}

const posts = () => gateway.sandbox.requests({ method: 'POST' });

describe('a prompt that is not there', () => {
  it('is found out by the duplicate itself', async () => {
    expect(await faultsOf('77', { overrides: { text: 'a dog' } })).toEqual(['NOT_FOUND id']);
    expect(calls(gateway.sandbox)).toEqual(['POST /prompts/77/duplicate']);
  });

  it('or by the read before it', async () => {
    expect(await faultsOf('77', { imageIndex: 0 })).toEqual(['NOT_FOUND id']);
    expect(calls(gateway.sandbox)).toEqual(['GET /prompts/77.json']);
  });

  it.each([['abc'], ['0'], ['-5'], ['../tunes'], ['']])('or by its id: %s', async (id) => {
    expect(await faultsOf(id, { overrides: { text: 'a dog' }, imageIndex: 0 })).toEqual(['NOT_FOUND id']);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it('or is somebody else’s', async () => {
    expect(await faultsOf(original({ owner: 'other' }))).toEqual(['NOT_FOUND id']);
  });
});

describe('imageIndex', () => {
  it.each([[-1], [2], [2 ** 31 - 1]])('%i is none of two images', async (imageIndex) => {
    const id = original();
    expect(await faultsOf(id, { imageIndex })).toEqual(['INVALID imageIndex']);
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`]);
  });

  it.each<[what: string, partial: Original]>([
    ['still renders', { images: null }],
    ['has failed', { images: null, user_error: 'no face' }],
  ])('cannot name an image of a prompt that %s', async (_what, partial) => {
    const { userErrors } = await duplicate(original(partial), { imageIndex: 0 });
    expect(userErrors).toEqual([
      { code: 'INVALID', field: ['imageIndex'], message: expect.stringContaining('no images') },
    ]);
    expect(posts()).toEqual([]);
  });
});

describe('dependencies', () => {
  it.each<[what: string, partial: Original, overrides: PromptOverridesInput, faults: string[]]>([
    [
      'inpaintFaces where the original has no superResolution',
      { super_resolution: false },
      { inpaintFaces: true },
      ['INVALID overrides.inpaintFaces'],
    ],
    [
      'hiresFix where superResolution was never set',
      { super_resolution: null },
      { hiresFix: true },
      ['INVALID overrides.hiresFix'],
    ],
    [
      'clearing superResolution where the original has inpaintFaces',
      { super_resolution: true, inpaint_faces: true },
      { superResolution: null },
      ['INVALID overrides.superResolution'],
    ],
    [
      'switching superResolution off where the original has both',
      { super_resolution: true, inpaint_faces: true, hires_fix: true },
      { superResolution: false },
      ['INVALID overrides.superResolution', 'INVALID overrides.superResolution'],
    ],
    [
      'clearing the input image where the original has a controlnet',
      { controlnet: 'pose', input_image_url: 'https://example.com/a.png' },
      { inputImage: null },
      ['INVALID overrides.inputImage'],
    ],
  ])('%s: a fault, found before anything is sent', async (_what, partial, overrides, faults) => {
    const id = original(partial);
    expect(await faultsOf(id, { overrides })).toEqual(faults);
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`]);
  });

  it.each<[what: string, partial: Original, overrides: PromptOverridesInput]>([
    [
      'inpaintFaces where the original has superResolution',
      { super_resolution: true },
      { inpaintFaces: true },
    ],
    [
      'clearing superResolution together with what needs it',
      { super_resolution: true, inpaint_faces: true, hires_fix: true },
      { superResolution: null, inpaintFaces: null, hiresFix: false },
    ],
    [
      'a controlnet where the original has an image',
      { input_image_url: 'https://example.com/a.png' },
      { controlnet: 'TILE' },
    ],
  ])('%s: fine', async (_what, partial, overrides) => {
    expect(await faultsOf(original(partial), { overrides })).toEqual([]);
    expect(posts()).toHaveLength(1);
  });

  it('that only Astria can judge are judged by Astria', async () => {
    const id = original({ input_image_url: null });
    expect(await faultsOf(id, { overrides: { controlnet: 'TILE' } })).toEqual([
      'UPSTREAM_REJECTED overrides.controlnet',
    ]);
    expect(calls(gateway.sandbox)).toEqual([`POST /prompts/${id}/duplicate`]);
  });
});

describe('faults', () => {
  it('of the text: it cannot be cleared', async () => {
    const id = original();
    expect(await faultsOf(id, { overrides: { text: null } })).toEqual(['REQUIRED overrides.text']);
    expect(await faultsOf(id, { overrides: { text: ' ' } })).toEqual(['REQUIRED overrides.text']);
    expect(calls(gateway.sandbox)).toEqual([]);
  });

  it('are reported all together, a bad file’s and the index’ included', async () => {
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
    const faults = userErrors.map((fault) => `${at(fault, 'code')} ${String(at(fault, 'field'))}`);
    expect(faults.sort()).toEqual([
      'INVALID imageIndex',
      'INVALID overrides,inpaintFaces',
      'INVALID overrides,maskImage,url',
      'INVALID overrides,steps',
      'REQUIRED overrides,text',
      'UNSUPPORTED_MEDIA overrides,inputImage,upload',
    ]);
    expect(posts()).toEqual([]);
  });

  it('of Astria’s come under overrides', async () => {
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

describe('upstream faults', () => {
  it.each<[kind: FaultKind, isFound: boolean]>([
    ['504-after', true],
    ['drop-after', true],
    ['drop-before', false],
    ['broken-json', true],
  ])('%s: it is looked for, and never repeated', async (kind, isFound) => {
    const id = original();
    gateway.sandbox.addFault({ upstream: 'astria', kind, path: '/prompts/*/duplicate' });
    expect(await faultsOf(id)).toEqual(isFound ? [] : ['OUTCOME_UNKNOWN null']);
    expect(posts()).toHaveLength(1);
  });

  it('of the read before it: known, and nothing is sent', async () => {
    const id = original();
    gateway.sandbox.addFault({ upstream: 'astria', kind: '500', method: 'GET', times: 0 });
    const { data, errors } = await gateway.graphql(`${DuplicatePromptDocument}`, { id, imageIndex: 0 });
    expect(at(data, 'duplicatePrompt')).toBeNull();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(posts()).toEqual([]);
  });
});
