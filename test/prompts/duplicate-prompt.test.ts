import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, type TestGateway } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { png, sha256 } from '../support/upload-pictures.js';

const DUPLICATE = `mutation ($id: ID!, $overrides: PromptOverridesInput, $imageIndex: Int) {
  duplicatePrompt(id: $id, overrides: $overrides, imageIndex: $imageIndex) {
    prompt { id text negativePrompt steps seed style superResolution inpaintFaces }
    userErrors { code field message }
  }
}`;

const gateway = describeGateway({ env: { INTROSPECTION: 'true' } });

type Original = NonNullable<Parameters<TestGateway['sandbox']['astria']['addPrompt']>[0]>;

const original = (partial: Original = {}) =>
  gateway.sandbox.astria.addPrompt({
    text: 'a cat',
    negative_prompt: 'blurry',
    steps: 30,
    seed: 4_000_000_000,
    style: 'Cinematic',
    ...partial,
  });

async function duplicate(variables: { id: number } & Record<string, unknown>) {
  const { data, errors } = await gateway.graphql(DUPLICATE, { ...variables, id: String(variables.id) });
  expect(errors).toBeUndefined();
  expect(at(data, 'duplicatePrompt.userErrors')).toEqual([]);
  return at(data, 'duplicatePrompt.prompt');
}

function sent(): unknown {
  const requests = gateway.sandbox.requests({ method: 'POST' });
  expect(requests).toHaveLength(1);
  return requests[0]?.body;
}

const INHERITED = {
  text: 'a cat',
  negativePrompt: 'blurry',
  steps: 30,
  seed: 4_000_000_000,
  style: 'CINEMATIC',
};

describe('overrides of a duplicate', () => {
  it.each<[what: string, variables: Record<string, unknown>]>([
    ['omitted', {}],
    ['null', { overrides: null, imageIndex: null }],
    ['empty', { overrides: {} }],
  ])(
    'the overrides of a duplicate that are %s inherit every field without a read',
    async (_what, variables) => {
      const { id } = original();
      expect(await duplicate({ id, ...variables })).toMatchObject(INHERITED);
      expect(calls(gateway.sandbox)).toEqual([`POST /prompts/${id}/duplicate`]);
      // An empty `prompt` and an absent one are equivalent.
      expect({ prompt: {}, ...Object(sent()) }).toEqual({ prompt: {} });
    },
  );

  it('the overrides of a duplicate replace, clear and inherit fields together', async () => {
    const { id } = original();
    const overrides = { text: 'a dog', negativePrompt: null, seed: 7, style: null, scheduler: 'LCM' };
    expect(await duplicate({ id, overrides })).toMatchObject({
      text: 'a dog',
      negativePrompt: null,
      seed: 7,
      style: null,
      steps: 30,
    });
    expect(sent()).toEqual({
      prompt: { text: 'a dog', negative_prompt: null, seed: 7, scheduler: 'lcm', style: null },
    });
    expect(calls(gateway.sandbox)).toEqual([`POST /prompts/${id}/duplicate`]);
  });

  it('the overrides of a duplicate cover every field of a prompt, and can clear each except the text', async () => {
    const names = async (type: string) => {
      const { data } = await gateway.graphql(`{ __type(name: "${type}") { inputFields { name } } }`);
      return at(data, '__type.inputFields');
    };
    const fields = await names('PromptOverridesInput');
    expect(fields).toEqual(await names('CreatePromptInput'));
    if (!Array.isArray(fields)) throw new Error('no fields');
    // A request clears the attributes in `extra` individually.
    const kept = ['text', 'extra'];
    const cleared = fields.map((field) => String(at(field, 'name'))).filter((name) => !kept.includes(name));
    const { id } = original({
      super_resolution: true,
      hires_fix: true,
      input_image_url: 'http://a.example/b',
    });
    await duplicate({ id, overrides: Object.fromEntries(cleared.map((name) => [name, null])) });
    const copied = [...gateway.sandbox.astria.prompts.values()].at(-1);
    expect(copied).toMatchObject({
      text: 'a cat',
      negative_prompt: null,
      steps: null,
      super_resolution: null,
      hires_fix: null,
      input_image_url: null,
    });
    const wire: unknown = at(sent(), 'prompt');
    expect(new Set(Object.values(Object(wire)))).toEqual(new Set([null]));
    expect(Object.keys(Object(wire)).length).toBeGreaterThanOrEqual(cleared.length);
  });

  it('the overrides of a duplicate clear an image that was uploaded for the original', async () => {
    const created = await postForm(
      gateway.url,
      uploadForm(
        `mutation ($file: Upload!) {
          createPrompt(tuneId: "2690418", input: { text: "a cat", inputImage: { upload: $file } }) { prompt { id } }
        }`,
        { file: null },
        { 'variables.file': { bytes: png(400), filename: 'in.png' } },
      ),
    );
    const id = Number(at(created.data, 'createPrompt.prompt.id'));
    gateway.sandbox.clearRequests();
    const copy = await duplicate({ id, overrides: { inputImage: null } });
    const copied = gateway.sandbox.astria.prompts.get(Number(at(copy, 'id')));
    expect([copied?.input_image, copied?.input_image_url]).toEqual([null, null]);
  });

  it('the overrides of a duplicate replace an image by another URL', async () => {
    const { id } = original({ input_image_url: 'https://example.com/old.png' });
    await duplicate({ id, overrides: { inputImage: { url: 'https://example.com/new.png' } } });
    expect(sent()).toEqual({ prompt: { input_image_url: 'https://example.com/new.png' } });
  });
});

