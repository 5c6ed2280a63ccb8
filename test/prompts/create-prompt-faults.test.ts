import { expect, it } from '@jest/globals';
import type { CreatePromptInput } from '../../src/graphql/__generated__/resolvers.js';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { calls } from '../support/gateway.js';

const TUNE = '2690418';
const ADDRESS = { url: 'https://example.com/in.png' };

const gateway = describeGateway();

/** The faults as `CODE path.to.field`. */
async function faultsOf(input: CreatePromptInput, tuneId = TUNE): Promise<string[]> {
  const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId, input });
  if (!createPrompt) throw new Error('There is no payload.');
  const { prompt, userErrors } = createPrompt;
  expect(prompt === null).toBe(userErrors.length > 0);
  return userErrors.map(({ code, message, field }) => {
    expect(message).toMatch(/\w{3}/);
    return `${code} ${field?.join('.') ?? null}`;
  });
}

it.each<[input: CreatePromptInput, fault: string]>([
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
  [{ maskImage: ADDRESS }, 'INVALID input.maskImage'],
  [{ inputImage: { url: 'file:///etc/passwd' } }, 'INVALID input.inputImage.url'],
  [{ inputImage: { url: '' } }, 'INVALID input.inputImage.url'],
  [{ inputImage: ADDRESS, maskImage: { url: 'x' } }, 'INVALID input.maskImage.url'],
])('%j is a fault, and nothing is sent', async (input, fault) => {
  expect(await faultsOf({ text: 'a cat', ...input })).toEqual([fault]);
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
])('%j is within the bounds, also in Astria’s eyes', async (input) => {
  expect(await faultsOf({ text: 'a cat', ...input })).toEqual([]);
});

it('reports all faults of an input together, the tune’s included', async () => {
  const faults = await faultsOf(
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
  expect(faults.sort()).toEqual(
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

it('reports a tune that does not exist', async () => {
  expect(await faultsOf({ text: 'a cat' }, '77')).toEqual(['NOT_FOUND tuneId']);
  expect(calls(gateway.sandbox)).toEqual(['POST /tunes/77/prompts']);
});

it('reports the tune of somebody else like one that does not exist', async () => {
  expect(await faultsOf({ text: 'a cat' }, '2310054')).toEqual(['NOT_FOUND tuneId']);
});

it.each([['abc'], ['0'], ['-1'], ['1.5'], ['1e3'], [''], ['..'], ['2690418/../2690418'], ['9'.repeat(400)]])(
  'asks nobody for a tune that cannot be one: %s',
  async (tuneId) => {
    expect(await faultsOf({ text: 'a cat' }, tuneId)).toEqual(['NOT_FOUND tuneId']);
    expect(calls(gateway.sandbox)).toEqual([]);
  },
);

it.each<[what: string, input: Record<string, unknown>]>([
  ['a word of no enum', { text: 'a cat', style: 'Digital Art' }],
  ['a seed that is no whole number', { text: 'a cat', seed: 1.5 }],
  ['a seed beyond 53 bits', { text: 'a cat', seed: 1e300 }],
  ['a field that there is not', { text: 'a cat', videoModel: 'x' }],
  ['neither a file nor an address', { text: 'a cat', inputImage: {} }],
  ['a null address', { text: 'a cat', inputImage: { url: null } }],
  ['an address and a file', { text: 'a cat', inputImage: { url: 'https://example.com', upload: null } }],
  ['text for a file', { text: 'a cat', inputImage: { upload: 'data:image/png;base64,iVBO' } }],
  ['an object for a file', { text: 'a cat', inputImage: { upload: { file: {}, promise: 1 } } }],
  ['a number for an address', { text: 'a cat', inputImage: { url: 5 } }],
])('GraphQL itself refuses %s', async (_what, input) => {
  const { status, errors } = await gateway.graphql(`${CreatePromptDocument}`, { tuneId: TUNE, input });
  expect(status).toBe(400);
  expect(new Set(errors?.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']));
  expect(calls(gateway.sandbox)).toEqual([]);
});
