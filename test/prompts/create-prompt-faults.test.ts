import { expect, it } from '@jest/globals';
import type { CreatePromptInput } from '../../src/graphql/__generated__/resolvers.js';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { calls } from '../support/gateway.js';

const TUNE = '2690418';
const IMAGE = { url: 'https://example.com/in.png' };

const gateway = describeGateway();

/** Returns the user errors as `CODE path.to.field`. */
async function errorsOf(input: CreatePromptInput, tuneId = TUNE): Promise<string[]> {
  const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId, input });
  if (!createPrompt) throw new Error('There is no payload.');
  const { prompt, userErrors } = createPrompt;
  expect(prompt === null).toBe(userErrors.length > 0);
  return userErrors.map(({ code, message, field }) => {
    expect(message).toMatch(/\w{3}/);
    return `${code} ${field?.join('.') ?? null}`;
  });
}

it.each<[input: CreatePromptInput, error: string]>([
  [{ text: null }, 'REQUIRED input.text'],
  [{ text: '' }, 'REQUIRED input.text'],
  [{ text: '  ' }, 'REQUIRED input.text'],
  [{ callback: 'ftp://example.com' }, 'INVALID input.callback'],
  [{ callback: 'no address' }, 'INVALID input.callback'],
  [{ numImages: 0 }, 'INVALID input.numImages'],
  [{ numImages: 9 }, 'INVALID input.numImages'],
  [{ seed: -1 }, 'INVALID input.seed'],
  [{ seed: 2 ** 32 + 1 }, 'INVALID input.seed'],
  [{ cfgScale: -0.5 }, 'INVALID input.cfgScale'],
  [{ cfgScale: 15.1 }, 'INVALID input.cfgScale'],
  [{ steps: -1 }, 'INVALID input.steps'],
  [{ steps: 51 }, 'INVALID input.steps'],
  [{ width: 513 }, 'INVALID input.width'],
  [{ width: 0 }, 'INVALID input.width'],
  [{ height: 4 }, 'INVALID input.height'],
  [{ height: -8 }, 'INVALID input.height'],
  [{ backendVersion: -1 }, 'INVALID input.backendVersion'],
  [{ backendVersion: 2 }, 'INVALID input.backendVersion'],
  [{ denoisingStrength: 1.1 }, 'INVALID input.denoisingStrength'],
  [{ controlnetConditioningScale: -0.1 }, 'INVALID input.controlnetConditioningScale'],
  [{ inpaintFaces: true }, 'INVALID input.inpaintFaces'],
  [{ hiresFix: true, superResolution: false }, 'INVALID input.hiresFix'],
  [{ controlnet: 'CANNY' }, 'INVALID input.controlnet'],
  [{ maskImage: IMAGE }, 'INVALID input.maskImage'],
  [{ inputImage: { url: 'file:///etc/passwd' } }, 'INVALID input.inputImage.url'],
  [{ inputImage: { url: '' } }, 'INVALID input.inputImage.url'],
  [{ inputImage: IMAGE, maskImage: { url: 'x' } }, 'INVALID input.maskImage.url'],
])('the input %j is rejected before anything is sent', async (input, error) => {
  expect(await errorsOf({ text: 'a cat', ...input })).toEqual([error]);
  expect(calls(gateway.sandbox)).toEqual([]);
});

it.each<[input: CreatePromptInput]>([
  [{ seed: 0 }],
  [{ seed: 4294967296 }],
  [{ steps: 50 }],
  [{ cfgScale: 15 }],
  [{ width: 8, height: 2048 }],
  [{ backendVersion: 0 }],
  [{ backendVersion: 1 }],
  [{ numImages: 1 }],
  [{ denoisingStrength: 1, controlnetConditioningScale: 1 }],
  [{ inpaintFaces: false, hiresFix: false }],
])('the input %j is accepted by the gateway and by Astria', async (input) => {
  expect(await errorsOf({ text: 'a cat', ...input })).toEqual([]);
});

it('createPrompt reports all errors of an input together, including that of the tune', async () => {
  const errors = await errorsOf(
    {
      text: ' ',
      callback: 'nowhere',
      numImages: 0,
      seed: -1,
      cfgScale: 16,
      steps: 99,
      width: 3,
      height: 9,
      backendVersion: 7,
      denoisingStrength: 2,
      controlnetConditioningScale: 2,
      inpaintFaces: true,
      hiresFix: true,
      controlnet: 'QR',
      maskImage: { url: 'gopher://example.com' },
    },
    'not-a-number',
  );
  expect(errors.sort()).toEqual(
    [
      'NOT_FOUND tuneId',
      'REQUIRED input.text',
      ...['callback', 'numImages', 'seed', 'cfgScale', 'steps', 'width', 'height', 'backendVersion'].map(
        (name) => `INVALID input.${name}`,
      ),
      ...['denoisingStrength', 'controlnetConditioningScale', 'inpaintFaces', 'hiresFix'].map(
        (name) => `INVALID input.${name}`,
      ),
      ...['controlnet', 'maskImage', 'maskImage.url'].map((name) => `INVALID input.${name}`),
    ].sort(),
  );
  expect(calls(gateway.sandbox)).toEqual([]);
});

it('createPrompt reports NOT_FOUND for an unknown tune', async () => {
  expect(await errorsOf({ text: 'a cat' }, '77')).toEqual(['NOT_FOUND tuneId']);
  expect(calls(gateway.sandbox)).toEqual(['POST /tunes/77/prompts']);
});

it('createPrompt reports NOT_FOUND for a tune of another account', async () => {
  expect(await errorsOf({ text: 'a cat' }, '2310054')).toEqual(['NOT_FOUND tuneId']);
});

it.each([['abc'], ['0'], ['-1'], ['1.5'], ['1e3'], [''], ['..'], ['2690418/../2690418'], ['9'.repeat(400)]])(
  'createPrompt reports NOT_FOUND without a call for the malformed tune id "%s"',
  async (tuneId) => {
    expect(await errorsOf({ text: 'a cat' }, tuneId)).toEqual(['NOT_FOUND tuneId']);
    expect(calls(gateway.sandbox)).toEqual([]);
  },
);

it.each<[what: string, input: Record<string, unknown>]>([
  ['an unknown enum value', { text: 'a cat', style: 'Digital Art' }],
  ['a seed that is not an integer', { text: 'a cat', seed: 1.5 }],
  ['a seed beyond 53 bits', { text: 'a cat', seed: 1e300 }],
  ['an unknown field', { text: 'a cat', videoModel: 'x' }],
  ['an image with neither a file nor a URL', { text: 'a cat', inputImage: {} }],
  ['a null URL', { text: 'a cat', inputImage: { url: null } }],
  [
    'an image with both a URL and a file',
    { text: 'a cat', inputImage: { url: 'https://example.com', upload: null } },
  ],
  ['a string for a file', { text: 'a cat', inputImage: { upload: 'data:image/png;base64,iVBO' } }],
  ['an object for a file', { text: 'a cat', inputImage: { upload: { file: {}, promise: 1 } } }],
  ['a number for a URL', { text: 'a cat', inputImage: { url: 5 } }],
])('GraphQL validation rejects %s', async (_what, input) => {
  const { status, errors } = await gateway.graphql(`${CreatePromptDocument}`, { tuneId: TUNE, input });
  expect(status).toBe(400);
  expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
  expect(calls(gateway.sandbox)).toEqual([]);
});
