import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { portkeyClient, portkeyError, type Reply, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox();
  send = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const own = () => [...sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
const collection = (name: string) => {
  const found = [...sandbox.portkey.collections.values()].find((each) => each.name === name);
  if (!found) throw new Error(`There is no collection ${name}.`);
  return found;
};
const newPrompt = (changes: Record<string, unknown> = {}) => ({
  name: 'Fresh',
  collection_id: collection('Sales').id,
  string: '[{"role":"user","content":"Hi {{name}}"}]',
  parameters: { model: 'gpt-4o', name: 'Ada' },
  virtual_key: 'openai-prod',
  ...changes,
});
const expectError = (reply: Reply, status: number, code: string) =>
  expect([reply.status, portkeyError(reply).code, reply.text]).toEqual([status, code, expect.any(String)]);

describe('seed library', () => {
  it('the seed library is large and varied', () => {
    const versions = own().flatMap((prompt) => prompt.versions.slice(0, 1));
    expect(own().length).toBeGreaterThanOrEqual(130);
    expect(new Set(versions.map(({ model }) => model)).size).toBe(6);
    expect(versions.filter(({ tools }) => tools).length).toBeGreaterThanOrEqual(15);
    expect(versions.filter(({ functions }) => functions).length).toBeGreaterThanOrEqual(2);
    expect(own().filter((prompt) => prompt.collection_id === null)).toHaveLength(3);
    expect(own().filter((prompt) => prompt.versions.length > 1).length).toBeGreaterThan(5);
    expect(versions.every(({ model, parameters }) => parameters.model === model)).toBe(true);
    expect(new Set(own().map(({ slug }) => slug)).size).toBe(own().length);
  });

  it('the seed library has gaps in version numbers and raw templates, but no tool choice as a string', () => {
    const versions = own().flatMap((prompt) => prompt.versions);
    expect(own().some((prompt) => prompt.versions.at(-1)?.number === prompt.versions.length + 1)).toBe(true);
    expect(versions.some(({ is_raw_template }) => is_raw_template === 1)).toBe(true);
    expect(versions.filter(({ tool_choice }) => typeof tool_choice === 'string')).toEqual([]);
  });

  it('the seed library has the same ids at every start', async () => {
    const again = await startSandbox();
    const ids = [...again.portkey.prompts.keys()];
    const versionIds = [...again.portkey.prompts.values()].flatMap(({ versions }) =>
      versions.map(({ id }) => id),
    );
    await again.close();
    expect([...sandbox.portkey.prompts.keys()]).toEqual(ids);
    expect(
      [...sandbox.portkey.prompts.values()].flatMap(({ versions }) => versions.map(({ id }) => id)),
    ).toEqual(versionIds);
  });
});

describe('list of prompts', () => {
  it('the list of prompts starts at page 0 with the newest prompt, and contains each prompt once', async () => {
    const seen: Record<string, unknown>[] = [];
    for (let page = 0; seen.length < own().length; page += 1) {
      const { body, list } = await send('GET', `/prompts?current_page=${page}&page_size=50`);
      expect(body).toMatchObject({ object: 'list', total: own().length });
      expect(list.length).toBeGreaterThan(0);
      seen.push(...list);
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(own().length);
    const times = seen.map((prompt) => String(prompt.created_at));
    expect(times).toEqual(times.toSorted().toReversed());
    expect((await send('GET', '/prompts?current_page=99')).list).toHaveLength(0);
  });

  it('the list of prompts contains only summaries', async () => {
    const [item = {}] = (await send('GET', '/prompts?page_size=1')).list;
    expect(Object.keys(item).sort()).toEqual([
      'access_level',
      'allow_all_workspaces',
      'collection_id',
      'created_at',
      'forked_from_prompt_id',
      'forked_from_prompt_version_id',
      'id',
      'last_updated_at',
      'model',
      'name',
      'object',
      'prompt_owning_workspace_id',
      'share_organisation_id',
      'shared_at',
      'shared_by_user_id',
      'shared_from_version_id',
      'slug',
      'status',
    ]);
    expect(item).toMatchObject({
      object: 'prompt',
      status: 'active',
      slug: expect.stringMatching(/^pp-.*-[0-9a-f]{6}$/),
    });
  });

  it.each([
    ['search=TRIAGE', 2],
    ['search=pp-support-triage', 2],
    ['search=nothing-like-this', 0],
    ['collection_id=unknown', 0],
  ])('the list of prompts can be filtered by %s', async (query, total) => {
    expect((await send('GET', `/prompts?${query}`)).body.total).toBe(total);
  });

  it('the list of prompts can be filtered by the id or slug of a collection or workspace', async () => {
    const { id, slug, workspace_id } = collection('Sales');
    for (const ref of [id, slug]) {
      expect((await send('GET', `/prompts?collection_id=${ref}`)).body.total).toBe(28);
    }
    const workspace = sandbox.portkey.workspaces.get(workspace_id);
    for (const ref of [workspace?.id, workspace?.slug]) {
      expect((await send('GET', `/prompts?workspace_id=${ref}`)).body.total).toBe(56);
    }
  });

  it.each(['page_size=0', 'page_size=101', 'page_size=x', 'current_page=-1', 'limit=3'])(
    'the list of prompts rejects %s with AB01 and names the parameter',
    async (query) => {
      const reply = await send('GET', `/prompts?${query}`);
      expectError(reply, 400, 'AB01');
      expect(portkeyError(reply).message).toContain(query.split('=')[0]);
    },
  );
});

describe('prompt', () => {
  it('a prompt can be read by id and slug, with the fields of its version', async () => {
    const created = await send(
      'POST',
      '/prompts',
      newPrompt({ string: 'Hi {{name}} {{>brand-voice}} {{#vip}}!{{/vip}}' }),
    );
    const { id, slug, version_id } = created.body;
    const byId = await send('GET', `/prompts/${id}`);
    expect((await send('GET', `/prompts/${slug}`)).body).toEqual(byId.body);
    expect(byId.body).toMatchObject({
      id,
      slug,
      name: 'Fresh',
      model: 'gpt-4o',
      parameters: { model: 'gpt-4o', name: 'Ada' },
      functions: null,
      tools: null,
      tool_choice: null,
      is_raw_template: 0,
      prompt_version: 1,
      prompt_version_id: version_id,
      prompt_version_status: 'active',
      prompt_version_labels: [],
      template_metadata: {},
      prompt_version_label_name: null,
      variable_components: {
        variables: ['name'],
        partials: ['brand-voice'],
        sections: ['vip'],
        sectionVariables: { vip: [] },
        variablePartials: [],
      },
    });
  });

  it('a prompt can nest the fields of its version, like some deployments', async () => {
    const prompt = sandbox.portkey.addPrompt(
      { string: 'old' },
      { versions: [{ string: 'new' }], published: 2 },
    );
    sandbox.setDialect({ promptShape: 'current_version' });
    const nested = (await send('GET', `/prompts/${prompt.id}`)).body;
    expect(nested).not.toHaveProperty('string');
    expect(nested.current_version).toMatchObject({ string: 'new', prompt_version: 2 });
    sandbox.setDialect({ promptShape: 'versions' });
    const listed = (await send('GET', `/prompts/${prompt.id}`)).body;
    expect(listed).not.toHaveProperty('string');
    expect(listed.versions).toMatchObject([
      { string: 'new', prompt_version_status: 'active' },
      { string: 'old', prompt_version_status: 'archived' },
    ]);
  });

  it('a prompt that does not exist is reported as 404 AB02', async () => {
    expectError(await send('GET', '/prompts/nope'), 404, 'AB02');
    expectError(await send('GET', '/nowhere'), 404, 'AB08');
  });
});

describe('creating a prompt', () => {
  it('creating a prompt returns the four documented fields', async () => {
    const { status, body } = await send('POST', '/prompts', newPrompt());
    expect(status).toBe(200);
    expect(body).toEqual({ id: body.id, slug: body.slug, version_id: body.version_id, object: 'prompt' });
  });

  it('creating a prompt stores all given fields', async () => {
    const given = {
      model: 'claude-sonnet-4',
      functions: [{ name: 'f' }],
      tools: [{ type: 'function', function: { name: 't' } }],
      tool_choice: { type: 'function', function: { name: 't' } },
      template_metadata: { team: 'x' },
    };
    const { body } = await send('POST', '/prompts', newPrompt({ ...given, version_description: 'first' }));
    const full = (await send('GET', `/prompts/${body.id}`)).body;
    expect(full).toMatchObject({
      ...given,
      prompt_version_description: 'first',
      parameters: { model: 'gpt-4o' },
    });
    expect((await send('GET', '/prompts?page_size=1')).list[0]?.id).toBe(body.id);
  });

  it.each([
    ['name', { name: undefined }],
    ['name', { name: ' ' }],
    ['collection_id', { collection_id: undefined }],
    ['string', { string: undefined }],
    ['string', { string: [{ role: 'user' }] }],
    ['parameters', { parameters: undefined }],
    ['parameters', { parameters: '{}' }],
    ['virtual_key', { virtual_key: undefined }],
    ['functions', { functions: {} }],
    ['tools', { tools: null }],
    ['tool_choice', { tool_choice: 5 }],
    ['model', { model: 5 }],
    ['version_description', { version_description: 1 }],
    ['template_metadata', { template_metadata: 'x' }],
    ['prompt_version_description', { prompt_version_description: 'sent under the name it comes back as' }],
    ['is_raw_template', { is_raw_template: 2 }],
    ['prompt_metadata', { prompt_metadata: {} }],
    ['patch', { patch: true }],
  ])('creating a prompt rejects an invalid %s with AB01 and names it', async (name, changes) => {
    const before = sandbox.portkey.prompts.size;
    const reply = await send('POST', '/prompts', newPrompt(changes));
    expectError(reply, 400, 'AB01');
    expect(portkeyError(reply).message).toContain(name);
    expect(sandbox.portkey.prompts.size).toBe(before);
  });

  it('creating a prompt names all invalid fields together', async () => {
    const { message } = portkeyError(await send('POST', '/prompts', { colour: 'red', model: 1 }));
    for (const name of ['name', 'collection_id', 'string', 'parameters', 'virtual_key', 'model', 'colour']) {
      expect(message).toContain(name);
    }
  });

  it('creating a prompt requires an existing collection and, with uniqueNames, an unused name in it', async () => {
    expectError(await send('POST', '/prompts', newPrompt({ collection_id: 'nope' })), 404, 'AB08');
    for (let n = 0; n < 2; n += 1) expect((await send('POST', '/prompts', newPrompt())).status).toBe(200);
    sandbox.setDialect({ uniqueNames: true });
    expectError(await send('POST', '/prompts', newPrompt()), 409, 'AB07');
    const elsewhere = newPrompt({ collection_id: collection('Engineering').slug });
    expect((await send('POST', '/prompts', elsewhere)).status).toBe(200);
  });

  it('creating a prompt rejects a body that is not JSON', async () => {
    const form = new FormData();
    form.append('name', 'x');
    expectError(await send('POST', '/prompts', form), 400, 'AB01');
  });
});

describe('deleting a prompt', () => {
  it('deleting a prompt returns {} and removes it', async () => {
    const { id } = sandbox.portkey.addPrompt({});
    const reply = await send('DELETE', `/prompts/${id}`);
    expect([reply.status, reply.text]).toEqual([200, '{}']);
    expectError(await send('DELETE', `/prompts/${id}`), 404, 'AB02');
  });
});
