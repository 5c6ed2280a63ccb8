import { describe, expect, it } from '@jest/globals';
import { type Prompt, RAW } from '../../../src/domain/prompt.js';
import type { Tune } from '../../../src/domain/tune.js';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import { parseFieldErrors, prompt, tune } from '../../../src/upstream/astria/decoders.js';
import { decoded, refused } from '../../support/decoding.js';

const PROMPT = {
  id: 24310507,
  tune_id: 1504944,
  text: 'a lighthouse',
  negative_prompt: null,
  callback: null,
  cfg_scale: 7.5,
  steps: 30,
  seed: 4294967296,
  trained_at: '2026-08-01T12:00:48.000Z',
  started_training_at: '2026-08-01T12:00:06.000Z',
  created_at: '2026-08-01T12:00:00.000Z',
  updated_at: '2026-08-01T12:00:48.000Z',
  url: 'https://api.astria.ai/tunes/1504944/prompts/24310507.json',
  images: ['https://images.example.com/1.png'],
  num_images: 1,
  scheduler: 'dpm++2m_karras',
  aspect_ratio: '16:9',
  style: 'Digital Art',
  w: 512,
  h: 640,
  cost_mc: 2300,
  brand_new_attribute: { anything: true },
};

const TUNE = {
  id: 2690418,
  title: 'Jonas Weber',
  name: 'man',
  token: 'ohwx',
  base_tune_id: 1504944,
  args: null,
  steps: null,
  face_crop: true,
  ckpt_urls: [],
  ckpt_url: null,
  eta: '2026-08-01T12:38:00.000Z',
  trained_at: null,
  started_training_at: null,
  created_at: '2026-08-01T12:00:00.000Z',
  branch: 'flux1',
  model_type: 'lora',
  url: 'https://api.astria.ai/tunes/2690418.json',
  orig_images: ['https://images.example.com/a.png'],
  is_api: true,
  extra: [1, 2],
};

