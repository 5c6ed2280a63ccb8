import { describe, expect, it } from '@jest/globals';
import type { CreatePromptInput } from '../../src/graphql/__generated__/resolvers.js';
import { CreatePromptDocument, PromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls, until } from '../support/gateway.js';

const TUNE = '2690418';

const gateway = describeGateway({ env: { INTROSPECTION: 'true' } });

async function create(input: CreatePromptInput, tuneId = TUNE) {
  const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId, input });
  return createPrompt;
}

function sent() {
  const requests = gateway.sandbox.requests({ upstream: 'astria', method: 'POST' });
  expect(requests).toHaveLength(1);
  return requests[0];
}

/** Every field of the input, with the attribute that Astria must receive. */
const FIELDS: readonly (readonly [name: string, value: unknown, wire: string, wireValue?: unknown])[] = [
  ['text', 'portrait of ohwx man — “ünïcode”, 日本', 'text'],
  ['negativePrompt', 'blurry', 'negative_prompt'],
  ['theme', 'noir', 'theme'],
  ['callback', 'http://127.0.0.1:9/settled?id=1', 'callback'],
  ['numImages', 8, 'num_images'],
  ['seed', 4294967296, 'seed'],
  ['superResolution', true, 'super_resolution'],
  ['inpaintFaces', true, 'inpaint_faces'],
  ['hiresFix', true, 'hires_fix'],
  ['faceCorrect', false, 'face_correct'],
  ['faceSwap', true, 'face_swap'],
  ['useLpw', false, 'use_lpw'],
  ['filmGrain', true, 'film_grain'],
  ['promptExpansion', false, 'prompt_expansion'],
  ['community', true, 'community'],
  ['cfgScale', 7.5, 'cfg_scale'],
  ['steps', 50, 'steps'],
  ['aspectRatio', 'RATIO_16_9', 'aspect_ratio', '16:9'],
  ['resolution', 'RESOLUTION_2K', 'resolution', '2K'],
  ['width', 1024, 'w'],
  ['height', 8, 'h'],
  ['scheduler', 'DPMPP_SDE_KARRAS', 'scheduler', 'dpm++sde_karras'],
  ['backendVersion', 1, 'backend_version'],
  ['style', 'DIGITAL_ART', 'style', 'Digital Art'],
  ['colorGrading', 'FILM_VELVIA', 'color_grading', 'Film Velvia'],
  ['controlnet', 'POSE', 'controlnet', 'pose'],
  ['denoisingStrength', 0.8, 'denoising_strength'],
  ['controlnetConditioningScale', 0, 'controlnet_conditioning_scale'],
  ['controlnetTxt2img', true, 'controlnet_txt2img'],
  ['inputImage', { url: 'https://example.com/in.png' }, 'input_image_url', 'https://example.com/in.png'],
  ['maskImage', { url: 'https://example.com/mask.png' }, 'mask_image_url', 'https://example.com/mask.png'],
];

describe('request to Astria', () => {
  it('the request to Astria contains every field of the input under its Astria name, as JSON', async () => {
    const { data } = await gateway.graphql('{ __type(name: "CreatePromptInput") { inputFields { name } } }');
    expect(at(data, '__type.inputFields')).toEqual([
      ...FIELDS.map(([name]) => ({ name })),
      { name: 'extra' },
    ]);

    const input = Object.fromEntries(FIELDS.map(([name, value]) => [name, value]));
    expect(await create(input)).toMatchObject({ userErrors: [], prompt: { status: 'RUNNING' } });
    const request = sent();
    expect(request).toMatchObject({ path: `/tunes/${TUNE}/prompts`, query: {}, status: 201 });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(request?.body).toEqual({
      prompt: Object.fromEntries(
        FIELDS.map(([, value, wire, wireValue]) => [wire, wireValue === undefined ? value : wireValue]),
      ),
    });
  });

  it('the request to Astria creates a prompt that shows every field', async () => {
    const echoed = FIELDS.filter(([name]) => !name.endsWith('Image'));
    const { data, errors } = await gateway.graphql(
      `mutation ($tuneId: ID!, $input: CreatePromptInput!) {
        createPrompt(tuneId: $tuneId, input: $input) { prompt { ${echoed.map(([name]) => name).join(' ')} } }
      }`,
      { tuneId: TUNE, input: Object.fromEntries(FIELDS.map(([name, value]) => [name, value])) },
    );
    expect(errors).toBeUndefined();
    expect(at(data, 'createPrompt.prompt')).toEqual(
      Object.fromEntries(echoed.map(([name, value]) => [name, value])),
    );
  });

  it('the request to Astria omits fields that are absent or null', async () => {
    await create({ text: 'a cat', seed: null, inputImage: null, style: null, superResolution: null });
    expect(sent()?.body).toEqual({ prompt: { text: 'a cat' } });
  });

  it('the request to Astria keeps zeros and false', async () => {
    await create({ text: 'a cat', seed: 0, steps: 0, cfgScale: 0, denoisingStrength: 0, filmGrain: false });
    expect(sent()?.body).toEqual({
      prompt: { text: 'a cat', seed: 0, steps: 0, cfg_scale: 0, denoising_strength: 0, film_grain: false },
    });
  });

  it('the request to Astria uses the key of the caller', async () => {
    const { createPrompt } = await gateway.run(
      CreatePromptDocument,
      { tuneId: '2310054', input: { text: 'greta' } },
      { 'x-astria-api-key': 'sd_sandbox_other' },
    );
    const id = Number(createPrompt?.prompt?.id);
    expect(gateway.sandbox.astria.prompts.get(id)?.owner).toBe('other');
  });
});

