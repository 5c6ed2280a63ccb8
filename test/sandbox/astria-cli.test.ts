import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { encodePng } from '../../src/sandbox/pictures/png.js';
import { astriaClient, client, type Send } from './client.js';

const IMAGE = 'https://a.example/x.png';
const PNG = new Blob([new Uint8Array(encodePng(2, 2, new Uint8Array(12)))], { type: 'image/png' });

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 60_000 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const ids = (list: Record<string, unknown>[]) => list.map(({ id }) => Number(id));
const inScope = (scope: string) =>
  client(sandbox.astriaUrl, { authorization: 'Bearer sd_sandbox', 'x-workspace-id': scope });

function form(fields: Record<string, string | Blob>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

describe('list of prompts', () => {
  it.each([
    ['text=ZEBRA', { text: 'a zebra on ice' }],
    ['base_pack_id=5', { base_pack_id: 5 }],
    ['orig_prompt_id=6', { orig_prompt_id: 6 }],
    ['order_id=7', { order_id: 7 }],
    ['liked=true', { liked: true }],
    ['today=true', {}],
    ['is_video=true', { video_model: 'wan22' }],
  ])('a list of prompts can be filtered by %s', async (query, attributes) => {
    const prompt = sandbox.astria.addPrompt({ tune_id: 2234518, ...attributes });
    expect(ids((await send('GET', `/prompts?${query}`)).list)).toEqual([prompt.id]);
    const path = `/tunes/2234518/prompts?tune_id=2234518&${query}`;
    expect(ids((await send('GET', path)).list)).toEqual([prompt.id]);
    expect((await send('GET', `/tunes/2014377/prompts?${query}`)).list).toEqual([]);
  });

  it('a list of prompts can be filtered by user_id and is_api', async () => {
    const { id: userId } = (await send('GET', '/users')).body;
    expect((await send('GET', `/prompts?user_id=${userId}`)).list).toHaveLength(20);
    expect((await send('GET', '/prompts?user_id=10077')).list).toEqual([]);
    const byHand = sandbox.astria.addPrompt({ is_api: false });
    expect(ids((await send('GET', '/prompts')).list)).toContain(byHand.id);
    expect(ids((await send('GET', '/prompts?is_api=true')).list)).not.toContain(byHand.id);
  });

  it('a list of prompts shows the templates of a public pack, which are read-only', async () => {
    const { list } = await send('GET', '/prompts?pack_id=1871');
    expect(ids(list)).toEqual([19_400_103, 19_400_102, 19_400_101]);
    expect((await send('GET', '/prompts/19400101')).status).toBe(200);
    expect((await send('DELETE', '/prompts/19400101')).status).toBe(404);
  });

  it.each(['liked=yes', 'tune_id=abc', 'expand[]=user'])(
    'a list of prompts rejects %s with 400',
    async (query) => {
      expect((await send('GET', `/prompts?${query}`)).status).toBe(400);
    },
  );

  it('a list of prompts expands debug images on request, like a single prompt', async () => {
    const data = form({ 'prompt[text]': 'debugged', 'prompt[input_image]': PNG });
    const { body } = await send('POST', '/tunes/2234518/prompts', data);
    const debug = {
      debug_images: [body.input_image],
      debug_filenames: ['blob'],
      debug_content_types: ['image/png'],
    };
    const single = `/tunes/2234518/prompts/${body.id}?expand[]=debug_images`;
    expect((await send('GET', single)).body).toMatchObject(debug);
    expect((await send('GET', '/prompts?expand[]=prompt.debug_images')).list[0]).toMatchObject(debug);
    expect((await send('GET', `/prompts/${body.id}.json`)).body).not.toHaveProperty('debug_images');
  });
});

describe('prompt', () => {
  it('a prompt accepts PATCH only for fields that do not affect the image', async () => {
    const { id } = sandbox.astria.addPrompt({ tune_id: 2234518, text: '<lora:1:1> ohwx man' });
    const changes = { pack_id: 1, base_pack_id: 2, workspace_id: null, orig_prompt_id: 4 };
    const changed = await send('PATCH', `/tunes/2234518/prompts/${id}`, { prompt: changes });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining(changes)]);
    const cleared = await send('PATCH', `/prompts/${id}.json`, { prompt: { pack_id: null } });
    expect(cleared.body).toMatchObject({ ...changes, pack_id: null });
    const refused = await send('PATCH', `/prompts/${id}`, { prompt: { text: 'x', seed: 1 } });
    expect([refused.status, Object.keys(refused.body).sort()]).toEqual([422, ['seed', 'text']]);
  });

  it('a prompt requires a fine-tuned tune as a template of a pack', async () => {
    const { id } = sandbox.astria.addPrompt({ text: 'a cat' });
    const problem = { base: ['Prompt is not using a fine-tuned model'] };
    expect((await send('PATCH', `/prompts/${id}`, { prompt: { pack_id: 1 } })).body).toEqual(problem);
    const prompt = { text: 'a cat', pack_id: 1 };
    expect((await send('POST', '/tunes/2234518/prompts', { prompt })).body).toEqual(problem);
  });

  it('a prompt shares its like with its duplicate, which names it', async () => {
    const original = sandbox.astria.addPrompt({});
    const path = `/prompts/${original.id}/duplicate?view=board`;
    const { body } = await send('POST', path, { prompt: { order_id: 9 } });
    expect(body).toMatchObject({ orig_prompt_id: original.id, order_id: 9 });
    expect((await send('POST', `/prompts/${body.id}/like`)).status).toBe(201);
    expect(original.liked).toBe(true);
    expect((await send('DELETE', `/prompts/${body.id}/like`)).status).toBe(201);
    expect(original.liked).toBe(false);
  });
});