describe('decoded prompt', () => {
  it('a decoded prompt has all known fields and no unknown ones', () => {
    expect(decoded(prompt, PROMPT)).toMatchObject({
      id: '24310507',
      tuneId: '1504944',
      status: 'SUCCEEDED',
      text: 'a lighthouse',
      negativePrompt: null,
      theme: undefined,
      cfgScale: 7.5,
      seed: 4294967296,
      scheduler: 'DPMPP_2M_KARRAS',
      aspectRatio: 'RATIO_16_9',
      style: 'DIGITAL_ART',
      width: 512,
      height: 640,
      costMillicents: 2300,
      createdAt: '2026-08-01T12:00:00.000Z',
      error: null,
    });
    expect(decoded(prompt, PROMPT)).not.toHaveProperty('brand_new_attribute');
  });

  it('a decoded prompt may consist only of ids and nulls', () => {
    const nulls = Object.fromEntries(Object.keys(PROMPT).map((name) => [name, null]));
    for (const wire of [
      { id: 1, tune_id: 2 },
      { ...nulls, id: 1, tune_id: 2 },
    ]) {
      expect(decoded(prompt, wire)).toMatchObject({
        id: '1',
        tuneId: '2',
        status: 'RUNNING',
        images: [],
        error: null,
      });
    }
  });

  it.each([
    ['SUCCEEDED', { images: ['https://x/1.png'] }],
    ['RUNNING', { images: [] }],
    ['RUNNING', { images: null, user_error: null }],
    ['RUNNING', { images: null, user_error: '', trained_at: null }],
    ['FAILED', { images: null, user_error: 'no face' }],
    ['FAILED', { images: ['https://x/1.png'], user_error: 'one of two failed' }],
  ])('a decoded prompt has the status %s with %j', (status, fields) => {
    expect(decoded(prompt, { ...PROMPT, ...fields }).status).toBe(status);
  });

  it.each<[wireName: string, value: unknown, fields: (keyof Prompt)[]]>([
    ['scheduler', 3, ['scheduler']],
    ['text', 7, ['text']],
    ['images', 'https://x/1.png', ['images', 'status']],
    ['images', [null], ['images', 'status']],
    ['user_error', { text: 'no' }, ['error', 'status']],
    ['seed', '42', ['seed']],
    ['seed', 1.5, ['seed']],
    ['seed', 2 ** 60, ['seed']],
    ['steps', 1.5, ['steps']],
    ['num_images', 2 ** 31, ['numImages']],
    ['cfg_scale', '7.5', ['cfgScale']],
    ['face_swap', 'yes', ['faceSwap']],
    ['w', '512', ['width']],
    ['cost_mc', 2300.5, ['costMillicents']],
    ['created_at', 'yesterday', ['createdAt']],
    ['url', [], ['url']],
  ])('a decoded prompt has an error only in place of %s when that is %j', (wireName, value, fields) => {
    const whole = decoded(prompt, PROMPT);
    const read = decoded(prompt, { ...PROMPT, [wireName]: value });
    for (const field of fields) {
      expect(read[field]).toBeInstanceOf(UpstreamError);
      const message = expect.stringContaining(`the field ${wireName} is`);
      expect(read[field]).toMatchObject({ kind: 'BAD_RESPONSE', upstream: 'astria', message });
    }
    expect({ ...read, [RAW]: {}, ...Object.fromEntries(fields.map((field) => [field, null])) }).toEqual({
      ...whole,
      [RAW]: {},
      ...Object.fromEntries(fields.map((field) => [field, null])),
    });
  });

  it.each<[wireName: string, field: keyof Prompt]>([
    ['scheduler', 'scheduler'],
    ['aspect_ratio', 'aspectRatio'],
    ['controlnet', 'controlnet'],
  ])(
    'a decoded prompt has null for a value of %s that the schema lacks, and keeps it in the raw object',
    (wireName, field) => {
      const wire = { ...PROMPT, [wireName]: 'brand_new' };
      const read = decoded(prompt, wire);
      expect(read).toEqual({ ...decoded(prompt, PROMPT), [field]: null, [RAW]: wire });
      expect(read[RAW]).toBe(wire);
    },
  );

  it('a decoded prompt is compared and copied without its raw object', () => {
    const read = decoded(prompt, PROMPT);
    expect(JSON.stringify(read)).not.toContain('brand_new_attribute');
    expect(Object.values(read)).not.toContain(PROMPT);
  });

  it('a decoded prompt has no tune if Astria names none', () => {
    expect(decoded(prompt, { ...PROMPT, tune_id: null }).tuneId).toBeNull();
    expect(decoded(prompt, { ...PROMPT, tune_id: undefined }).tuneId).toBeNull();
  });

  it('a decoded prompt has an error for each invalid field, but not for empty enum values', () => {
    const read = decoded(prompt, { ...PROMPT, steps: 1.5, scheduler: 3, style: '', controlnet: null });
    expect(read).toMatchObject({ text: 'a lighthouse', style: null, controlnet: null, status: 'SUCCEEDED' });
    expect([read.steps, read.scheduler].map((value) => value instanceof UpstreamError)).toEqual([true, true]);
  });

  it('a decoded prompt has the status FAILED even when its images are invalid', () => {
    expect(decoded(prompt, { ...PROMPT, images: 7, user_error: 'no face' }).status).toBe('FAILED');
  });

  it.each([
    ['id', '24310507'],
    ['id', undefined],
    ['id', -1],
  ])(
    'a decoded prompt is rejected because of %s when that is %j, whatever else is invalid',
    (field, value) => {
      expect(refused(prompt, { ...PROMPT, text: 7, [field]: value }).field).toBe(field);
    },
  );

  it.each([[null], [undefined], ['prompt'], [7], [[PROMPT]]])(
    'a decoded prompt is rejected as a whole when the response is %j',
    (value) => {
      expect(refused(prompt, value).field).toBeNull();
    },
  );
});

