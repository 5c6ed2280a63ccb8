import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { astriaClient, type Send } from './client.js';

const TUNE = 2234518;
const PNG = encodePng(2, 2, new Uint8Array(12));
const IMAGE = 'https://example.com/a.jpg';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 60_000 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());

const create = (prompt: unknown) => send('POST', `/tunes/${TUNE}/prompts`, { prompt });

/** Converts fields to a multipart form. */
function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const png = (type = 'image/png', bytes: Buffer = PNG) => new Blob([new Uint8Array(bytes)], { type });

describe('create request', () => {
  const accepted: [string, Record<string, unknown>][] = [
    ['num_images', { num_images: 8 }],
    ['the largest seed', { seed: 4294967296 }],
    ['cfg_scale as a float', { cfg_scale: 7.5 }],
    ['every boundary', { cfg_scale: 15, steps: 50, denoising_strength: 1, num_images: 1, seed: 0 }],
    ['enums', { aspect_ratio: '21:9', resolution: '4K', scheduler: 'dpm++2m_karras', style: 'Line art' }],
    ['colour and backend', { color_grading: 'Film Velvia', backend_version: 1 }],
    ['nulls', { style: null, seed: null, callback: null, backend_version: null, w: null }],
    ['booleans', { super_resolution: true, inpaint_faces: true, hires_fix: true, film_grain: false }],
    ['controlnet with an image', { controlnet: 'pose', input_image_url: IMAGE, controlnet_txt2img: true }],
    ['a mask with an image', { mask_image_url: IMAGE, input_image_url: IMAGE }],
    ['sizes', { w: 512, h: 768 }],
    [
      'a video',
      {
        video_model: 'any-name',
        video_prompt: 'pan',
        num_images: 1,
        video_duration: 5,
        video_audio: true,
        image_reference_urls: [IMAGE, IMAGE],
      },
    ],
    ['newer words', { aspect_ratio: 'adaptive', scheduler: 'euler_lightning', backend_version: 0 }],
    ['legacy ar and an order', { ar: 'portrait', order_id: 7 }],
    ['relighting', { controlnet: 'relight', input_image_url: IMAGE }],
  ];
  it.each(accepted)('a create request accepts %s', async (_case, fields) => {
    const reply = await create({ text: 'portrait of ohwx man', ...fields });
    expect([reply.status, reply.text]).toEqual([201, expect.stringContaining('"id"')]);
    expect(reply.body).toMatchObject({ text: 'portrait of ohwx man', tune_id: TUNE, ...fields });
  });

  it('a create request parses numbers, booleans and null from the strings of a form', async () => {
    const reply = await send(
      'POST',
      `/tunes/${TUNE}/prompts`,
      form({
        'prompt[text]': 'from a form',
        'prompt[seed]': '4294967296',
        'prompt[cfg_scale]': '7.5',
        'prompt[backend_version]': '1',
        'prompt[super_resolution]': '1',
        'prompt[hires_fix]': 'true',
        'prompt[film_grain]': '0',
        'prompt[style]': '',
      }),
    );
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      seed: 4294967296,
      cfg_scale: 7.5,
      backend_version: 1,
      super_resolution: true,
      hires_fix: true,
      film_grain: false,
      style: null,
    });
  });

  it('a create request succeeds on a gallery tune', async () => {
    const reply = await send('POST', '/tunes/1504944/prompts', { prompt: { text: 'a fox' } });
    expect([reply.status, reply.body.tune_id]).toEqual([201, 1504944]);
  });
});

