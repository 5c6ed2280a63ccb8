import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { isRecord, portkeyClient, portkeyError, type Reply, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox();
  send = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const expectError = (reply: Reply, status: number, code: string) =>
  expect([reply.status, portkeyError(reply).code]).toEqual([status, code]);
const workspace = (name: string) =>
  [...sandbox.portkey.workspaces.values()].find((each) => each.name === name)?.id ?? '';

describe('render and completions', () => {
  const chat = () =>
    sandbox.portkey.addPrompt({
      string: JSON.stringify([
        { role: 'system', content: '{{>brand-voice}} {{#vip}}VIP {{/vip}}{{^vip}}guest {{/vip}}{{missing}}' },
        { role: 'user', content: [{ type: 'text', text: '{{#items}}<{{.}}>{{/items}} {{user.name}}' }] },
      ]),
      parameters: { model: 'old-model', temperature: 0.2, user: { name: 'Default' } },
      model: 'gpt-4o',
    });
  const variables = { vip: true, items: ['a', 'b'], user: { name: 'Ada & Bo' } };

  it('render and completions fill messages with variables, sections and partials', async () => {
    const reply = await send('POST', `/prompts/${chat().id}/render`, { variables, temperature: 0.9 });
    expect(reply.body).toMatchObject({ success: true, data: { model: 'gpt-4o', temperature: 0.9 } });
    expect(isRecord(reply.body.data) && reply.body.data.messages).toEqual([
      { role: 'system', content: 'Write plainly and warmly. No exclamation marks, no buzzwords. VIP ' },
      { role: 'user', content: [{ type: 'text', text: '<a><b> Ada & Bo' }] },
    ]);
  });

  it('render and completions fill a text prompt as text', async () => {
    const { slug } = sandbox.portkey.addPrompt({ string: 'Dear {{name}},', parameters: { name: 'Ada' } });
    const reply = await send('POST', `/prompts/${slug}/render`, { variables: {} });
    expect(reply.body.data).toMatchObject({ prompt: 'Dear Ada,' });
  });

  const spanning =
    '[{"role":"user","content":[{{#image}}{"url":"{{image}}"},{{/image}}{"text":"{{name}}"}]}]';

  it('render and completions fill a raw template before parsing it', async () => {
    const { id } = sandbox.portkey.addPrompt({ string: spanning, is_raw_template: 1 });
    const messages = async (variables: object) => {
      const { data } = (await send('POST', `/prompts/${id}/render`, { variables })).body;
      return isRecord(data) && data.messages;
    };
    expect(await messages({ name: 'Bo' })).toEqual([{ role: 'user', content: [{ text: 'Bo' }] }]);
    expect(await messages({ name: 'Bo', image: 'u' })).toEqual([
      { role: 'user', content: [{ url: 'u' }, { text: 'Bo' }] },
    ]);
  });

  it('render and completions treat a template as text when it is not JSON and not raw', async () => {
    const { id } = sandbox.portkey.addPrompt({ string: spanning });
    const { body } = await send('POST', `/prompts/${id}/render`, { variables: {} });
    expect(body.data).toHaveProperty('prompt');
  });

  it('render and completions complete a text prompt as text', async () => {
    const { id } = sandbox.portkey.addPrompt({ string: 'Dear {{name}},' });
    const path = `/prompts/${id}/completions`;
    const { body, headers } = await send('POST', path, { variables: { name: 'Bo' } });
    expect(body).toMatchObject({
      object: 'text_completion',
      choices: [{ text: expect.stringContaining('Dear Bo,'), finish_reason: 'stop' }],
    });
    expect(headers.get('x-portkey-trace-id')).toMatch(/\S/);
    const { text } = await send('POST', path, { variables: { name: 'Bo' }, stream: true });
    expect(text).toMatch(/"text":"Dear ".*data: \[DONE\]\n\n$/s);
  });

  it.each([{}, { variables: [] }, { variables: {}, model: 5 }])(
    'render and completions reject %j',
    async (body) => {
      expectError(await send('POST', `/prompts/${chat().id}/render`, body), 400, 'AB01');
    },
  );

  it('render and completions return the same completion for the same variables', async () => {
    const path = `/prompts/${chat().id}/completions`;
    const [first, second] = [
      await send('POST', path, { variables }),
      await send('POST', path, { variables }),
    ];
    expect(first.body).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [{ index: 0, message: { role: 'assistant', content: expect.stringContaining('Ada & Bo') } }],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(second.body.choices).toEqual(first.body.choices);
    expect(second.body.id).toBe(first.body.id);
  });

  it('render and completions call a tool when tool_choice is required', async () => {
    const tools = [{ type: 'function', function: { name: 'look_up' } }];
    const { id } = sandbox.portkey.addPrompt({ tools, tool_choice: 'required' });
    const reply = await send('POST', `/prompts/${id}/completions`, { variables: {} });
    expect(reply.body.choices).toMatchObject([
      { finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'look_up' } }] } },
    ]);
  });

  it('render and completions stream server-sent events that add up to the completion', async () => {
    const path = `/prompts/${chat().id}/completions`;
    const whole = await send('POST', path, { variables });
    const streamed = await send('POST', path, { variables, stream: true });
    expect(streamed.headers.get('content-type')).toBe('text/event-stream');
    const events = streamed.text.split('\n\n').filter(Boolean);
    expect(events.pop()).toBe('data: [DONE]');
    const deltas = events.map(
      (event) => JSON.parse(event.slice('data: '.length)).choices[0].delta.content ?? '',
    );
    expect(whole.body.choices).toMatchObject([{ message: { content: deltas.join('') } }]);
    expect(events.length).toBeGreaterThan(5);
  });
});

