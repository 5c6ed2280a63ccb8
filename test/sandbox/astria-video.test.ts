import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { astriaClient, type Send } from './client.js';

const URL_A = 'https://a.example/a.png';
const PNG_BASE64 = encodePng(2, 2, new Uint8Array(12)).toString('base64');
const VIDEO = { video_model: 'wan22', video_prompt: 'pan left', num_images: 1 };
const SEEDANCE = { ...VIDEO, video_model: 'seedance2_720p' };

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 60_000 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());

const create = (prompt: Record<string, unknown>) => send('POST', '/tunes/2234518/prompts', { prompt });

describe('video prompts', () => {
  it.each([
    ['with a first frame', { ...VIDEO, video_first_frame_url: URL_A }],
    ['with a source image', { ...VIDEO, source_image_url: URL_A }],
    ['of a text-to-video model', SEEDANCE],
  ])('%s do not require a text', async (_case, prompt) => {
    expect((await create(prompt)).status).toBe(201);
  });

  it.each([
    ['without a text', VIDEO, 'text'],
    ['without a video_prompt', { text: 'x', video_model: 'wan22', num_images: 1 }, 'video_prompt'],
    ['without a video_model', { text: 'x', video_prompt: 'pan' }, 'video_model'],
    ['with a fractional duration', { ...SEEDANCE, video_duration: 4.5 }, 'video_duration'],
    ['with references but no model', { text: 'x', image_reference_urls: [URL_A] }, 'image_reference_urls'],
    [
      'with too many references',
      { ...SEEDANCE, image_reference_urls: Array(10).fill(URL_A) },
      'image_reference_urls',
    ],
    [
      'of Seedance with a frame and references',
      { ...SEEDANCE, video_last_frame_url: URL_A, image_reference_urls: [URL_A] },
      'image_reference_urls',
    ],
  ])('%s are rejected', async (_case, prompt, name) => {
    const reply = await create(prompt);
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, [name]]);
  });

  it('video prompts must have exactly one image', async () => {
    for (const num_images of [2, null]) {
      const reply = await create({ ...SEEDANCE, num_images });
      expect([reply.status, reply.body]).toEqual([422, { num_images: ['must be 1 for --video'] }]);
    }
  });

  it('video prompts reject a mix of reference files and URLs', async () => {
    const data = new FormData();
    for (const [name, value] of Object.entries(SEEDANCE)) data.append(`prompt[${name}]`, String(value));
    const file = new Blob([Buffer.from(PNG_BASE64, 'base64')], { type: 'image/png' });
    data.append('prompt[image_references][]', file);
    data.append('prompt[image_reference_urls][]', URL_A);
    const reply = await send('POST', '/tunes/2234518/prompts', data);
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, ['image_references']]);
  });

  it('video prompts accept generate_audio as another name of video_audio', async () => {
    expect((await create({ ...SEEDANCE, generate_audio: true })).body.video_audio).toBe(true);
    expect((await create({ ...SEEDANCE, video_audio: true })).body.video_audio).toBe(true);
  });

  it('video prompts appear as MP4 files among the images', async () => {
    const id = Number((await create(SEEDANCE)).body.id);
    sandbox.astria.settle(id);
    const { images } = (await send('GET', `/prompts/${id}`)).body;
    expect(images).toEqual([expect.stringMatching(/\/0\.mp4$/)]);
    const served = await fetch(String(Object(images)[0]));
    expect([served.status, served.headers.get('content-type')]).toEqual([200, 'video/mp4']);
  });
});

it('input_image_base64 is stored like an uploaded input image', async () => {
  const { status, body } = await create({
    text: 'x',
    input_image_base64: `data:image/png;base64,${PNG_BASE64}`,
  });
  expect([status, body.input_image]).toEqual([201, expect.stringContaining('/uploads/prompts/')]);
  const refused = await create({ text: 'x', input_image_base64: 'AAAA' });
  expect([refused.status, Object.keys(refused.body)]).toEqual([422, ['input_image_base64']]);
});