describe('workspaces', () => {
  it('workspaces separate personal objects from the objects of each workspace', async () => {
    const prompt = { text: 'scoped', workspace_id: 3301 };
    const { id } = (await send('POST', '/tunes/1504944/prompts', { prompt })).body;
    const newest = async (scope: string) => ids((await inScope(scope)('GET', '/prompts?limit=1')).list)[0];
    expect(await newest('3301')).toBe(id);
    expect(await newest('all')).toBe(id);
    expect(await newest('personal')).not.toBe(id);
    expect(ids((await send('GET', '/prompts?limit=1')).list)).not.toContain(id);
  });

  it('workspaces can be listed, created and changed, but only by their owner', async () => {
    const list = await send('GET', '/workspaces.json');
    expect(list.list).toEqual([{ id: 3301, title: 'Spring campaign', slug: 'spring-campaign-3301' }]);
    const made = await send('POST', '/workspaces.json', { workspace: { title: 'Autumn' } });
    expect([made.status, made.body.title]).toEqual([201, 'Autumn']);
    const path = `/workspaces/${made.body.id}.json`;
    const changed = await send('PATCH', path, { workspace: { brief: 'Leaves' } });
    expect([changed.status, changed.body.brief]).toEqual([200, 'Leaves']);
    expect((await send('PATCH', path, { workspace: { title: 'x' } })).status).toBe(422);
    expect((await astriaClient(sandbox, 'sd_sandbox_other')('GET', path)).status).toBe(404);
  });
});

describe('tunes', () => {
  const tune = { title: 'New', name: 'man', image_urls: [IMAGE] };

  it('tunes of the gallery have a separate list, which clamps a large limit', async () => {
    const gallery = await send('GET', '/gallery/tunes?limit=200');
    expect(ids(gallery.list)).toEqual([1610311, 1504944, 1213247, 690204]);
    const partner = await send('GET', '/gallery/tunes?branch=partner-1&title=PARTNER');
    expect(ids(partner.list)).toEqual([1610311]);
    expect((await send('GET', '/tunes?limit=200')).status).toBe(400);
  });

  it.each([
    [{}, { branch: 'sd15', token: 'sks', trained_at: null }],
    [{ base_tune_id: 1504944 }, { branch: 'flux1', token: 'ohwx', base_tune_id: 1504944 }],
    [
      { branch: 'sdxl1', model_type: 'lora' },
      { model_type: 'pti', token: 'ohwx' },
    ],
    [{ branch: 'newest-9' }, { branch: 'newest-9' }],
    [{ model_type: 'faceid' }, { model_type: 'faceid', trained_at: expect.any(String) }],
  ])('tunes created with %j become %j', async (fields, expected) => {
    const reply = await send('POST', '/tunes', { tune: { ...tune, ...fields } });
    expect([reply.status, reply.body]).toEqual([201, expect.objectContaining(expected)]);
  });

  it('tunes accept characteristics as one JSON field, and auto_extend in a later update', async () => {
    const data = form({
      'tune[title]': 'Form',
      'tune[name]': 'man',
      'tune[characteristics]': '{"eye_color":"green"}',
    });
    data.append('tune[images][]', PNG, 'a.png');
    data.append('tune[images][]', new Blob(['a caption'], { type: 'text/plain' }), 'a.txt');
    const { status, body } = await send('POST', '/tunes', data);
    const kept = () => sandbox.astria.tunes.get(Number(body.id));
    expect([status, kept()?.characteristics]).toEqual([201, { eye_color: 'green' }]);
    await send('PATCH', `/tunes/${body.id}`, { tune: { auto_extend: true } });
    expect(kept()?.auto_extend).toBe(true);
  });
});

