import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, client, portkeyClient, portkeyError } from './client.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

describe('authentication in the sandbox', () => {
  it.each([
    ['no header', {}],
    ['an unknown key', { authorization: 'Bearer sd_nobody' }],
    ['a key without Bearer', { authorization: 'sd_sandbox' }],
    ['the key of Portkey', { authorization: 'Bearer pk-sandbox' }],
    ['the name of an object property', { authorization: 'Bearer constructor' }],
  ])(
    'authentication in the sandbox at Astria fails with %s',
    async (_case, headers: Record<string, string>) => {
      const reply = await client(sandbox.astriaUrl, headers)('GET', '/tunes');
      expect(reply.status).toBe(401);
      expect(typeof reply.body.error).toBe('string');
    },
  );

  it.each([
    ['no header', {}],
    ['an unknown key', { 'x-portkey-api-key': 'pk-nobody' }],
    ['a bearer token', { authorization: 'Bearer pk-sandbox' }],
  ])(
    'authentication in the sandbox at Portkey fails with AB05 and %s',
    async (_case, headers: Record<string, string>) => {
      const reply = await client(sandbox.portkeyUrl, headers)('GET', '/prompts');
      expect(reply.status).toBe(401);
      expect(reply.body.success).toBe(false);
      expect(portkeyError(reply).code).toBe('AB05');
    },
  );

  it('authentication in the sandbox with a read-only Portkey key allows reads but not writes', async () => {
    const send = portkeyClient(sandbox, 'pk-sandbox-readonly');
    const list = await send('GET', '/prompts');
    expect(list.status).toBe(200);
    const id = String(list.list[0]?.id);
    for (const [method, path] of [
      ['POST', '/prompts'],
      ['PUT', `/prompts/${id}`],
      ['DELETE', `/prompts/${id}`],
      ['PUT', `/prompts/${id}/makeDefault`],
      ['POST', '/collections'],
    ] as const) {
      const reply = await send(method, path, {});
      expect([method, path, reply.status, portkeyError(reply).code]).toEqual([method, path, 403, 'AB03']);
    }
    expect(sandbox.portkey.prompts.has(id)).toBe(true);
    expect((await send('POST', `/prompts/${id}/render`, { variables: {} })).status).toBe(200);
  });

  it('authentication in the sandbox leaves no credentials in the recorded requests', async () => {
    await astriaClient(sandbox)('GET', '/tunes?limit=1&name[]=man&name[]=cat');
    await portkeyClient(sandbox)('GET', '/prompts');
    const records = sandbox.requests();
    expect(JSON.stringify(records)).not.toMatch(/sd_sandbox|pk-sandbox/);
    expect(sandbox.requests({ upstream: 'astria', path: '/tunes' }).at(-1)).toMatchObject({
      method: 'GET',
      path: '/tunes',
      query: { limit: '1', 'name[]': 'man,cat' },
      headers: { authorization: '[redacted]' },
      status: 200,
    });
  });
});

describe('isolation of accounts', () => {
  it('isolation of accounts hides the objects of one Astria account from the other', async () => {
    const main = astriaClient(sandbox);
    const other = astriaClient(sandbox, 'sd_sandbox_other');
    for (const [mine, theirs] of [
      [main, other],
      [other, main],
    ] as const) {
      const tune = (await theirs('GET', '/tunes?limit=1')).list[0];
      const prompt = (await theirs('GET', '/prompts?limit=1')).list[0];
      expect(tune && prompt).toBeTruthy();
      const own = (await mine('GET', '/tunes?limit=120')).list.map(({ id }) => id);
      expect(own).not.toContain(tune?.id);
      for (const [method, path] of [
        ['GET', `/tunes/${tune?.id}`],
        ['GET', `/tunes/${tune?.id}/prompts`],
        ['GET', `/prompts/${prompt?.id}`],
        ['POST', `/prompts/${prompt?.id}/duplicate`],
        ['POST', `/prompts/${prompt?.id}/likes`],
        ['DELETE', `/prompts/${prompt?.id}`],
        ['DELETE', `/tunes/${tune?.id}`],
      ] as const) {
        expect([path, (await mine(method, path)).status]).toEqual([path, 404]);
      }
    }
  });

  it('isolation of accounts lets every account read gallery tunes by id, with its own prompts only, but not list them', async () => {
    const main = astriaClient(sandbox);
    const other = astriaClient(sandbox, 'sd_sandbox_other');
    for (const send of [main, other]) {
      expect((await send('GET', '/tunes/1504944')).body).toMatchObject({ id: 1504944, title: 'Flux1.dev' });
      const ids = (await send('GET', '/tunes?limit=120')).list.map(({ id }) => id);
      expect(ids).not.toContain(1504944);
      expect((await send('DELETE', '/tunes/1504944')).status).toBe(404);
      expect((await send('PATCH', '/tunes/1504944', { tune: { title: 'Mine' } })).status).toBe(404);
    }
    expect((await main('GET', '/tunes/1504944/prompts')).list).toHaveLength(2);
    expect((await other('GET', '/tunes/1504944/prompts')).list).toHaveLength(0);
  });

  it('isolation of accounts hides the objects of one Portkey account from the other', async () => {
    const other = portkeyClient(sandbox, 'pk-sandbox-other');
    const theirs = [...sandbox.portkey.prompts.values()].filter((prompt) => prompt.owner === 'main');
    const list = await other('GET', '/prompts?page_size=100');
    expect(list.body.total).toBe(3);
    const [prompt] = theirs;
    for (const ref of [prompt?.id, prompt?.slug]) {
      const reply = await other('GET', `/prompts/${ref}`);
      expect([reply.status, portkeyError(reply).code]).toEqual([404, 'AB02']);
    }
    const collection = [...sandbox.portkey.collections.values()].find(({ owner }) => owner === 'main');
    const reply = await other('POST', '/prompts', {
      name: 'Intruder',
      collection_id: collection?.id,
      string: 'x',
      parameters: {},
      virtual_key: 'k',
    });
    expect([reply.status, portkeyError(reply).code]).toEqual([404, 'AB08']);
  });
});