describe('decoded tune', () => {
  it('a decoded tune has all known fields', () => {
    expect(decoded(tune, TUNE)).toMatchObject({
      id: '2690418',
      title: 'Jonas Weber',
      className: 'man',
      baseTuneId: '1504944',
      status: 'QUEUED',
      faceCrop: true,
      trainingFaceCorrect: null,
      checkpointUrls: [],
      origImages: ['https://images.example.com/a.png'],
    });
  });

  it.each([
    ['QUEUED', {}],
    ['TRAINING', { started_training_at: '2026-08-01T12:04:00Z' }],
    ['TRAINED', { started_training_at: '2026-08-01T12:04:00Z', trained_at: '2026-08-01T12:38:00Z' }],
    ['TRAINED', { trained_at: '2026-08-01T12:38:00Z' }],
  ])('a decoded tune has the status %s with %j', (status, fields) => {
    expect(decoded(tune, { ...TUNE, ...fields }).status).toBe(status);
  });

  it.each([
    [{ ckpt_url: 'https://x/a' }, ['https://x/a']],
    [{ ckpt_url: 'https://x/a', ckpt_urls: ['https://x/b', 'https://x/c'] }, ['https://x/b', 'https://x/c']],
    [{ ckpt_url: null, ckpt_urls: null }, []],
  ])('a decoded tune has the checkpoints of %j', (fields, expected) => {
    expect(decoded(tune, { ...TUNE, ...fields }).checkpointUrls).toEqual(expected);
  });

  it.each<[wireName: string, value: unknown, fields: (keyof Tune)[]]>([
    ['base_tune_id', 'flux', ['baseTuneId']],
    ['steps', '300', ['steps']],
    ['orig_images', {}, ['origImages']],
    ['is_api', 'yes', ['isApi']],
    ['eta', 'soon', ['eta']],
    ['trained_at', 'soon', ['trainedAt', 'status']],
    ['started_training_at', true, ['startedTrainingAt', 'status']],
    ['ckpt_url', 7, ['checkpointUrls']],
    ['ckpt_urls', 'https://x/a', ['checkpointUrls']],
  ])('a decoded tune has an error only in place of %s when that is %j', (wireName, value, fields) => {
    const read = decoded(tune, { ...TUNE, [wireName]: value });
    const errors = Object.entries(read).filter(([, found]) => found instanceof UpstreamError);
    expect(errors.map(([field]) => field).sort()).toEqual([...fields].sort());
    expect(errors[0]?.[1]).toMatchObject({ message: expect.stringContaining(`the field ${wireName} is`) });
  });

  it('a decoded tune is TRAINED and has its checkpoints, even when related fields are invalid', () => {
    const trained = { ...TUNE, trained_at: '2026-08-01T12:38:00Z', started_training_at: 'once', ckpt_url: 7 };
    expect(decoded(tune, { ...trained, ckpt_urls: ['https://x/b'] })).toMatchObject({
      status: 'TRAINED',
      checkpointUrls: ['https://x/b'],
    });
  });

  it.each([[null], ['2690418'], [1.5]])('a decoded tune is rejected when its id is %j', (id) => {
    expect(refused(tune, { ...TUNE, id }).field).toBe('id');
  });
});

describe('field errors of Astria', () => {
  it.each([
    [{ text: ["can't be blank"] }, [{ field: 'text', message: "can't be blank" }]],
    [
      { w: ['a', 'b'] },
      [
        { field: 'width', message: 'a' },
        { field: 'width', message: 'b' },
      ],
    ],
    [{ input_image_url: ['is not a picture'] }, [{ field: 'inputImage', message: 'is not a picture' }]],
    [{ error: 'offset too large' }, [{ field: null, message: 'offset too large' }]],
    [{ base: ['no credits'] }, [{ field: null, message: 'no credits' }]],
    [{ pack: ['is closed'] }, [{ field: null, message: 'pack is closed' }]],
    [{ text: [{ odd: true }], steps: 3 }, []],
    [['text'], []],
    ['no', []],
    [null, []],
  ])('the field errors of Astria are parsed from %j', (body, expected) => {
    expect(parseFieldErrors(body)).toEqual(expected);
  });
});