describe('collections', () => {
  it('collections are listed for one workspace or all of them', async () => {
    expect((await send('GET', '/collections')).body.total).toBe(5);
    const reply = await send('GET', `/collections?workspace_id=${workspace('Product')}&page_size=2`);
    expect(reply.body).toMatchObject({ object: 'list', total: 3 });
    expect(reply.list).toHaveLength(2);
  });

  it('collections can be created, renamed and deleted, and leave their prompts without a collection', async () => {
    const made = await send('POST', '/collections', { name: 'New', workspace_id: workspace('Growth') });
    const { id, slug } = made.body;
    expectError(
      await send('POST', '/collections', { name: 'New', workspace_id: workspace('Growth') }),
      409,
      'AB07',
    );
    expect((await send('PUT', `/collections/${slug}`, { name: 'Newer' })).status).toBe(200);
    expect((await send('GET', `/collections/${id}`)).body).toMatchObject({
      name: 'Newer',
      is_default: 0,
      child_collections: [],
      collection_details: { child_collections_count: 0, prompts_count: 0 },
    });
    const prompt = sandbox.portkey.addPrompt({ collection_id: String(id) });
    expect((await send('DELETE', `/collections/${id}`)).status).toBe(200);
    expect((await send('GET', `/prompts/${prompt.id}`)).body.collection_id).toBeNull();
    expectError(await send('GET', `/collections/${id}`), 404, 'AB08');
  });

  it('collections require a name, and an existing workspace if one is given', async () => {
    expectError(await send('POST', '/collections', {}), 400, 'AB01');
    expectError(await send('POST', '/collections', { name: 'x', workspace_id: 'nope' }), 404, 'AB08');
  });

  it('collections show their child collections', async () => {
    const parent = sandbox.portkey.addCollection({ name: 'Parent' });
    const { body } = await send('POST', '/collections', { name: 'Child', parent_collection_id: parent.slug });
    expect(Object.keys(body).sort()).toEqual(['id', 'slug']);
    sandbox.portkey.addPrompt({ collection_id: String(body.id) });
    expect((await send('GET', `/collections/${parent.id}`)).body).toMatchObject({
      collection_details: { child_collections_count: 1, prompts_count: 0 },
      child_collections: [{ id: body.id, name: 'Child', collection_details: { prompts_count: 1 } }],
    });
  });

  it('collections cannot be deleted if they are the default', async () => {
    const { id } = sandbox.portkey.addCollection({ is_default: true });
    expectError(await send('DELETE', `/collections/${id}`), 404, 'AB08');
  });
});

