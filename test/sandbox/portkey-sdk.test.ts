import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Portkey } from 'portkey-ai';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';

let sandbox: Sandbox;
let sdk: Portkey;
let prompt: PortkeyPrompt;
beforeAll(async () => {
  sandbox = await startSandbox();
  sdk = new Portkey({ apiKey: sandbox.portkeyKey, baseURL: sandbox.portkeyUrl });
});
afterAll(() => sandbox.close());
beforeEach(() => {
  sandbox.reset();
  prompt = sandbox.portkey.addPrompt(
    { name: 'Greeting', string: chat('one') },
    { versions: [{ string: chat('two') }, { string: chat('three') }] },
  );
});

const chat = (word: string) => JSON.stringify([{ role: 'user', content: `${word} {{name}}` }]);
/** Removes the methods that the SDK adds to its results. */
const plain = (answer: unknown) => JSON.parse(JSON.stringify(answer));
const content = async (promptID: string) => {
  const answer = await sdk.prompts.completions.create({ promptID, variables: { name: 'Bo' } });
  return plain(answer).choices[0].message.content;
};

it('the SDK lists prompts', async () => {
  const all = plain(await sdk.prompts.list({}));
  expect([all.object, all.data.length]).toEqual(['list', all.total]);
  const found = plain(await sdk.prompts.list({ search: 'greeting', current_page: 0, page_size: 1 }));
  expect(found.data).toHaveLength(1);
});

it('the SDK creates, retrieves and deletes a prompt', async () => {
  const created = plain(
    await sdk.prompts.create({
      name: 'Made',
      collection_id: prompt.collection_id ?? '',
      string: chat('x'),
      parameters: { temperature: 0 },
      model: 'gpt-5',
      virtual_key: 'openai-prod',
    }),
  );
  expect(plain(await sdk.prompts.retrieve(created.slug))).toMatchObject({
    id: created.id,
    prompt_version_id: created.version_id,
    parameters: { temperature: 0, model: 'gpt-5' },
  });
  await sdk.prompts.delete(created.id);
  await expect(sdk.prompts.retrieve(created.id)).rejects.toMatchObject({ status: 404 });
});

it('the SDK creates a whole version and publishes it', async () => {
  const updated = plain(
    await sdk.prompts.update(prompt.id, {
      string: chat('four'),
      parameters: {},
      model: 'gpt-5',
      virtual_key: 'openai-prod',
    }),
  );
  expect(plain(await sdk.prompts.retrieve(prompt.id)).string).toBe(chat('one'));
  await sdk.prompts.publish(prompt.id, { version: 4 });
  expect(plain(await sdk.prompts.retrieve(prompt.id))).toMatchObject({
    string: chat('four'),
    prompt_version_id: updated.prompt_version_id,
  });
});

it('the SDK updates only the virtual key, without a new version', async () => {
  await sdk.prompts.update(prompt.id, { virtual_key: 'groq-prod' });
  expect(plain(await sdk.prompts.retrieve(prompt.id))).toMatchObject({
    virtual_key: 'groq-prod',
    prompt_version: 1,
  });
  expect(prompt.versions).toHaveLength(3);
});

it('the SDK lists versions with their ids, and labels one', async () => {
  const versions = plain(await sdk.prompts.versions.list(prompt.id)).data;
  expect(versions.map(({ id }: { id: string }) => id)).toEqual(
    prompt.versions.map(({ id }) => id).toReversed(),
  );
  const [newest] = versions;
  expect(newest).toMatchObject({ prompt_id: prompt.id, prompt_template: { string: chat('three') } });
  const label = plain(await sdk.labels.create({ name: 'canary' }));
  await sdk.prompts.versions.update(prompt.id, newest.id, { label_id: label.id });
  expect(plain(await sdk.prompts.versions.retrieve(prompt.id, newest.id))).toMatchObject({
    id: prompt.id,
    prompt_version_label_name: 'canary',
  });
});

