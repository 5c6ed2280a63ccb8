import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, client, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox();
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());

const ids = (list: Record<string, unknown>[]) => list.map(({ id }) => Number(id));

describe('page of the Astria sandbox', () => {
  it('a page of the Astria sandbox is a bare array of 20 by default, newest first', async () => {
    const reply = await send('GET', '/prompts');
    const found = ids(reply.list);
    expect(reply.text.startsWith('[')).toBe(true);
    expect(found).toHaveLength(20);
    expect(found).toEqual(found.toSorted((a, b) => b - a));
  });

  it('a page of the Astria sandbox continues at before_id, so that each prompt is listed once', async () => {
    const seen: number[] = [];
    for (let before = ''; ; before = `&before_id=${seen.at(-1)}`) {
      const { list } = await send('GET', `/prompts?limit=50${before}`);
      if (list.length === 0) break;
      seen.push(...ids(list));
    }
    const own = [...sandbox.astria.prompts.values()].filter((prompt) => prompt.owner === 'main');
    expect(seen).toHaveLength(own.length);
    expect(new Set(seen).size).toBe(own.length);
  });

  it('a page of the Astria sandbox starts at offset', async () => {
    const all = ids((await send('GET', '/tunes?limit=30')).list);
    expect(ids((await send('GET', '/tunes?limit=5&offset=10')).list)).toEqual(all.slice(10, 15));
  });

  it.each([
    ['/tunes?limit=120', 200],
    ['/tunes?limit=121', 400],
    ['/tunes?limit=0', 400],
    ['/tunes?limit=ten', 400],
    ['/tunes?limit=', 400],
    ['/tunes?limit=-1', 400],
    ['/tunes?offset=200', 200],
    ['/tunes?offset=201', 400],
    ['/prompts?offset=10000', 200],
    ['/prompts?offset=10001', 400],
    ['/prompts?before_id=abc', 400],
    ['/tunes/2014377/prompts?limit=121', 400],
    ['/tunes/2014377/prompts?offset=10001', 400],
  ])('a page of the Astria sandbox at %s has the status %i', async (path, status) => {
    const reply = await send('GET', path);
    expect(reply.status).toBe(status);
    if (status === 400) expect(typeof reply.body.error).toBe('string');
  });

  it.each([
    ['/tunes?page=2', 'page'],
    ['/prompts?title=x', 'title'],
    ['/tunes/2014377?full=1', 'full'],
    ['/tunes/2014377/prompts?colour=red', 'colour'],
  ])(
    'a page of the Astria sandbox at %s is rejected because of the unknown parameter %s',
    async (path, name) => {
      const reply = await send('GET', path);
      expect(reply.status).toBe(400);
      expect(reply.body.error).toContain(name);
    },
  );
});

