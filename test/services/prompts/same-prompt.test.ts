import { describe, expect, it } from '@jest/globals';
import type { Prompt } from '../../../src/domain/prompt.js';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import { type Expected, isSame } from '../../../src/services/prompts/same-prompt.js';
import { prompt as decoder } from '../../../src/upstream/astria/decoders.js';

const CREATED = '2026-08-01T12:00:00.000Z';
const wire = { id: 7, tune_id: 5, created_at: CREATED, text: 'a cat', seed: 3 };
const prompt = (given: Record<string, unknown> = {}): Prompt => decoder.parse({ ...wire, ...given });
const expected = (attributes: Expected['attributes'], given: Partial<Expected> = {}): Expected => ({
  tuneId: '5',
  attributes,
  since: Date.parse(CREATED) - 1000,
  newerThan: null,
  ...given,
});

describe('a prompt is the one that is expected', () => {
  it.each<[string, Record<string, unknown>, Expected['attributes']]>([
    ['with the same attributes', {}, { text: 'a cat', seed: 3 }],
    ['with attributes of which nothing was said', { steps: 30 }, { text: 'a cat' }],
    [
      'with a number of 32 bits',
      { denoising_strength: 0.800000011920929 },
      { text: 'a cat', denoisingStrength: 0.8 },
    ],
    ['with blanks and ends of lines changed', { text: 'a\ncat' }, { text: ' a\r\ncat\n' }],
    ['with no for not set', { super_resolution: null }, { text: 'a cat', superResolution: false }],
    ['with empty for cleared', { negative_prompt: '' }, { text: 'a cat', negativePrompt: null }],
    ['that does not tell an attribute', { seed: undefined }, { text: 'a cat', seed: 9 }],
    [
      'that tells one in a way that cannot be read',
      { style: 'Unheard of' },
      { text: 'a cat', style: 'CINEMATIC' },
    ],
  ])('%s', (_what, given, attributes) => {
    expect(isSame(prompt(given), expected(attributes))).toBe(true);
  });
});

describe('a prompt is not the one that is expected', () => {
  it.each<[string, Record<string, unknown>, Partial<Expected>]>([
    ['with another text', { text: 'a dog' }, {}],
    ['with another case', { text: 'A cat' }, {}],
    ['with another seed', { seed: 4 }, {}],
    ['with no seed', { seed: null }, {}],
    ['of another tune', { tune_id: 6 }, {}],
    ['that is older', { created_at: '2026-08-01T11:59:58.000Z' }, {}],
    ['of which it is not known when it was created', { created_at: null }, {}],
    ['that is not newer than its original', {}, { newerThan: '7' }],
  ])('%s', (_what, given, more) => {
    expect(isSame(prompt(given), expected({ text: 'a cat', seed: 3 }, more))).toBe(false);
  });

  it('whose creation time cannot be read', () => {
    const odd: Prompt = { ...prompt(), createdAt: new UpstreamError('astria', 'BAD_RESPONSE', 'odd') };
    expect(isSame(odd, expected({ text: 'a cat' }))).toBe(false);
  });
});