describe('packs', () => {
  it('packs are listed, and can be read by id and slug', async () => {
    expect((await send('GET', '/packs')).list).toEqual([]);
    const gallery = await send('GET', '/gallery/packs?public=true&listed=true&limit=200');
    expect(ids(gallery.list)).toEqual([1902, 1871]);
    expect(gallery.list[1]?.cost_mc_hash).toEqual({ man: 200_000, woman: 200_000 });
    const bySlug = (await send('GET', '/p/corporate-headshots.json')).body;
    expect(bySlug).toEqual((await send('GET', '/p/1871')).body);
    expect(bySlug.template_prompts).toHaveLength(3);
  });

  it('packs are private when they are created', async () => {
    const pack = { title: 'Mine', base_tune_id: 1504944, model_type: 'faceid', subtitle: 'x' };
    const { status, body } = await send('POST', '/packs', { pack });
    expect([status, body.subtitle]).toEqual([201, 'x']);
    expect(ids((await send('GET', '/packs')).list)).toEqual([body.id]);
    expect((await astriaClient(sandbox, 'sd_sandbox_other')('GET', `/p/${body.id}`)).status).toBe(404);
  });

  it('packs train a tune and render the chosen templates with it', async () => {
    const { status, body } = await send('POST', '/p/1871/tunes', {
      tune: {
        ...{ title: 'Ada', name: 'woman', image_urls: [IMAGE], characteristics: { name: 'Ada' } },
        ...{ prompt_ids: [19_400_101], prompt_attributes: { num_images: 2, aspect_ratio: '3:4' } },
      },
    });
    expect([status, body.model_type]).toEqual([201, 'faceid']);
    expect((await send('GET', `/tunes/${body.id}/prompts`)).list).toEqual([
      expect.objectContaining({
        text: `<faceid:${body.id}:1> Ada person, corporate headshot, grey background`,
        num_images: 2,
        aspect_ratio: '3:4',
        base_pack_id: 1871,
        pack_id: null,
      }),
    ]);
  });

  it('packs for several tunes respond with an order, and require tune_ids', async () => {
    const { body } = await send('POST', '/p/1902/tunes', { tune: { tune_ids: [2234518, 2690418] } });
    expect(body).toMatchObject({ status: 201, order: { tune_ids: [2234518, 2690418] } });
    expect(body.prompt_ids).toHaveLength(4);
    expect((await send('POST', '/p/1902/tunes', { tune: { title: 'x' } })).status).toBe(422);
  });

  it.each([
    [{ title: 'x', name: 'dog', image_urls: [IMAGE] }, 'name'],
    [{ tune_ids: [1] }, 'tune_ids'],
    [{ tune_ids: [2234518], prompt_ids: [1] }, 'prompt_ids'],
    [{ tune_ids: [2234518], prompt_attributes: { seed: -1 } }, 'prompt_attributes.seed'],
  ])('packs reject %j', async (fields, name) => {
    const reply = await send('POST', '/p/1871/tunes', { tune: fields });
    expect([reply.status, Object.keys(reply.body)]).toEqual([422, [name]]);
  });
});

describe('sandbox', () => {
  it('the sandbox serves GET /cli/models without a key', async () => {
    const reply = await client(sandbox.astriaUrl, {})('GET', '/cli/models');
    expect([reply.status, reply.body.cache_ttl]).toEqual([200, 86_400]);
  });

  it('the sandbox renders ten prompts for each tune on POST /themes', async () => {
    const data = form({ 'theme[theme]': 'jungle', 'theme[prompt_attributes][num_images]': '2' });
    data.append('theme[tune_ids][]', '2234518');
    data.append('theme[tune_ids][]', '2690418');
    const reply = await send('POST', '/themes', data);
    expect([reply.status, reply.text]).toEqual([201, '']);
    const { list } = await send('GET', '/prompts?text=jungle');
    expect(list).toHaveLength(20);
    expect(list[0]).toMatchObject({ theme: 'jungle', num_images: 2 });
  });

  it('the sandbox describes a file or a URL on POST /images/inspect', async () => {
    for (const source of [{ file: PNG }, { file_url: IMAGE }]) {
      const reply = await send('POST', '/images/inspect', form({ name: 'man', ...source }));
      expect(reply.body).toMatchObject({ name: 'man', blurry: expect.any(Boolean), age: expect.any(String) });
    }
    expect((await send('POST', '/images/inspect', form({ name: 'man' }))).status).toBe(422);
  });
});