describe('reading Astria', () => {
  it.each([
    ['title=una', (tune: Record<string, unknown>) => String(tune.title).includes('una')],
    ['title=TRS-26', (tune: Record<string, unknown>) => tune.title === 'Trail runner shoe SS26'],
    ['name[]=cat&name[]=dog', (tune: Record<string, unknown>) => tune.name === 'cat' || tune.name === 'dog'],
    ['model_type=faceid', (tune: Record<string, unknown>) => tune.model_type === 'faceid'],
    ['branch=sd15', (tune: Record<string, unknown>) => tune.branch === 'sd15'],
    [
      'branch=sd15&name[]=man',
      (tune: Record<string, unknown>) => tune.branch === 'sd15' && tune.name === 'man',
    ],
  ])('reading Astria filters tunes by %s', async (query, matches) => {
    const all = (await send('GET', '/tunes?limit=120')).list;
    const found = (await send('GET', `/tunes?limit=120&${query}`)).list;
    expect(found.length).toBeGreaterThan(0);
    expect(ids(found)).toEqual(ids(all.filter(matches)));
  });

  it('reading Astria finds a prompt at each of its paths, but not under another tune', async () => {
    const prompt = (await send('GET', '/prompts?limit=1')).list[0];
    for (const path of [
      `/prompts/${prompt?.id}`,
      `/prompts/${prompt?.id}.json`,
      `/tunes/${prompt?.tune_id}/prompts/${prompt?.id}`,
      `/tunes/${prompt?.tune_id}/prompts/${prompt?.id}.json`,
    ]) {
      expect((await send('GET', path)).body).toEqual(prompt);
    }
    expect((await send('GET', `/tunes/1504944/prompts/${prompt?.id}`)).status).toBe(404);
  });

  it.each([
    '/tunes/1',
    '/prompts/1',
    '/tunes/abc',
    '/tunes/1/prompts',
    '/p/1',
    '/workspaces/1',
    '/tunes/%ZZ',
  ])('reading Astria returns 404 and an error for %s', async (path) => {
    const reply = await send('GET', path);
    expect(reply.status).toBe(404);
    expect(typeof reply.body.error).toBe('string');
  });

  it('reading Astria finds running, failed and settled prompts, and prompts on every tune', () => {
    const own = [...sandbox.astria.prompts.values()].filter((prompt) => prompt.owner === 'main');
    expect(own.filter((prompt) => prompt.user_error)).toHaveLength(2);
    expect(own.filter((prompt) => !prompt.user_error && !prompt.images)).toHaveLength(1);
    expect(own.length).toBeGreaterThanOrEqual(70);
    const tunes = [...sandbox.astria.tunes.values()].filter((tune) => tune.owner === 'main');
    for (const tune of tunes) expect(own.some((prompt) => prompt.tune_id === tune.id)).toBe(true);
    expect(own.some((prompt) => Number(prompt.seed) > 2 ** 31)).toBe(true);
  });

  it('reading Astria shows every documented attribute, and images only once they exist', async () => {
    const running = [...sandbox.astria.prompts.values()].find((each) => !each.images && !each.user_error);
    const { body } = await send('GET', `/prompts/${running?.id}`);
    expect(body).not.toHaveProperty('images');
    expect(body).toMatchObject({ user_error: null, trained_at: null });
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining([
        'negative_prompt',
        'callback',
        'cfg_scale',
        'w',
        'h',
        'scheduler',
        'url',
        'cost_mc',
      ]),
    );
    for (const hidden of ['owner', 'liked', 'reused_image']) expect(body).not.toHaveProperty(hidden);
    sandbox.astria.settle(Number(running?.id));
    expect((await send('GET', `/prompts/${running?.id}`)).body.images).toHaveLength(running?.num_images ?? 0);
  });

  it('reading Astria is limited to the workspace in x-workspace-id', async () => {
    const tune = sandbox.astria.addTune({ workspace_id: 77, title: 'Scoped' });
    const scoped = client(sandbox.astriaUrl, { authorization: 'Bearer sd_sandbox', 'x-workspace-id': '77' });
    expect(ids((await scoped('GET', '/tunes')).list)).toEqual([tune.id]);
    expect((await scoped('GET', '/tunes/2014377')).status).toBe(404);
    const made = await scoped('POST', `/tunes/${tune.id}/prompts`, { prompt: { text: 'in a workspace' } });
    expect(made.body.workspace_id).toBe(77);
    const bad = client(sandbox.astriaUrl, { authorization: 'Bearer sd_sandbox', 'x-workspace-id': 'x' });
    expect((await bad('GET', '/tunes')).status).toBe(400);
  });
});

describe('Astria sandbox', () => {
  it('the Astria sandbox deletes a prompt with the documented message', async () => {
    for (const path of [(id: number) => `/prompts/${id}`, (id: number) => `/tunes/2014377/prompts/${id}`]) {
      const { id } = sandbox.astria.addPrompt({ tune_id: 2014377 });
      const reply = await send('DELETE', path(id));
      expect([reply.status, reply.body]).toEqual([200, { message: 'Prompt successfully deleted' }]);
      expect((await send('GET', `/prompts/${id}`)).status).toBe(404);
    }
  });

  it('the Astria sandbox likes and unlikes a prompt with 201 and without a body', async () => {
    const prompt = sandbox.astria.addPrompt({});
    const liked = await send('POST', `/prompts/${prompt.id}/likes`);
    expect([liked.status, liked.text, prompt.liked]).toEqual([201, '', true]);
    const unliked = await send('DELETE', `/prompts/${prompt.id}/likes`);
    expect([unliked.status, unliked.text, prompt.liked]).toEqual([201, '', false]);
  });

  it('the Astria sandbox changes only title, name and characteristics of a tune', async () => {
    const { id } = sandbox.astria.addTune({});
    const changes = { title: 'New', name: 'woman', characteristics: { hair: 'red' } };
    expect((await send('PATCH', `/tunes/${id}`, { tune: changes })).body).toMatchObject({ title: 'New' });
    expect(sandbox.astria.tunes.get(id)).toMatchObject(changes);
    const refused = await send('PATCH', `/tunes/${id}`, { tune: { title: '', branch: 'sd15' } });
    expect(refused.status).toBe(422);
    expect(Object.keys(refused.body).sort()).toEqual(['branch', 'title']);
  });

  it('the Astria sandbox deletes a tune with its prompts', async () => {
    const tune = sandbox.astria.addTune({});
    const prompt = sandbox.astria.addPrompt({ tune_id: tune.id });
    expect((await send('DELETE', `/tunes/${tune.id}`)).status).toBe(200);
    expect((await send('GET', `/tunes/${tune.id}`)).status).toBe(404);
    expect((await send('GET', `/prompts/${prompt.id}`)).status).toBe(404);
  });
});
