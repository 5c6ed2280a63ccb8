import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { astriaClient, type Send, until } from './client.js';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 20 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());

const ORIGINAL = {
  tune_id: 2234518,
  text: 'the original',
  negative_prompt: 'blurry',
  seed: 4_000_000_000,
  super_resolution: true,
  hires_fix: true,
  num_images: 3,
};

async function duplicate(id: number, body?: unknown) {
  return send('POST', `/prompts/${id}/duplicate`, body);
}

describe('duplicating a prompt', () => {
  it('duplicating a prompt copies everything under a new id when the request has no body', async () => {
    const original = sandbox.astria.addPrompt(ORIGINAL);
    const reply = await duplicate(original.id);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({ ...ORIGINAL, user_error: null });
    expect(reply.body.id).not.toBe(original.id);
    expect(reply.body).not.toHaveProperty('images');
  });

  it('duplicating a prompt overrides the given fields and clears null ones', async () => {
    const original = sandbox.astria.addPrompt(ORIGINAL);
    const reply = await duplicate(original.id, {
      prompt: { text: 'changed', seed: null, negative_prompt: null },
    });
    expect(reply.body).toMatchObject({ ...ORIGINAL, text: 'changed', seed: null, negative_prompt: null });
    expect(original).toMatchObject(ORIGINAL);
  });

  it('duplicating a prompt validates the merged prompt', async () => {
    const original = sandbox.astria.addPrompt({
      ...ORIGINAL,
      controlnet: 'pose',
      input_image_url: 'https://a.example/x.png',
    });
    const reply = await duplicate(original.id, {
      prompt: { text: null, super_resolution: false, input_image_url: null, seed: 'x' },
    });
    expect(reply.status).toBe(422);
    expect(Object.keys(reply.body).sort()).toEqual(['controlnet', 'hires_fix', 'seed', 'text']);
  });

  it('duplicating a prompt copies an upload, which a URL replaces', async () => {
    const form = new FormData();
    form.append('prompt[text]', 'with a file');
    form.append(
      'prompt[input_image]',
      new Blob([new Uint8Array(encodePng(1, 1, new Uint8Array(3)))], { type: 'image/png' }),
    );
    const id = Number((await send('POST', '/tunes/2234518/prompts', form)).body.id);
    const upload = sandbox.astria.findUpload(id, 'input_image');
    const same = await duplicate(id);
    expect(same.body.input_image).toEqual(expect.stringContaining(`/uploads/prompts/${id}/`));
    expect(sandbox.astria.findUpload(Number(same.body.id))).toEqual(upload);
    const url = 'https://a.example/new.png';
    const other = await duplicate(id, { prompt: { input_image_url: url } });
    expect(other.body).toMatchObject({ input_image: null, input_image_url: url });
    expect(sandbox.astria.findUpload(Number(other.body.id))).toBeUndefined();
    const cleared = await duplicate(id, { prompt: { input_image: null } });
    expect(cleared.body).toMatchObject({ input_image: null, input_image_url: null });
  });

  it('duplicating a prompt replaces an inherited URL with an upload', async () => {
    const original = sandbox.astria.addPrompt({ ...ORIGINAL, input_image_url: 'https://a.example/old.png' });
    const form = new FormData();
    const file = new Blob([new Uint8Array(encodePng(1, 1, new Uint8Array(3)))], { type: 'image/png' });
    form.append('prompt[input_image]', file);
    const reply = await duplicate(original.id, form);
    expect(reply.body).toMatchObject({ input_image: expect.any(String), input_image_url: null });
    expect(sandbox.astria.findUpload(Number(reply.body.id))).toMatchObject({ field: 'input_image' });
  });

  it('duplicating a prompt reuses an image of the original through image_index', async () => {
    const original = sandbox.astria.addPrompt(ORIGINAL);
    const copy = await duplicate(original.id, { image_index: 2 });
    expect(copy.status).toBe(201);
    const images = await until(async () => (await send('GET', `/prompts/${copy.body.id}`)).body.images);
    expect(images).toEqual([original.images?.[2]]);
    const form = new FormData();
    form.append('image_index', '0');
    const fromForm = Number((await duplicate(original.id, form)).body.id);
    expect(sandbox.astria.prompts.get(fromForm)?.reused_image).toBe(original.images?.[0]);
  });

  it.each([
    ['an index beyond the images', { image_index: 3 }, 'image_index'],
    ['a negative index', { image_index: -1 }, 'image_index'],
    ['an index that is not an integer', { image_index: '1' }, 'image_index'],
    ['an index in the prompt', { prompt: { image_index: 1 } }, 'image_index'],
    ['an override outside prompt', { text: 'x' }, 'text'],
    ['an unknown override', { prompt: { colour: 'red' } }, 'colour'],
  ])('duplicating a prompt rejects %s', async (_case, body, name) => {
    const original = sandbox.astria.addPrompt(ORIGINAL);
    const reply = await duplicate(original.id, body);
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, [name]]);
  });

  it('duplicating a prompt rejects image_index for a prompt without images', async () => {
    const running = sandbox.astria.addPrompt({ ...ORIGINAL, images: null });
    expect((await duplicate(running.id, { image_index: 0 })).status).toBe(422);
  });
});