describe('invalid create request', () => {
  const refused: [string, Record<string, unknown>, string[]][] = [
    ['no text', { text: null }, ['text']],
    ['a text of spaces', { text: '  ' }, ['text']],
    ['a text that is a number', { text: 5 }, ['text']],
    ['an unknown field', { sampler: 'euler' }, ['sampler']],
    ['a field that every object has', { constructor: 1 }, ['constructor']],
    ['lora_scale', { lora_scale: 1 }, ['lora_scale']],
    ['image_index inside prompt', { image_index: 0 }, ['image_index']],
    ['a relative callback', { callback: '/hook' }, ['callback']],
    ['a callback of another scheme', { callback: 'ftp://example.com' }, ['callback']],
    ['zero images', { num_images: 0 }, ['num_images']],
    ['too many images', { num_images: 9 }, ['num_images']],
    ['a fractional number of images', { num_images: 1.5 }, ['num_images']],
    ['a number as a string', { num_images: '4' }, ['num_images']],
    ['a seed below 0', { seed: -1 }, ['seed']],
    ['a seed above 2^32', { seed: 4294967297 }, ['seed']],
    ['an invalid cfg_scale', { cfg_scale: 15.1 }, ['cfg_scale']],
    ['an invalid steps', { steps: 51 }, ['steps']],
    ['an invalid aspect_ratio', { aspect_ratio: '2:1' }, ['aspect_ratio']],
    ['an invalid resolution', { resolution: '8K' }, ['resolution']],
    ['an invalid w', { w: 500 }, ['w']],
    ['an invalid h', { h: 12 }, ['h']],
    ['an invalid scheduler', { scheduler: 'DPMPP_2M' }, ['scheduler']],
    ['an invalid backend_version', { backend_version: 2 }, ['backend_version']],
    ['an invalid ar', { ar: '3:4' }, ['ar']],
    ['an invalid style', { style: 'cinematic' }, ['style']],
    ['an invalid color_grading', { color_grading: 'Velvia' }, ['color_grading']],
    ['an invalid controlnet', { controlnet: 'scribble', input_image_url: IMAGE }, ['controlnet']],
    ['controlnet without an image', { controlnet: 'pose' }, ['controlnet']],
    ['an invalid denoising_strength', { denoising_strength: 1.01 }, ['denoising_strength']],
    [
      'an invalid conditioning scale',
      { controlnet_conditioning_scale: -0.1 },
      ['controlnet_conditioning_scale'],
    ],
    ['a boolean as a string', { film_grain: 'true' }, ['film_grain']],
    ['a boolean as a number', { controlnet_txt2img: 1 }, ['controlnet_txt2img']],
    ['a mask without an image', { mask_image_url: IMAGE }, ['mask_image_url']],
    ['inpaint_faces without super_resolution', { inpaint_faces: true }, ['inpaint_faces']],
    ['hires_fix without super_resolution', { hires_fix: true, super_resolution: false }, ['hires_fix']],
    ['a file in JSON', { input_image: 'data:image/png;base64,AA==' }, ['input_image']],
    ['an invalid URL', { input_image_url: 'example.com' }, ['input_image_url']],
    ['an invalid workspace_id', { workspace_id: 'abc' }, ['workspace_id']],
    ['invalid references', { image_reference_urls: ['x'] }, ['image_reference_urls']],
    [
      'several invalid fields',
      { text: '', seed: -1, style: 'x', nonsense: 1, hires_fix: true, controlnet: 'pose', w: 7 },
      ['controlnet', 'hires_fix', 'nonsense', 'seed', 'style', 'text', 'w'],
    ],
  ];
  it.each(refused)('an invalid create request with %s is rejected with 422', async (_case, fields, names) => {
    const before = sandbox.astria.prompts.size;
    const reply = await create({ text: 'ok', ...fields });
    expect(reply.status).toBe(422);
    expect(Object.keys(reply.body).sort()).toEqual(names);
    for (const messages of Object.values(reply.body)) expect(messages).toEqual([expect.any(String)]);
    expect(sandbox.astria.prompts.size).toBe(before);
  });

  const refusedForms: [string, Record<string, string | Blob>, string[]][] = [
    ['an invalid number', { 'prompt[steps]': 'many' }, ['steps']],
    ['an invalid boolean', { 'prompt[film_grain]': 'yes' }, ['film_grain']],
    ['a string instead of a file', { 'prompt[input_image]': 'hello' }, ['input_image']],
    [
      'a file whose content type is not an image',
      { 'prompt[input_image]': png('text/plain') },
      ['input_image'],
    ],
    [
      'a file that is not an image',
      { 'prompt[input_image]': png('image/png', Buffer.from('GARBAGE GARBAGE')) },
      ['input_image'],
    ],
    ['an empty file', { 'prompt[input_image]': png('image/png', Buffer.alloc(0)) }, ['input_image']],
    [
      'a file that is not an image, next to a mask',
      {
        'prompt[input_image]': png('image/png', Buffer.from('GARBAGE GARBAGE')),
        'prompt[mask_image]': png(),
      },
      ['input_image'],
    ],
    ['a mask without an image', { 'prompt[mask_image]': png() }, ['mask_image']],
    [
      'a file and a URL for the same image',
      { 'prompt[input_image]': png(), 'prompt[input_image_url]': IMAGE },
      ['input_image'],
    ],
    ['a field outside prompt', { seed: '1' }, ['seed']],
  ];
  it.each(refusedForms)(
    'an invalid create request with %s in a form is rejected with 422',
    async (_case, fields, names) => {
      const reply = await send('POST', `/tunes/${TUNE}/prompts`, form({ 'prompt[text]': 'ok', ...fields }));
      expect(reply.status).toBe(422);
      expect(Object.keys(reply.body).sort()).toEqual(names);
    },
  );

  it('an invalid create request without prompt is rejected with a plain error', async () => {
    const reply = await send('POST', `/tunes/${TUNE}/prompts`, {});
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, ['error']]);
  });
});