describe('label and partial API', () => {
  it('the label and partial API creates, changes and deletes labels', async () => {
    const { id } = (await send('POST', '/labels', { name: 'beta' })).body;
    for (const name of ['beta', 'production']) {
      expectError(await send('POST', '/labels', { name }), 409, 'AB07');
    }
    await send('PUT', `/labels/${id}`, { color_code: '#fff' });
    expect((await send('GET', `/labels/${id}`)).body).toMatchObject({ name: 'beta', color_code: '#fff' });
    expect((await send('GET', '/labels')).body.total).toBe(5);
    await send('DELETE', `/labels/${id}`);
    expectError(await send('GET', `/labels/${id}`), 404, 'AB08');
  });

  it.each(['latest', 'default', '12', 'a@b', 'a b', 'a.b.c', ''])(
    'the label and partial API rejects a label named "%s"',
    async (name) => {
      expectError(await send('POST', '/labels', { name }), 400, 'AB01');
    },
  );

  it('the label and partial API accepts dots, hyphens and underscores in a label', async () => {
    const { status, body } = await send('POST', '/labels', { name: 'v1.2-rc_1' });
    expect([status, Object.keys(body)]).toEqual([200, ['id']]);
  });

  it('the label and partial API has universal labels that cannot be deleted', async () => {
    const { list } = await send('GET', '/labels');
    const builtIn = list.filter(({ is_universal }) => is_universal);
    expect(builtIn.map(({ name }) => name).sort()).toEqual(['development', 'production', 'staging']);
    expectError(await send('DELETE', `/labels/${builtIn[0]?.id}`), 400, 'AB01');
  });

  it('the label and partial API keeps versions of partials', async () => {
    const made = await send('POST', '/prompts/partials', { name: 'sign-off', string: 'Bye {{name}}' });
    const path = `/prompts/partials/${made.body.id}`;
    expect((await send('PUT', path, { description: 'dropped', status: 'active' })).text).toBe('{}');
    const update = { string: 'Ciao {{name}}', description: 'dropped' };
    const { prompt_partial_version_id: versionId } = (await send('PUT', path, update)).body;
    expect((await send('GET', `${path}?version=2`)).body).toMatchObject({
      prompt_partial_version_id: versionId,
      prompt_partial_version_status: 'archived',
      version_description: null,
      status: 'active',
    });
    expect((await send('GET', path)).body).toMatchObject({ string: 'Bye {{name}}', version: 1 });
    const versions = await send('GET', `${path}/versions`);
    expect(versions.body.total).toBe(2);
    expect(versions.list[0]).toEqual({
      prompt_partial_id: made.body.id,
      prompt_partial_version_id: versionId,
      slug: made.body.slug,
      version: 2,
      string: 'Ciao {{name}}',
      description: null,
      created_at: expect.any(String),
      prompt_version_status: 'archived',
      object: 'partial',
    });
    await send('PUT', `${path}/makeDefault`, { version: 2 });
    const { id } = sandbox.portkey.addPrompt({ string: 'Hello. {{>sign-off}}' });
    const reply = await send('POST', `/prompts/${id}/render`, { variables: { name: 'Bo' } });
    expect(reply.body.data).toMatchObject({ prompt: 'Hello. Ciao Bo' });
    expect((await send('GET', '/prompts/partials')).body.total).toBe(4);
    expect((await send('DELETE', path)).status).toBe(200);
    expectError(await send('GET', path), 404, 'AB08');
  });
});

describe('API of the Portkey sandbox', () => {
  it('the API of the Portkey sandbox lists virtual keys, providers and models', async () => {
    expectError(await send('GET', '/virtual-keys'), 400, 'AB01');
    const { list } = await send('GET', '/virtual-keys?current_page=0&page_size=50');
    expect(list).toContainEqual(expect.objectContaining({ slug: 'openai-prod', provider: 'openai' }));
    expect((await send('GET', '/virtual-keys/openai-prod')).body).toMatchObject({
      ai_provider_name: 'openai',
    });
    expect((await send('GET', '/providers')).body.total).toBe(list.length);
    expect((await send('GET', '/models')).list).toContainEqual(expect.objectContaining({ id: 'gpt-4o' }));
  });

  it('the API of the Portkey sandbox shows the slug of a virtual key that a prompt names by its UUID', async () => {
    const { list } = await send('GET', '/virtual-keys?current_page=0&page_size=50');
    const { id, slug } = list.find((key) => key.slug === 'groq-prod') ?? {};
    const prompt = sandbox.portkey.addPrompt();
    await send('PUT', `/prompts/${prompt.id}`, { virtual_key: id });
    expect((await send('GET', `/prompts/${prompt.id}`)).body.virtual_key).toBe(slug);
  });
});
