import { describe, expect, it } from '@jest/globals';
import type { Prompt } from '../../../src/domain/prompt.js';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import { matchesCreate } from '../../../src/services/prompts/prompt-matcher.js';
import type { KnownPrompt, SentCreate } from '../../../src/storage/create-store.js';
import { prompt as decoder } from '../../../src/upstream/astria/decoders.js';
import { decoded } from '../../support/decoding.js';

const CREATED = '2026-08-01T12:00:00.500Z';
const wire = { id: 7, tune_id: 5, created_at: CREATED, text: 'a cat', seed: 3 };
const prompt = (given: Record<string, unknown> = {}): Prompt => decoded(decoder, { ...wire, ...given });
const SENT = Date.parse(CREATED) - 200;
const create = (
  attributes: KnownPrompt['attributes'],
  known: Partial<KnownPrompt> = {},
  given: Partial<SentCreate> = {},
): SentCreate => ({
  ...{ id: 'c', account: 'me', callback: null, sentAt: SENT, lostAt: null },
  known: { tuneId: '5', attributes, newerThan: null, images: 'none', ...known },
  ...given,
});
/** Compares a prompt with a create request, with equal clocks by default. */
const isIt = (one: Prompt, other: SentCreate, offset: number | null = 0) => matchesCreate(one, other, offset);

describe('a prompt matches its create request', () => {
  it.each<[string, Record<string, unknown>, KnownPrompt['attributes']]>([
    ['with the same attributes', {}, { text: 'a cat', seed: 3 }],
    ['with additional attributes', { steps: 30 }, { text: 'a cat' }],
    [
      'with a 32-bit number',
      { denoising_strength: 0.800000011920929 },
      { text: 'a cat', denoisingStrength: 0.8 },
    ],
    ['with changed spaces and line ends', { text: 'a\ncat' }, { text: ' a\r\ncat\n' }],
    ['with null instead of false', { super_resolution: null }, { text: 'a cat', superResolution: false }],
    [
      'with a default instead of null',
      { denoising_strength: 0.8 },
      { text: 'a cat', denoisingStrength: null },
    ],
    [
      'with null instead of an empty string',
      { negative_prompt: null },
      { text: 'a cat', negativePrompt: '' },
    ],
    ['without a visible callback', { callback: null }, { text: 'a cat', callback: 'https://example.com' }],
    ['without a visible attribute', { seed: undefined }, { text: 'a cat', seed: 9 }],
    ['with an unreadable attribute', { style: 7 }, { text: 'a cat', style: 'CINEMATIC' }],
  ])('%s', (_what, given, attributes) => {
    expect(isIt(prompt(given), create(attributes))).toBe(true);
  });
});

it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    'is returned unchanged',
    { video_model: 'a', pack: { b: 1, a: [2] } },
    { video_model: 'a', pack: { a: [2], b: 1 } },
  ],
  [
    'is returned as a number although it was sent as a string',
    { video_duration: 5 },
    { video_duration: '5' },
  ],
  ['is not returned', {}, { video_model: 'a', pack: { a: 1 } }],
  [
    'is a URL, which Astria may replace',
    { video_first_frame_url: 'https://b/' },
    { video_first_frame_url: 'https://a/' },
  ],
])('an extra attribute matches when it %s', (_when, echo, extra) => {
  expect(isIt(prompt(echo), create({ text: 'a cat' }, { extra }))).toBe(true);
});

describe('prompt does not match the create request', () => {
  it.each<[string, Record<string, unknown>, Partial<KnownPrompt>]>([
    ['with another text', { text: 'a dog' }, {}],
    ['with another case', { text: 'A cat' }, {}],
    ['with another seed', { seed: 4 }, {}],
    ['with another number of steps', { steps: 31 }, { attributes: { text: 'a cat', steps: 30 } }],
    ['with an adjacent large seed', { seed: 4294967295 }, { attributes: { seed: 4294967296 } }],
    ['with another fraction', { cfg_scale: 7.5001 }, { attributes: { cfgScale: 7.5 } }],
    [
      'with another callback',
      { callback: 'https://a.example' },
      { attributes: { callback: 'https://b.example' } },
    ],
    ['without a seed', { seed: null }, {}],
    ['with an unknown style', { style: 'Unheard of' }, { attributes: { style: 'CINEMATIC' } }],
    ['with another extra attribute', { video_model: 'b' }, { extra: { video_model: 'a' } }],
    ['with another extra object', { pack: { a: [1, 2] } }, { extra: { pack: { a: [1, 3] } } }],
    ['on another tune', { tune_id: 6 }, {}],
    ['if it is older than the request', { created_at: '2026-08-01T11:59:58.000Z' }, {}],
    ['without a creation time', { created_at: null }, {}],
    ['if it is not newer than its original', {}, { newerThan: '7' }],
  ])('%s', (_what, given, more) => {
    expect(isIt(prompt(given), create({ text: 'a cat', seed: 3 }, more))).toBe(false);
  });

  it('a prompt does not match the create request with an unreadable creation time', () => {
    const odd: Prompt = { ...prompt(), createdAt: new UpstreamError('astria', 'BAD_RESPONSE', 'odd') };
    expect(isIt(odd, create({ text: 'a cat' }))).toBe(false);
  });
});

describe('the creation time of a prompt', () => {
  const at = (ms: number, fraction = true) => {
    const iso = new Date(SENT + ms).toISOString();
    return prompt({ created_at: fraction ? iso : iso.replace(/\.\d+Z/, 'Z') });
  };
  const mine = create({ text: 'a cat' });

  it.each<[string, Prompt, SentCreate, number | null, boolean]>([
    ['matches after the request', at(1), mine, 0, true],
    ['does not match before the request', at(-1), mine, 0, false],
    ['matches without milliseconds, in the second of the request', at(100, false), mine, 0, true],
    ['matches after the request, by a clock that is three minutes ahead', at(180_001), mine, 180_000, true],
    [
      'does not match before the request, by a clock that is three minutes ahead',
      at(179_000),
      mine,
      180_000,
      false,
    ],
    [
      'matches after the request, by a clock that is three minutes behind',
      at(-179_900),
      mine,
      -180_000,
      true,
    ],
    ['matches just before the request, by an unknown clock', at(-900), mine, null, true],
    [
      'does not match long after the response was lost',
      at(60_000),
      create({}, {}, { lostAt: SENT + 1000 }),
      0,
      false,
    ],
    [
      'matches soon after the response was lost',
      at(20_000),
      create({}, {}, { lostAt: SENT + 1000 }),
      0,
      true,
    ],
    ['does not match long after a request with an unknown end', at(600_000), mine, 0, false],
  ])('%s', (_what, one, other, offset, expected) => {
    expect(isIt(one, other, offset)).toBe(expected);
  });
});