describe('the enum values of', () => {
  it.each<[field: string, type: string, wire: string, words: Record<string, string>]>([
    [
      'aspectRatio',
      'AspectRatio',
      'aspect_ratio',
      Object.fromEntries([
        ...'1:1 16:9 9:16 21:9 9:21 3:2 2:3 5:4 4:5 4:3 3:4'
          .split(' ')
          .map((ratio) => [`RATIO_${ratio.replace(':', '_')}`, ratio]),
        ['ADAPTIVE', 'adaptive'],
      ]),
    ],
    [
      'resolution',
      'Resolution',
      'resolution',
      { RESOLUTION_1K: '1K', RESOLUTION_2K: '2K', RESOLUTION_4K: '4K' },
    ],
    [
      'scheduler',
      'Scheduler',
      'scheduler',
      {
        EULER: 'euler',
        EULER_A: 'euler_a',
        DPMPP_2M_KARRAS: 'dpm++2m_karras',
        DPMPP_SDE_KARRAS: 'dpm++sde_karras',
        DPMPP_2M: 'dpm++2m',
        DPMPP_SDE: 'dpm++sde',
        LCM: 'lcm',
        TCD: 'tcd',
      },
    ],
    [
      'style',
      'Style',
      'style',
      {
        CINEMATIC: 'Cinematic',
        ANIMATED: 'Animated',
        DIGITAL_ART: 'Digital Art',
        PHOTOGRAPHIC: 'Photographic',
        FANTASY_ART: 'Fantasy art',
        NEONPUNK: 'Neonpunk',
        ENHANCE: 'Enhance',
        COMIC_BOOK: 'Comic book',
        LOWPOLY: 'Lowpoly',
        LINE_ART: 'Line art',
      },
    ],
    [
      'colorGrading',
      'ColorGrading',
      'color_grading',
      { FILM_VELVIA: 'Film Velvia', FILM_PORTRA: 'Film Portra', EKTAR: 'Ektar' },
    ],
    [
      'controlnet',
      'Controlnet',
      'controlnet',
      Object.fromEntries(
        'composition reference segroom ipadapter lineart canny depth mlsd hed pose tile qr relight'
          .split(' ')
          .map((word) => [word.toUpperCase(), word]),
      ),
    ],
  ])('%s are translated to the values of Astria and back', async (field, type, wire, words) => {
    const { data } = await gateway.graphql(`{ __type(name: "${type}") { enumValues { name } } }`);
    expect(at(data, '__type.enumValues')).toEqual(Object.keys(words).map((name) => ({ name })));
    const query = `mutation ($input: CreatePromptInput!) {
      createPrompt(tuneId: "${TUNE}", input: $input) { prompt { ${field} } userErrors { message } }
    }`;
    for (const word of Object.keys(words)) {
      const input = { text: 'a cat', [field]: word, inputImage: { url: 'https://example.com/in.png' } };
      const answer = await gateway.graphql(query, { input });
      expect(at(answer.data, `createPrompt.prompt.${field}`)).toBe(word);
    }
    const bodies = gateway.sandbox.requests({ method: 'POST' }).map(({ body }) => at(body, `prompt.${wire}`));
    expect(bodies).toEqual(Object.values(words));
  });
});

describe('new prompt', () => {
  it('a new prompt has the id of its tune without another call', async () => {
    expect(await create({ text: 'a cat' })).toMatchObject({ prompt: { tune: { id: TUNE } } });
    expect(calls(gateway.sandbox)).toEqual([`POST /tunes/${TUNE}/prompts`]);
  });

  it('a new prompt can use a tune of the gallery', async () => {
    expect(await create({ text: 'a cat' }, '1504944')).toMatchObject({ prompt: { tune: { id: '1504944' } } });
  });

  const settled = async (input: CreatePromptInput) => {
    const id = (await create(input))?.prompt?.id ?? '';
    const { prompt } = await until(
      () => gateway.run(PromptDocument, { id }),
      (read) => read.prompt?.status !== 'RUNNING',
    );
    return prompt;
  };

  it('a new prompt settles with its images', async () => {
    const prompt = await settled({ text: 'a cat', numImages: 2 });
    const image = expect.stringMatching(/^http/);
    expect(prompt).toMatchObject({ status: 'SUCCEEDED', error: null, images: [image, image] });
  });

  it('a new prompt settles with its error', async () => {
    const prompt = await settled({ text: 'a cat [fail]' });
    expect(prompt).toMatchObject({ status: 'FAILED', images: [], error: expect.stringContaining('[fail]') });
  });
});
