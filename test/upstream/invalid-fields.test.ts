import { describe, expect, it } from '@jest/globals';
import { ExactNumber } from '../../src/domain/exact-number.js';
import { RAW } from '../../src/domain/prompt.js';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import * as astria from '../../src/upstream/astria/decoders.js';
import type { Decoder } from '../../src/upstream/decode.js';
import * as portkey from '../../src/upstream/portkey/decoders.js';
import { decodeLogged } from '../support/decoding.js';

const TIME = '2026-08-01T12:00:00.000Z';
const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`) as unknown;

/** Values of every JSON type. */
const SAMPLES = {
  string: 'x',
  time: TIME,
  jsonObject: '{"a":1}',
  jsonList: '[1]',
  one: 1,
  fraction: 7.5,
  large: 2 ** 31,
  unsafe: 2 ** 53,
  exact: new ExactNumber('9007199254740993'),
  boolean: true,
  strings: ['x'],
  mixed: ['x', null],
  object: { a: 1 },
  tooDeep: nested(502),
  tooDeepObject: { a: nested(501) },
};
type Sample = keyof typeof SAMPLES;

const STRINGS = ['string', 'time', 'jsonObject', 'jsonList'] as const;
const NUMBERS = ['one', 'fraction', 'large', 'unsafe'] as const;
const ACCEPTED = {
  string: STRINGS,
  number: NUMBERS,
  integer: ['one', 'large'],
  int32: ['one'],
  boolean: ['boolean'],
  strings: ['strings'],
  time: ['time', 'one', 'fraction', 'large'],
  flag: ['boolean', ...NUMBERS],
  object: ['object', 'jsonObject'],
  list: ['strings', 'mixed', 'jsonList'],
  names: ['object', 'jsonObject', 'tooDeepObject'],
  any: [...STRINGS, ...NUMBERS, 'exact', 'boolean', 'strings', 'mixed', 'object'],
} as const satisfies Record<string, readonly Sample[]>;
type Type = keyof typeof ACCEPTED;

/** Type of a wire field, and the decoded fields that depend on it. */
type Field = readonly [Type, ...ours: string[]];

const TUNE: Record<string, Field> = {
  title: ['string', 'title'],
  name: ['string', 'className'],
  token: ['string', 'token'],
  branch: ['string', 'branch'],
  model_type: ['string', 'modelType'],
  base_tune_id: ['integer', 'baseTuneId'],
  steps: ['int32', 'steps'],
  args: ['string', 'args'],
  face_crop: ['boolean', 'faceCrop'],
  training_face_correct: ['boolean', 'trainingFaceCorrect'],
  is_api: ['boolean', 'isApi'],
  orig_images: ['strings', 'origImages'],
  ckpt_urls: ['strings', 'checkpointUrls'],
  ckpt_url: ['string', 'checkpointUrls'],
  url: ['string', 'url'],
  eta: ['time', 'eta'],
  started_training_at: ['time', 'startedTrainingAt', 'status'],
  trained_at: ['time', 'trainedAt', 'status'],
  expires_at: ['time', 'expiresAt'],
  created_at: ['time', 'createdAt'],
  updated_at: ['time', 'updatedAt'],
};

const PROMPT: Record<string, Field> = {
  tune_id: ['integer', 'tuneId'],
  images: ['strings', 'images', 'status'],
  user_error: ['string', 'error', 'status'],
  url: ['string', 'url'],
  cost_mc: ['integer', 'costMillicents'],
  created_at: ['time', 'createdAt'],
  updated_at: ['time', 'updatedAt'],
  started_training_at: ['time', 'startedTrainingAt'],
  trained_at: ['time', 'trainedAt'],
  text: ['string', 'text'],
  negative_prompt: ['string', 'negativePrompt'],
  theme: ['string', 'theme'],
  callback: ['string', 'callback'],
  num_images: ['int32', 'numImages'],
  seed: ['integer', 'seed'],
  super_resolution: ['boolean', 'superResolution'],
  inpaint_faces: ['boolean', 'inpaintFaces'],
  hires_fix: ['boolean', 'hiresFix'],
  face_correct: ['boolean', 'faceCorrect'],
  face_swap: ['boolean', 'faceSwap'],
  use_lpw: ['boolean', 'useLpw'],
  film_grain: ['boolean', 'filmGrain'],
  prompt_expansion: ['boolean', 'promptExpansion'],
  community: ['boolean', 'community'],
  cfg_scale: ['number', 'cfgScale'],
  steps: ['int32', 'steps'],
  aspect_ratio: ['string', 'aspectRatio'],
  resolution: ['string', 'resolution'],
  w: ['int32', 'width'],
  h: ['int32', 'height'],
  scheduler: ['string', 'scheduler'],
  backend_version: ['int32', 'backendVersion'],
  style: ['string', 'style'],
  color_grading: ['string', 'colorGrading'],
  controlnet: ['string', 'controlnet'],
  denoising_strength: ['number', 'denoisingStrength'],
  controlnet_conditioning_scale: ['number', 'controlnetConditioningScale'],
  controlnet_txt2img: ['boolean', 'controlnetTxt2img'],
};

const SUMMARY: Record<string, Field> = {
  slug: ['string', 'slug'],
  name: ['string', 'name'],
  model: ['string', 'model'],
  collection_id: ['string', 'collectionId'],
  status: ['string', 'status'],
  created_at: ['time', 'createdAt'],
  last_updated_at: ['time', 'updatedAt'],
};

const LLM_PROMPT: Record<string, Field> = {
  ...SUMMARY,
  string: ['string', 'template'],
  variable_components: ['names', 'variables', 'partials'],
  parameters: ['object', 'parameters'],
  virtual_key: ['string', 'virtualKey'],
  functions: ['list', 'functions'],
  tools: ['list', 'tools'],
  tool_choice: ['any', 'toolChoice'],
  template_metadata: ['object', 'metadata'],
  is_raw_template: ['flag', 'isRawTemplate'],
  prompt_version: ['int32', 'version'],
  prompt_version_id: ['string', 'versionId'],
  prompt_version_description: ['string', 'versionDescription'],
  prompt_version_status: ['string', 'versionStatus'],
};

type Decoded = Record<string | symbol, unknown>;
const inPage: Decoder<Decoded> = (value, reader) => ({
  ...portkey.promptList({ total: 1, data: [value] }, reader).items[0],
});
const copied =
  (decoder: Decoder<object>): Decoder<Decoded> =>
  (value, reader) => ({ ...decoder(value, reader) });

const OBJECTS: [string, Decoder<Decoded>, id: string | number, Record<string, Field>][] = [
  ['tunes', copied(astria.tune), 1, TUNE],
  ['image prompts', copied(astria.prompt), 1, PROMPT],
  ['LLM prompts', copied(portkey.prompt), 'x', LLM_PROMPT],
  ['LLM prompts in a list', inPage, 'x', SUMMARY],
];

describe.each(OBJECTS)('the decoder of %s', (_name, decoder, id, fields) => {
  const whole = (() => {
    const names = Object.entries(fields).map(([name, [type]]) => [name, SAMPLES[ACCEPTED[type][0]]]);
    return { ...Object.fromEntries(names), id };
  })();
  const good = decodeLogged(decoder, { ...whole, ckpt_urls: [], user_error: null, trained_at: null });

  it('reads exactly the fields of these tables', () => {
    const ours = Object.values(fields).flatMap(([, ...names]) => names);
    expect([...new Set(['id', 'status', ...ours])].sort()).toEqual(Object.keys(good.data ?? {}).sort());
    expect(good.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each(Object.keys(fields))('reports a value of another type in %s only there', (wireName) => {
    const [type, ...ours] = fields[wireName] ?? ['any'];
    const accepted: readonly string[] = ACCEPTED[type];
    for (const [sample, value] of Object.entries(SAMPLES)) {
      // These fields take precedence over others, so they are empty here.
      const wire = { ...whole, ckpt_urls: [], user_error: null, trained_at: null, [wireName]: value };
      const { data, error, logged } = decodeLogged(decoder, wire);
      expect(error).toBeNull();
      const errors = Object.entries(data ?? {}).filter(([, found]) => found instanceof UpstreamError);
      const isAccepted = accepted.includes(sample);
      expect([sample, errors.map(([name]) => name).sort()]).toEqual([sample, isAccepted ? [] : ours.sort()]);
      for (const [, found] of errors)
        expect(found).toHaveProperty('message', expect.stringContaining(`: the field ${wireName} is not as`));
      expect(logged.filter(({ level }) => level === 'error').map((line) => line.fields.field)).toEqual(
        isAccepted ? [] : [wireName],
      );
      const changed = new Set<string | symbol>([...ours, 'status', RAW]);
      const others = Object.entries(good.data ?? {}).filter(([name]) => !changed.has(name));
      expect(data).toMatchObject(Object.fromEntries(others));
    }
  });
});