it('the SDK runs the version that is named after the id', async () => {
  const [, second] = prompt.versions;
  if (second) second.label_id = sandbox.portkey.addLabel({ name: 'canary' }).id;
  expect(await content(prompt.id)).toContain('one Bo');
  expect(await content(`${prompt.slug}@3`)).toContain('three Bo');
  expect(await content(`${prompt.id}@latest`)).toContain('three Bo');
  expect(await content(`${prompt.id}@canary`)).toContain('two Bo');
  await expect(content(`${prompt.id}@nowhere`)).rejects.toMatchObject({ status: 404 });
});

it('the SDK renders a prompt, although it leaves prompt_id in the body', async () => {
  const promptID = `${prompt.id}@latest`;
  const rendered = plain(await sdk.prompts.render({ promptID, variables: { name: 'Bo' }, temperature: 1 }));
  expect(sandbox.requests({ path: '/prompts/*/render' }).at(-1)?.body).toHaveProperty('prompt_id');
  expect(rendered).toMatchObject({
    success: true,
    data: { messages: [{ role: 'user', content: 'three Bo' }], temperature: 1 },
  });
  expect(rendered.data).not.toHaveProperty('prompt_id');
});

it('the SDK overrides the saved messages for one call', async () => {
  const messages = [{ role: 'user', content: 'Something else' }];
  const answer = await sdk.prompts.completions.create({ promptID: prompt.id, variables: {}, messages });
  expect(plain(answer).choices[0].message.content).toContain('Something else');
});

it('the SDK streams a completion', async () => {
  const stream = await sdk.prompts.completions.create({
    promptID: prompt.id,
    variables: { name: 'Bo' },
    stream: true,
  });
  const words: string[] = [];
  for await (const chunk of stream) words.push(plain(chunk).choices[0].delta.content ?? '');
  expect(words.length).toBeGreaterThan(3);
  expect(words.join('')).toBe(await content(prompt.id));
});

it('the SDK creates, updates, lists and deletes labels', async () => {
  const { id } = plain(await sdk.labels.create({ name: 'beta', description: 'd' }));
  await sdk.labels.update(id, { color_code: '#fff' });
  const label = plain(await sdk.labels.retrieve(id));
  expect(label).toMatchObject({ name: 'beta', description: 'd', color_code: '#fff', is_universal: false });
  expect(plain(await sdk.labels.list({ search: 'beta' })).total).toBe(1);
  await sdk.labels.delete(id);
  expect(plain(await sdk.labels.list({ search: 'beta' })).total).toBe(0);
});

it('the SDK creates, updates, lists and deletes collections without a workspace', async () => {
  const { id, slug } = plain(await sdk.collections.create({ name: 'Made' }));
  await sdk.collections.update(id, { name: 'Renamed' });
  expect(plain(await sdk.collections.list({ search: 'renamed' })).data).toMatchObject([{ id, slug }]);
  expect(plain(await sdk.collections.retrieve(slug))).toMatchObject({ id, child_collections: [] });
  await sdk.collections.delete(id);
  await expect(sdk.collections.retrieve(id)).rejects.toMatchObject({ status: 404 });
});

it('the SDK creates, updates and publishes partials, and a prompt can pin a version of one', async () => {
  const { id, slug } = plain(await sdk.prompts.partials.create({ name: 'Sign-off', string: 'Bye' }));
  await sdk.prompts.partials.update(id, { string: 'Ciao', status: 'active' });
  await sdk.prompts.partials.publish(id, { version: 2 });
  expect(plain(await sdk.prompts.partials.retrieve(slug))).toMatchObject({
    string: 'Ciao',
    status: 'active',
  });
  expect(plain(await sdk.prompts.partials.versions.list(id)).data).toHaveLength(2);
  const string = `{{>${slug}}} {{>${slug}@1}} {{>>extra}}`;
  const pinned = sandbox.portkey.addPrompt({ string });
  const variables = { name: 'Bo', extra: 'from {{name}}' };
  const rendered = plain(await sdk.prompts.render({ promptID: pinned.id, variables }));
  expect(rendered.data.prompt).toBe('Ciao Bye from Bo');
});
