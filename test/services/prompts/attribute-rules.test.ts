import { describe, expect, it } from '@jest/globals';
import { parseHttpUrl } from '../../../src/domain/url.js';
import {
  checkAttributes,
  type Inherited,
  needsOriginal,
  type PromptInput,
} from '../../../src/services/prompts/attribute-rules.js';

const ADDRESS = { url: 'https://images.example.com/a.png' };

function faults(input: PromptInput): string[] {
  return checkAttributes({ text: 'a cat', ...input }, ['input'], undefined).map(
    ({ code, field }) => `${code} ${field?.join('.')}`,
  );
}

describe('the bounds of numbers', () => {
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
  ])('of %s', (field, inside, outside) => {
    for (const value of inside) expect([value, faults({ [field]: value })]).toEqual([value, []]);
    for (const value of outside) {
      expect([value, faults({ [field]: value })]).toEqual([value, [`INVALID input.${field}`]]);
    }
    expect(faults({ [field]: null })).toEqual([]);
  });

  it('are named in the message', () => {
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

describe('the text', () => {
  it.each<[what: string, text: string | null | undefined]>([
    ['omitted', undefined],
    ['null', null],
    ['empty', ''],
    ['blank', ' \n\t '],
  ])('is required of a create: %s', (_what, text) => {
    expect(checkAttributes({ text }, ['input'], undefined)).toEqual([
      { code: 'REQUIRED', field: ['input', 'text'], message: expect.stringMatching(/^Field "text" /) },
    ]);
  });

  it('may be omitted by a duplicate, and not be cleared', () => {
    const codes = (text: string | null | undefined) =>
      checkAttributes({ text }, ['overrides'], null).map(({ code }) => code);
    expect(codes(undefined)).toEqual([]);
    expect(codes(null)).toEqual(['REQUIRED']);
    expect(codes(' ')).toEqual(['REQUIRED']);
  });
});

describe('addresses', () => {
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
  ])('%s', (text, isAddress) => {
    expect(parseHttpUrl(text) !== null).toBe(isAddress);
    expect(faults({ callback: text })).toEqual(isAddress ? [] : ['INVALID input.callback']);
  });
});

describe('dependencies of a create', () => {
  it.each<[what: string, input: PromptInput, expected: string[]]>([
    ['inpaintFaces alone', { inpaintFaces: true }, ['INVALID input.inpaintFaces']],
    ['hiresFix alone', { hiresFix: true }, ['INVALID input.hiresFix']],
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
    ['false ones alone', { inpaintFaces: false, hiresFix: false }, []],
    ['controlnet alone', { controlnet: 'POSE' }, ['INVALID input.controlnet']],
    ['controlnet with a null image', { controlnet: 'POSE', inputImage: null }, ['INVALID input.controlnet']],
    ['controlnet with an image', { controlnet: 'POSE', inputImage: ADDRESS }, []],
    ['a null controlnet', { controlnet: null }, []],
    ['a mask alone', { maskImage: ADDRESS }, ['INVALID input.maskImage']],
    ['a mask with an image', { maskImage: ADDRESS, inputImage: ADDRESS }, []],
    ['an image alone', { inputImage: ADDRESS }, []],
  ])('%s', (_what, input, expected) => {
    expect(faults(input)).toEqual(expected);
  });
});

describe('dependencies of a duplicate', () => {
  const has: Inherited = { superResolution: true, inpaintFaces: true, hiresFix: false, controlnet: 'POSE' };
  const hasNot: Inherited = { superResolution: false, inpaintFaces: null, hiresFix: null, controlnet: null };

  it.each<[what: string, overrides: PromptInput, original: Inherited | null, expected: string[]]>([
    ['inpaintFaces where superResolution is inherited', { inpaintFaces: true }, has, []],
    ['inpaintFaces where it is not', { inpaintFaces: true }, hasNot, ['overrides.inpaintFaces']],
    ['inpaintFaces where the original does not tell', { inpaintFaces: true }, {}, []],
    ['inpaintFaces with superResolution', { inpaintFaces: true, superResolution: true }, hasNot, []],
    [
      'clearing superResolution under inpaintFaces',
      { superResolution: null },
      has,
      ['overrides.superResolution'],
    ],
    ['the same with false', { superResolution: false }, has, ['overrides.superResolution']],
    ['clearing both', { superResolution: null, inpaintFaces: null }, has, []],
    ['clearing superResolution where nothing needs it', { superResolution: null }, hasNot, []],
    ['clearing the image under a controlnet', { inputImage: null }, has, ['overrides.inputImage']],
    ['clearing both of them', { inputImage: null, controlnet: null }, has, []],
    ['a controlnet on images that are not known', { controlnet: 'QR' }, hasNot, []],
    [
      'a mask while the image is cleared',
      { maskImage: ADDRESS, inputImage: null },
      hasNot,
      ['overrides.maskImage'],
    ],
    ['nothing', {}, null, []],
  ])('%s', (_what, overrides, original, expected) => {
    const found = checkAttributes(overrides, ['overrides'], original);
    expect(found.map(({ field }) => field?.join('.'))).toEqual(expected);
  });

  it.each<[what: string, overrides: PromptInput, needs: boolean]>([
    ['nothing', {}, false],
    ['text', { text: 'a dog', seed: 1, negativePrompt: null }, false],
    ['inpaintFaces', { inpaintFaces: true }, true],
    ['inpaintFaces off', { inpaintFaces: false }, false],
    ['inpaintFaces cleared', { inpaintFaces: null }, false],
    ['inpaintFaces with superResolution', { inpaintFaces: true, superResolution: true }, false],
    ['superResolution on', { superResolution: true }, false],
    ['superResolution cleared', { superResolution: null }, true],
    ['superResolution off', { superResolution: false }, true],
    ['all three cleared', { superResolution: null, inpaintFaces: null, hiresFix: false }, false],
    ['controlnet: what images there are, the original does not tell', { controlnet: 'POSE' }, false],
    ['inputImage cleared', { inputImage: null }, true],
    ['inputImage', { inputImage: ADDRESS, maskImage: ADDRESS, controlnet: 'HED' }, false],
  ])('the original is needed, or not, for %s', (_what, overrides, needs) => {
    expect(needsOriginal(overrides)).toBe(needs);
  });
});

it('finds all faults at once, under the path that it is given', () => {
  const found = checkAttributes(
    { text: '', callback: 'nonsense', numImages: 9, steps: 51, hiresFix: true, controlnet: 'QR' },
    ['some', 'where'],
    undefined,
  );
  expect(found.map(({ field }) => field?.join('.'))).toEqual(
    ['text', 'callback', 'numImages', 'steps', 'hiresFix', 'controlnet'].map((name) => `some.where.${name}`),
  );
});
