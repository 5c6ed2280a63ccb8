import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { portkeyClient, portkeyError, type Reply, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
let prompt: PortkeyPrompt;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'empty' });
  send = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
beforeEach(() => {
  prompt = sandbox.portkey.addPrompt({ string: 'one' });
});
afterEach(() => sandbox.reset());

const put = (body: unknown) => send('PUT', `/prompts/${prompt.id}`, body);
const expectError = (reply: Reply, status: number, code: string) =>
  expect([reply.status, portkeyError(reply).code]).toEqual([status, code]);
const whole = {
  string: 'two',
  parameters: {},
  model: 'gpt-5',
  virtual_key: 'openai-prod',
  is_raw_template: true,
};

describe('update of a Portkey prompt', () => {
  it('an update of a Portkey prompt stores prompt_metadata as the template_metadata of the version', async () => {
    const { prompt_version_id } = (await put({ patch: true, prompt_metadata: { team: 'x' } })).body;
    const version = (await send('GET', `/prompts/${prompt.id}/versions/${prompt_version_id}`)).body;
    expect(version).toMatchObject({ id: prompt.id, string: 'one', template_metadata: { team: 'x' } });
  });

  it('an update of a Portkey prompt silently drops template_metadata with updateFields drop', async () => {
    await put({ ...whole, template_metadata: { team: 'x' } });
    expect(prompt.versions[1]?.template_metadata).toBeNull();
    expect((await put({ patch: true, template_metadata: {}, colour: 'red' })).status).toBe(200);
    expect(prompt.versions).toHaveLength(2);
  });

  it('an update of a Portkey prompt stores template_metadata with updateFields accept, and ignores other unknown fields', async () => {
    sandbox.setDialect({ updateFields: 'accept' });
    await put({ ...whole, template_metadata: { team: 'x' }, colour: 'red' });
    expect(prompt.versions[1]?.template_metadata).toEqual({ team: 'x' });
  });

  it('an update of a Portkey prompt rejects template_metadata with updateFields refuse', async () => {
    sandbox.setDialect({ updateFields: 'refuse' });
    const reply = await put({ ...whole, template_metadata: {} });
    expectError(reply, 400, 'AB01');
    expect(portkeyError(reply).message).toContain('template_metadata');
  });

  it.each(['string', 'parameters', 'model', 'virtual_key', 'is_raw_template'])(
    'an update of a Portkey prompt without patch requires %s with updateFields refuse',
    async (name) => {
      sandbox.setDialect({ updateFields: 'refuse' });
      const reply = await put({ ...whole, [name]: undefined });
      expectError(reply, 400, 'AB01');
      expect(portkeyError(reply).message).toContain(`${name} is required`);
      expect((await put(whole)).status).toBe(200);
      expect(prompt.versions[1]).toMatchObject({ is_raw_template: 1, parameters: { model: 'gpt-5' } });
    },
  );

  it.each([
    ['a name', { name: 'New' }],
    ['a name and null parameters', { name: 'New', parameters: null }],
  ])('an update of a Portkey prompt of %s returns {} and creates no version', async (_case, body) => {
    expect((await put(body)).text).toBe('{}');
    expect([prompt.name, prompt.versions.length]).toEqual(['New', 1]);
  });

  it.each([
    ['virtual_key', 'groq-prod'],
    ['version_description', 'new'],
  ])('an update of a Portkey prompt of only %s creates no version', async (name, value) => {
    const reply = await put({ [name]: value });
    expect(reply.body).toEqual({
      id: prompt.id,
      slug: prompt.slug,
      prompt_version_id: prompt.versions[0]?.id,
    });
    expect(prompt.versions).toHaveLength(1);
  });
});

describe('the toolChoice setting', () => {
  it.each([
    ['object', 'auto', 400],
    ['object', { type: 'function' }, 200],
    ['text', 'auto', 200],
    ['text', { type: 'function' }, 200],
    ['text', 5, 400],
  ] as const)('%s with the tool choice %j has the status %d', async (toolChoice, tool_choice, status) => {
    sandbox.setDialect({ toolChoice });
    const create = { ...whole, name: 'x', collection_id: prompt.collection_id, tool_choice };
    expect((await send('POST', '/prompts', create)).status).toBe(status);
    expect((await put({ patch: true, tool_choice })).status).toBe(status);
  });
});

describe('Portkey sandbox', () => {
  it.each([
    [403, 'AB03'],
    [404, 'AB02'],
  ] as const)(
    'the Portkey sandbox reports a deleted prompt as %d %s, and an unknown one always as 404',
    async (deletedStatus, code) => {
      sandbox.setDialect({ deletedStatus });
      await send('DELETE', `/prompts/${prompt.id}`);
      for (const method of ['GET', 'DELETE']) {
        expectError(await send(method, `/prompts/${prompt.slug}`), deletedStatus, code);
      }
      expectError(await put({ name: 'x' }), deletedStatus, code);
      expectError(await send('GET', '/prompts/unknown'), 404, 'AB02');
    },
  );

  it('the Portkey sandbox lists everything without page_size, or 20 with defaultPage 20', async () => {
    for (let n = 0; n < 130; n += 1) sandbox.portkey.addPrompt();
    expect((await send('GET', '/prompts')).list).toHaveLength(131);
    sandbox.setDialect({ defaultPage: 20 });
    expect((await send('GET', '/prompts?current_page=1')).list).toHaveLength(20);
    expect((await send('GET', '/prompts?current_page=6')).list).toHaveLength(11);
  });
});

describe('JSON in the Portkey sandbox', () => {
  it('JSON in the Portkey sandbox keeps every digit and key', async () => {
    const json = '{"seed":9007199254740993,"__proto__":{"a":1},"price":0.1234567890123456789,"big":1e400}';
    const body = `{"patch":true,"parameters":${json},"tools":[${json}],"tool_choice":${json}}`;
    await fetch(`${sandbox.portkeyUrl}/prompts/${prompt.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-portkey-api-key': sandbox.portkeyKey },
      body,
    });
    const { text } = await send('GET', `/prompts/${prompt.id}?version=latest`);
    expect(text).toContain(`"tools":[${json}],"tool_choice":${json}`);
    expect(text).toContain(`"parameters":${json.slice(0, -1)},"model":"gpt-4o"}`);
  });

  it('JSON in the Portkey sandbox in recorded requests has plain numbers where a double is exact', async () => {
    await put({ patch: true, parameters: { seed: 9007199254740991, top_p: 0.5, max_tokens: 1e21 } });
    const [request] = sandbox.requests({ method: 'PUT' }).slice(-1);
    expect(request?.body).toMatchObject({ parameters: { seed: 9007199254740991, top_p: 0.5 } });
  });
});
