import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { portkeyClient, type Send, until } from './client.js';

/** Longer than any test runs. */
const LONG = 60_000;
let sandbox: Sandbox;
let send: Send;
let prompt: PortkeyPrompt;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'empty', dialect: { readLagMs: LONG } });
  send = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.reset();
  prompt = sandbox.portkey.addPrompt({ name: 'Old', string: 'one' });
});

const path = (rest = '') => `/prompts/${prompt.id}${rest}`;
const read = async (rest = '') => (await send('GET', path(rest))).body;
const create = async () => {
  const { collection_id } = prompt;
  const fields = { name: 'New', collection_id, string: 'x', parameters: {}, virtual_key: 'openai-prod' };
  return (await send('POST', '/prompts', fields)).body;
};

it('lagging reads do not show a prompt that was just created', async () => {
  const { id, slug } = await create();
  for (const ref of [id, slug]) expect((await send('GET', `/prompts/${ref}`)).status).toBe(404);
  expect((await send('GET', '/prompts')).body).toMatchObject({ total: 1, data: [{ id: prompt.id }] });
});

it('lagging reads do not show an update, a publication, a label or a deletion', async () => {
  const before = [await read(), await read('/versions')];
  const label = sandbox.portkey.addLabel({ name: 'canary' });
  const { prompt_version_id } = (await send('PUT', path(), { patch: true, string: 'two', name: 'New' })).body;
  await send('PUT', path('/makeDefault'), { version: 2 });
  await send('PUT', path(`/versions/${prompt.versions[0]?.id}`), { label_id: label.id });
  expect([await read(), await read('/versions')]).toEqual(before);
  expect((await send('GET', path(`/versions/${prompt_version_id}`))).status).toBe(404);
  expect((await send('DELETE', path())).status).toBe(200);
  expect([await read(), await read('/versions')]).toEqual(before);
  expect((await send('GET', '/prompts')).body.total).toBe(1);
});

it.each([
  ['lists', 200, 0, 1],
  ['objects', 404, 1, 2],
] as const)(
  'only reads of %s lag when laggingReads selects them',
  async (laggingReads, status, newer, versions) => {
    sandbox.setDialect({ laggingReads });
    const { id } = await create();
    expect((await send('GET', `/prompts/${id}`)).status).toBe(status);
    expect((await send('GET', '/prompts')).body.total).toBe(1 + newer);
    await send('PUT', path(), { patch: true, string: 'two' });
    expect((await read('/versions')).total).toBe(versions);
  },
);

it('writes see earlier writes that no read shows yet', async () => {
  await send('PUT', path(), { patch: true, string: 'two' });
  await send('PUT', path(), { patch: true, model: 'gpt-5' });
  expect(prompt.versions[2]).toMatchObject({ string: 'two', model: 'gpt-5' });
  expect((await send('PUT', path('/makeDefault'), { version: 3 })).status).toBe(200);
  const { id } = await create();
  expect((await send('PUT', `/prompts/${id}`, { name: 'Newer' })).status).toBe(200);
  expect((await send('DELETE', `/prompts/${id}`)).status).toBe(200);
  expect((await send('DELETE', `/prompts/${id}`)).status).toBe(404);
});

it('lagging reads show each state in order after readLagMs', async () => {
  sandbox.setDialect({ readLagMs: 400 });
  const { id } = await create();
  const seen = new Set<unknown>();
  await send('PUT', `/prompts/${id}`, { name: 'Newer' });
  await until(async () => {
    const { status, body } = await send('GET', `/prompts/${id}`);
    seen.add(status === 404 ? 404 : body.name);
    return body.name === 'Newer';
  });
  expect([...seen]).toEqual([404, 'New', 'Newer'].filter((state) => seen.has(state)));
  expect((await send('GET', '/prompts')).body.total).toBe(2);
  await send('DELETE', `/prompts/${id}`);
  await until(async () => (await send('GET', `/prompts/${id}`)).status === 404);
  expect((await send('GET', '/prompts')).body.total).toBe(1);
});

it('reads of partials lag too', async () => {
  const { id } = (await send('POST', '/prompts/partials', { name: 'late', string: 'x' })).body;
  expect((await send('GET', `/prompts/partials/${id}`)).status).toBe(404);
  expect((await send('GET', '/prompts/partials')).body.total).toBe(0);
  expect((await send('PUT', `/prompts/partials/${id}`, { string: 'y' })).status).toBe(200);
});

it('reads immediately show direct changes by a test, and all changes without a lag', async () => {
  prompt.name = 'Edited';
  expect((await read()).name).toBe('Edited');
  await send('PUT', path(), { name: 'Hidden' });
  expect((await read()).name).toBe('Edited');
  sandbox.setDialect({ readLagMs: 0 });
  expect((await read()).name).toBe('Hidden');
});