describe('unreadable request body', () => {
  const post = (body: string, type: string) =>
    fetch(`${sandbox.astriaUrl}/tunes/${TUNE}/prompts`, {
      method: 'POST',
      body,
      headers: { authorization: 'Bearer sd_sandbox', 'content-type': type },
    });

  it.each([
    ['broken JSON', '{"prompt":', 'application/json', 400],
    ['a JSON array', '[]', 'application/json', 400],
    ['another type', 'prompt[text]=x', 'application/x-www-form-urlencoded', 415],
    ['more than 2 MB', `{"prompt":{"text":"${'x'.repeat(2_100_000)}"}}`, 'application/json', 413],
    ['a form without a boundary', 'x', 'multipart/form-data', 400],
    ['a truncated form', '--b\r\ncontent-disposition: form-data; na', 'multipart/form-data; boundary=b', 400],
  ])('an unreadable request body with %s is rejected', async (_case, body, type, status) => {
    expect((await post(body, type)).status).toBe(status);
  });
});

describe('creating a tune', () => {
  const tune = { title: 'Ada', name: 'woman', image_urls: [IMAGE] };

  it('creating a tune starts its training and creates its prompts', async () => {
    const reply = await send('POST', '/tunes', {
      tune: { ...tune, branch: 'flux1', prompts_attributes: [{ text: 'ohwx woman', lora_scale: 0.9 }] },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ title: 'Ada', trained_at: null, orig_images: [IMAGE] });
    const prompts = await send('GET', `/tunes/${reply.body.id}/prompts`);
    expect(prompts.list.map(({ text }) => text)).toEqual(['ohwx woman']);
    expect(prompts.list[0]).not.toHaveProperty('lora_scale');
  });

  it('creating a tune reads files and nested names from a form', async () => {
    const data = form({
      'tune[title]': 'Form',
      'tune[name]': 'dog',
      'tune[characteristics][age]': '3',
      'tune[prompts_attributes][0][text]': 'one',
      'tune[prompts_attributes][1][text]': 'two',
    });
    data.append('tune[images][]', png(), 'a.png');
    data.append('tune[images][]', png(), 'b.png');
    const reply = await send('POST', '/tunes', data);
    expect([reply.status, reply.text]).toEqual([201, expect.stringContaining('Form')]);
    expect(reply.body.orig_images).toHaveLength(2);
    expect(sandbox.astria.tunes.get(Number(reply.body.id))?.characteristics).toEqual({ age: '3' });
    expect((await send('GET', `/tunes/${reply.body.id}/prompts`)).list).toHaveLength(2);
  });

  it.each([
    ['no title', { ...tune, title: '' }, ['title']],
    ['no name', { ...tune, name: null }, ['name']],
    ['no images', { title: 'x', name: 'man' }, ['images']],
    ['a branch with a space', { ...tune, branch: 'sd 3' }, ['branch']],
    ['an unknown model type', { ...tune, model_type: 'dora' }, ['model_type']],
    ['an unknown preset', { ...tune, preset: 'x' }, ['preset']],
    ['a URL that is not encoded', { ...tune, image_urls: ['https://a.example/a b.png'] }, ['image_urls']],
    ['an unknown base tune', { ...tune, base_tune_id: 3 }, ['base_tune_id']],
    ['an unknown field', { ...tune, colour: 'red' }, ['colour']],
    ['a bad prompt', { ...tune, prompts_attributes: [{ text: '' }] }, ['prompts_attributes[0].text']],
  ])('creating a tune rejects %s', async (_case, fields, names) => {
    const reply = await send('POST', '/tunes', { tune: fields });
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, names]);
  });
});
