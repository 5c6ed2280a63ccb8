import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { portkeyClient, portkeyError, type Reply, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
let prompt: PortkeyPrompt;
beforeAll(async () => {
  sandbox = await startSandbox();
  send = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.reset();
  prompt = sandbox.portkey.addPrompt({
    name: 'Versioned',
    string: 'one',
    tools: [{ type: 'function', function: { name: 't' } }],
    tool_choice: { type: 'function', function: { name: 't' } },
    description: 'first',
  });
});

const put = (path: string, body: unknown) => send('PUT', `/prompts/${prompt.id}${path}`, body);
const get = async (path = '') => (await send('GET', `/prompts/${prompt.id}${path}`)).body;
const complete = { string: 'two', parameters: { model: 'gpt-4o-mini' }, virtual_key: 'openai-prod' };
const expectError = (reply: Reply, status: number, code: string) =>
  expect([reply.status, portkeyError(reply).code]).toEqual([status, code]);

describe('new version', () => {
  it('a new version is not published until makeDefault', async () => {
    const reply = await put('', complete);
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      id: prompt.id,
      slug: prompt.slug,
      prompt_version_id: prompt.versions[1]?.id,
    });
    expect(await get()).toMatchObject({ string: 'one', prompt_version: 1 });
    expect((await put('/makeDefault', { version: 2 })).status).toBe(200);
    expect(await get()).toMatchObject({ string: 'two', prompt_version: 2, model: 'gpt-4o-mini' });
  });

  it('a new version without patch clears omitted fields, and requires string and parameters', async () => {
    await put('', complete);
    expect(prompt.versions[1]).toMatchObject({
      string: 'two',
      tools: null,
      tool_choice: null,
      description: null,
    });
    const refused = await put('', { string: 'three' });
    expectError(refused, 400, 'AB01');
    expect(portkeyError(refused).message).toContain('parameters is required');
    expect(prompt.versions).toHaveLength(2);
  });

  it('a new version with patch copies omitted fields from the latest version, published or not', async () => {
    await put('', { ...complete, model: 'mistral-large' });
    await put('', { patch: true, virtual_key: 'mistral-prod' });
    expect(prompt.versions[2]).toMatchObject({
      number: 3,
      string: 'two',
      model: 'mistral-large',
      parameters: { model: 'gpt-4o-mini' },
      virtual_key: 'mistral-prod',
    });
    expect((await get()).prompt_version).toBe(1);
  });

  it('a new version can be listed and read by its id, in either shape', async () => {
    await put('', complete);
    const list = await send('GET', `/prompts/${prompt.id}/versions`);
    expect(list.body).toMatchObject({ object: 'list', total: 2 });
    expect(list.list.map((version) => version.prompt_version)).toEqual([2, 1]);
    expect(list.list[0]).toEqual({
      id: prompt.versions[1]?.id,
      prompt_id: prompt.id,
      prompt_template: { string: 'two' },
      prompt_version: 2,
      prompt_description: null,
      label_id: null,
      created_at: expect.stringMatching(/T[\d:]{8}\.000Z$/),
      status: 'archived',
      object: 'prompt',
    });
    const one = await get(`/versions/${prompt.versions[1]?.id}`);
    expect(one).toMatchObject({ id: prompt.id, string: 'two', prompt_version_status: 'archived' });
    sandbox.setDialect({ versionLists: 'bare' });
    expect((await send('GET', `/prompts/${prompt.id}/versions`)).text.startsWith('[')).toBe(true);
    expectError(await send('GET', `/prompts/${prompt.id}/versions/nope`), 404, 'AB02');
  });
});

describe('update of name and collection', () => {
  it('an update of name and collection creates no version', async () => {
    const target = [...sandbox.portkey.collections.values()].find(({ name }) => name === 'Sales');
    const reply = await put('', { name: 'Renamed', collection_id: target?.slug });
    expect(reply.body.prompt_version_id).toBe(prompt.versions[0]?.id);
    expect(await get()).toMatchObject({
      name: 'Renamed',
      collection_id: target?.id,
      prompt_owning_workspace_id: target?.workspace_id,
      slug: prompt.slug,
    });
    expect(prompt.versions).toHaveLength(1);
  });

  it('an update of name and collection requires an unused name in the collection with uniqueNames', async () => {
    sandbox.setDialect({ uniqueNames: true });
    sandbox.portkey.addPrompt({ name: 'Taken', collection_id: prompt.collection_id });
    expectError(await put('', { name: 'Taken' }), 409, 'AB07');
    expect(prompt.name).toBe('Versioned');
    expect((await put('', { name: 'Versioned' })).status).toBe(200);
    const other = sandbox.portkey.addCollection({ name: 'Elsewhere' });
    sandbox.portkey.addPrompt({ name: 'Versioned', collection_id: other.id });
    expectError(await put('', { collection_id: other.id }), 409, 'AB07');
  });

  it.each([
    ['an empty body', {}, 400, 'AB01'],
    ['only patch', { patch: true }, 400, 'AB01'],
    ['an unknown collection', { collection_id: 'nope' }, 404, 'AB08'],
  ])('an update of name and collection rejects %s', async (_case, body, status, code) => {
    expectError(await put('', body), status, code);
  });
});

describe('publishing and labelling', () => {
  it.each([
    ['an unknown version', { version: 9 }, 404, 'AB02'],
    ['a version as a string', { version: '1' }, 400, 'AB01'],
    ['no version', {}, 400, 'AB01'],
  ])('publishing and labelling reject %s', async (_case, body, status, code) => {
    expectError(await put('/makeDefault', body), status, code);
  });

  it('publishing and labelling do not support /publish', async () => {
    expect((await put('/publish', { version: 1 })).status).toBe(404);
  });

  it('publishing and labelling put a label on one version at a time, and accept no other fields', async () => {
    await put('', complete);
    const label = sandbox.portkey.addLabel({ name: 'canary' });
    const [first, second] = prompt.versions;
    await put(`/versions/${first?.id}`, { label_id: label.id });
    await put(`/versions/${second?.id}`, { label_id: label.id });
    expect(prompt.versions.map(({ label_id }) => label_id)).toEqual([null, label.id]);
    expectError(await put(`/versions/${first?.id}`, { label_id: 'nope' }), 404, 'AB08');
    expectError(await put(`/versions/${first?.id}`, { label_id: label.id, string: 'x' }), 400, 'AB01');
  });
});
