import { describe, expect, it } from '@jest/globals';
import { parseHttpUrl } from '../../../src/domain/url.js';
import {
  checkAttributes,
  type Inherited,
  needsOriginal,
  type PromptInput,
} from '../../../src/services/prompts/attribute-rules.js';

const IMAGE_URL = { url: 'https://images.example.com/a.png' };

function errors(input: PromptInput): string[] {
  return checkAttributes({ text: 'a cat', ...input }, ['input'], undefined).map(
    ({ code, field }) => `${code} ${field?.join('.')}`,
  );
}

describe('bounds of a number', () => {
  it.each<[field: keyof PromptInput, inside: number[], outside: number[]]>([
    ['numImages', [1, 8], [0, 9, -1]],
    ['seed', [0, 2 ** 31, 2 ** 32], [-1, 2 ** 32 + 1]],
    ['cfgScale', [0, 7.5, 15], [-0.1, 15.1]],
    ['steps', [0, 50], [-1, 51]],
    ['width', [8, 512, 4096], [0, 7, 12, 513, -8]],
    ['height', [8, 512, 4096], [0, 7, 12, 513, -8]],
    ['backendVersion', [0, 1], [2, -1]],
    ['denoisingStrength', [0, 0.8, 1], [-0.01, 1.01]],
    ['controlnetConditioningScale', [0, 0.5, 1], [-0.01, 1.01]],
  ])('the bounds of a number apply to %s', (field, inside, outside) => {
    for (const value of inside) expect([value, errors({ [field]: value })]).toEqual([value, []]);
    for (const value of outside) {
      expect([value, errors({ [field]: value })]).toEqual([value, [`INVALID input.${field}`]]);
    }
    expect(errors({ [field]: null })).toEqual([]);
  });

  it('the bounds of a number appear in the error message', () => {
    const messages = checkAttributes(
      { text: 'a cat', seed: -1, width: 4, height: 12, backendVersion: 2 },
      [],
      undefined,
    );
    expect(messages.map(({ message }) => message)).toEqual([
      'Field "seed" must be between 0 and 4294967296.',
      'Field "width" must be at least 8.',
      'Field "height" must be a multiple of 8.',
      'Field "backendVersion" must be between 0 and 1.',
    ]);
  });
});

describe('text of a prompt', () => {
  it.each<[what: string, text: string | null | undefined]>([
    ['omitted', undefined],
    ['null', null],
    ['empty', ''],
    ['blank', ' \n\t '],
  ])('the text of a prompt is required in a create request (%s)', (_what, text) => {
    expect(checkAttributes({ text }, ['input'], undefined)).toEqual([
      { code: 'REQUIRED', field: ['input', 'text'], message: expect.stringMatching(/^Field "text" /) },
    ]);
  });

  it('the text of a prompt may be omitted in a duplicate request but not cleared', () => {
    const codes = (text: string | null | undefined) =>
      checkAttributes({ text }, ['overrides'], null).map(({ code }) => code);
    expect(codes(undefined)).toEqual([]);
    expect(codes(null)).toEqual(['REQUIRED']);
    expect(codes(' ')).toEqual(['REQUIRED']);
  });
});

describe('the callback URL', () => {
  it.each([
    ['http://example.com', true],
    ['https://example.com/a?b=c', true],
    ['HTTPS://example.com', true],
    ['ftp://example.com', false],
    ['javascript:alert(1)', false],
    ['data:image/png;base64,AAAA', false],
    ['//example.com/a', false],
    ['example.com', false],
    ['http://', false],
    ['', false],
  ])('"%s" is valid: %s', (text, isUrl) => {
    expect(parseHttpUrl(text) !== null).toBe(isUrl);
    expect(errors({ callback: text })).toEqual(isUrl ? [] : ['INVALID input.callback']);
  });
});

