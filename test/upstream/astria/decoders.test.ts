import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../../src/domain/upstream-error.js';
import { parseFaults, prompt, tune } from '../../../src/upstream/astria/decoders.js';

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

/** The path of the first complaint. */
const complaint = (schema: typeof prompt | typeof tune, value: unknown) =>
  schema.safeParse(value).error?.issues[0]?.path.join('.');

describe('a prompt', () => {
  it('is read, and what is not known in it ignored', () => {
    expect(prompt.parse(PROMPT)).toMatchObject({
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
    expect(prompt.parse(PROMPT)).not.toHaveProperty('brand_new_attribute');
  });

  it('may be of nothing but ids and nulls', () => {
    const nulls = Object.fromEntries(Object.keys(PROMPT).map((name) => [name, null]));
    for (const wire of [
      { id: 1, tune_id: 2 },
      { ...nulls, id: 1, tune_id: 2 },
    ]) {
      expect(prompt.parse(wire)).toMatchObject({
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
  ])('is %s with %j', (status, fields) => {
    expect(prompt.parse({ ...PROMPT, ...fields }).status).toBe(status);
  });

  it('has an error in the one field whose word is not documented', () => {
    const read = prompt.parse({ ...PROMPT, scheduler: 'unipc', style: '', controlnet: null });
    expect(read.scheduler).toBeInstanceOf(UpstreamError);
    expect(read.scheduler).toMatchObject({
      kind: 'BAD_RESPONSE',
      message: expect.stringContaining('scheduler'),
    });
    expect(read).toMatchObject({ text: 'a lighthouse', style: null, controlnet: null });
  });

  it.each([
    ['id', '24310507'],
    ['id', undefined],
    ['id', -1],
    ['tune_id', null],
    ['text', 7],
    ['images', 'https://x/1.png'],
    ['images.0', [null]],
    ['seed', '42'],
    ['seed', 1.5],
    ['seed', 2 ** 60],
    ['num_images', 2 ** 31],
    ['cfg_scale', '7.5'],
    ['hires_fix', 1],
    ['scheduler', 3],
    ['cost_mc', 2300.5],
    ['created_at', 'yesterday'],
    ['user_error', { text: 'no' }],
  ])('is refused, naming %s, for %j', (path, value) => {
    expect(complaint(prompt, { ...PROMPT, [path.split('.')[0] ?? '']: value })).toBe(path);
  });
});

describe('a tune', () => {
  it('is read', () => {
    expect(tune.parse(TUNE)).toMatchObject({
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
  ])('is %s with %j', (status, fields) => {
    expect(tune.parse({ ...TUNE, ...fields }).status).toBe(status);
  });

  it.each([
    [{ ckpt_url: 'https://x/a' }, ['https://x/a']],
    [{ ckpt_url: 'https://x/a', ckpt_urls: ['https://x/b', 'https://x/c'] }, ['https://x/b', 'https://x/c']],
    [{ ckpt_url: null, ckpt_urls: null }, []],
  ])('has the checkpoints of %j', (fields, expected) => {
    expect(tune.parse({ ...TUNE, ...fields }).checkpointUrls).toEqual(expected);
  });

  it.each([
    ['id', null],
    ['base_tune_id', 'flux'],
    ['steps', '300'],
    ['orig_images', {}],
    ['is_api', 'yes'],
  ])('is refused, naming %s, for %j', (field, value) => {
    expect(complaint(tune, { ...TUNE, [field]: value })).toBe(field);
  });
});

describe('complaints', () => {
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
  ])('are read from %j', (body, expected) => {
    expect(parseFaults(body)).toEqual(expected);
  });
});