describe('imageIndex of a duplicate', () => {
  it('the imageIndex of a duplicate is sent as image_index beside the fields of the prompt', async () => {
    const { id, images } = original({ num_images: 2 });
    const copy = await duplicate({ id, overrides: { text: 'it moves' }, imageIndex: 1 });
    expect(sent()).toEqual({ prompt: { text: 'it moves' }, image_index: 1 });
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`, `POST /prompts/${id}/duplicate`]);
    const reused = gateway.sandbox.astria.prompts.get(Number(at(copy, 'id')))?.reused_image;
    expect(reused).toBe(images?.[1]);
  });

  it('the imageIndex of a duplicate can be 0', async () => {
    const { id } = original();
    await duplicate({ id, imageIndex: 0 });
    expect(sent()).toMatchObject({ image_index: 0 });
  });
});

describe('duplicate', () => {
  it('a duplicate reads its original once when a check depends on it', async () => {
    const { id } = original({ super_resolution: true });
    expect(
      await duplicate({ id, overrides: { inpaintFaces: true, hiresFix: true }, imageIndex: 0 }),
    ).toMatchObject({ inpaintFaces: true, superResolution: true });
    expect(calls(gateway.sandbox)).toEqual([`GET /prompts/${id}.json`, `POST /prompts/${id}/duplicate`]);
    expect(sent()).toEqual({ prompt: { inpaint_faces: true, hires_fix: true }, image_index: 0 });
  });

  it('a duplicate does not read its original when the overrides suffice for the checks', async () => {
    const { id } = original();
    await duplicate({ id, overrides: { inpaintFaces: true, superResolution: true } });
    expect(calls(gateway.sandbox)).toEqual([`POST /prompts/${id}/duplicate`]);
  });
});

describe('duplicate with files', () => {
  it('a duplicate with files is sent as a form with unchanged files, numbers as strings and cleared fields as empty', async () => {
    const { id } = original({ num_images: 2 });
    const [input, mask] = [png(70_000, 1), png(90_000, 2)];
    const { data, errors } = await postForm(
      gateway.url,
      uploadForm(
        DUPLICATE,
        {
          id: String(id),
          imageIndex: 1,
          overrides: {
            text: 'a döner “kebab”\r\n--x',
            negativePrompt: null,
            seed: 4294967296,
            filmGrain: false,
            aspectRatio: 'RATIO_21_9',
            inputImage: { upload: null },
            maskImage: { upload: null },
          },
        },
        {
          'variables.overrides.inputImage.upload': { bytes: input, filename: 'in.png' },
          'variables.overrides.maskImage.upload': { bytes: mask, filename: 'mask.png' },
        },
      ),
    );
    expect(errors).toBeUndefined();
    expect(at(data, 'duplicatePrompt.userErrors')).toEqual([]);
    const file = (filename: string, bytes: Uint8Array) => ({
      filename,
      contentType: 'image/png',
      size: bytes.length,
      sha256: sha256(bytes),
    });
    expect(sent()).toEqual({
      'prompt[text]': 'a döner “kebab”\r\n--x',
      'prompt[negative_prompt]': '',
      'prompt[seed]': '4294967296',
      'prompt[film_grain]': 'false',
      'prompt[aspect_ratio]': '21:9',
      'prompt[input_image]': file('in.png', input),
      'prompt[mask_image]': file('mask.png', mask),
      image_index: '1',
    });
    const copy = gateway.sandbox.astria.prompts.get(Number(at(data, 'duplicatePrompt.prompt.id')));
    expect(copy).toMatchObject({ negative_prompt: null, steps: 30, seed: 4294967296 });
  });
});