describe('create request', () => {
  it.each<[what: string, input: PromptInput, expected: string[]]>([
    ['only inpaintFaces', { inpaintFaces: true }, ['INVALID input.inpaintFaces']],
    ['only hiresFix', { hiresFix: true }, ['INVALID input.hiresFix']],
    [
      'inpaintFaces with a false superResolution',
      { inpaintFaces: true, superResolution: false },
      ['INVALID input.inpaintFaces'],
    ],
    [
      'both with a null superResolution',
      { inpaintFaces: true, hiresFix: true, superResolution: null },
      ['INVALID input.inpaintFaces', 'INVALID input.hiresFix'],
    ],
    ['both with superResolution', { inpaintFaces: true, hiresFix: true, superResolution: true }, []],
    ['only false values', { inpaintFaces: false, hiresFix: false }, []],
    ['only controlnet', { controlnet: 'POSE' }, ['INVALID input.controlnet']],
    ['controlnet with a null image', { controlnet: 'POSE', inputImage: null }, ['INVALID input.controlnet']],
    ['controlnet with an image', { controlnet: 'POSE', inputImage: IMAGE_URL }, []],
    ['a null controlnet', { controlnet: null }, []],
    ['only a mask', { maskImage: IMAGE_URL }, ['INVALID input.maskImage']],
    ['a mask with an image', { maskImage: IMAGE_URL, inputImage: IMAGE_URL }, []],
    ['only an image', { inputImage: IMAGE_URL }, []],
  ])('a create request with %s and the values %j has the errors %j', (_what, input, expected) => {
    expect(errors(input)).toEqual(expected);
  });
});

describe('duplicate request', () => {
  const has: Inherited = { superResolution: true, inpaintFaces: true, hiresFix: false, controlnet: 'POSE' };
  const hasNot: Inherited = { superResolution: false, inpaintFaces: null, hiresFix: null, controlnet: null };

  it.each<[what: string, overrides: PromptInput, original: Inherited | null, expected: string[]]>([
    ['inpaintFaces and an inherited superResolution', { inpaintFaces: true }, has, []],
    [
      'inpaintFaces and no inherited superResolution',
      { inpaintFaces: true },
      hasNot,
      ['overrides.inpaintFaces'],
    ],
    ['inpaintFaces and an unknown original', { inpaintFaces: true }, {}, []],
    ['inpaintFaces with superResolution', { inpaintFaces: true, superResolution: true }, hasNot, []],
    [
      'a null superResolution and an inherited inpaintFaces',
      { superResolution: null },
      has,
      ['overrides.superResolution'],
    ],
    [
      'a false superResolution and an inherited inpaintFaces',
      { superResolution: false },
      has,
      ['overrides.superResolution'],
    ],
    ['a null superResolution and inpaintFaces', { superResolution: null, inpaintFaces: null }, has, []],
    ['a null superResolution that nothing needs', { superResolution: null }, hasNot, []],
    ['a null image and an inherited controlnet', { inputImage: null }, has, ['overrides.inputImage']],
    ['a null image and controlnet', { inputImage: null, controlnet: null }, has, []],
    ['a controlnet and unknown images', { controlnet: 'QR' }, hasNot, []],
    ['a mask and a null image', { maskImage: IMAGE_URL, inputImage: null }, hasNot, ['overrides.maskImage']],
    ['no overrides', {}, null, []],
  ])(
    'a duplicate request with %s is checked against its original',
    (_what, overrides, original, expected) => {
      const found = checkAttributes(overrides, ['overrides'], original);
      expect(found.map(({ field }) => field?.join('.'))).toEqual(expected);
    },
  );

  it.each<[what: string, overrides: PromptInput, needs: boolean]>([
    ['no overrides', {}, false],
    ['a text', { text: 'a dog', seed: 1, negativePrompt: null }, false],
    ['inpaintFaces', { inpaintFaces: true }, true],
    ['a false inpaintFaces', { inpaintFaces: false }, false],
    ['a null inpaintFaces', { inpaintFaces: null }, false],
    ['inpaintFaces with superResolution', { inpaintFaces: true, superResolution: true }, false],
    ['a true superResolution', { superResolution: true }, false],
    ['a null superResolution', { superResolution: null }, true],
    ['a false superResolution', { superResolution: false }, true],
    ['all three fields cleared', { superResolution: null, inpaintFaces: null, hiresFix: false }, false],
    ['a controlnet, since the original does not show its images', { controlnet: 'POSE' }, false],
    ['a null inputImage', { inputImage: null }, true],
    ['inputImage', { inputImage: IMAGE_URL, maskImage: IMAGE_URL, controlnet: 'HED' }, false],
  ])('a duplicate request with %s needs its original: %j, %s', (_what, overrides, needs) => {
    expect(needsOriginal(overrides)).toBe(needs);
  });
});

it('checkAttributes reports all errors together under the given path', () => {
  const found = checkAttributes(
    { text: '', callback: 'nonsense', numImages: 9, steps: 51, hiresFix: true, controlnet: 'QR' },
    ['some', 'where'],
    undefined,
  );
  expect(found.map(({ field }) => field?.join('.'))).toEqual(
    ['text', 'callback', 'numImages', 'steps', 'hiresFix', 'controlnet'].map((name) => `some.where.${name}`),
  );
});
