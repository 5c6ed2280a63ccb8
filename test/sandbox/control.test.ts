import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_DIALECT, DIALECT_VALUES } from '../../src/sandbox/dialect.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { FAULT_KINDS } from '../../src/sandbox/types.js';
import { astriaClient, client, portkeyClient, type Send } from './client.js';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox();
  send = client(sandbox.url, {});
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const FAULT = { upstream: 'astria', kind: '503', path: '/tunes', times: 2 };

/** Sends a request with headers that fetch does not allow. */
function raw(method: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const req = request(sandbox.url + path, { method, headers, agent: false }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on('error', reject);
    req.end();
  });
}

describe('control API', () => {
  it('the control API shows the URLs, the keys and the fault kinds', async () => {
    const { body } = await send('GET', '/_sandbox');
    expect(body).toMatchObject({
      astriaUrl: sandbox.astriaUrl,
      portkeyUrl: sandbox.portkeyUrl,
      keys: { astria: 'sd_sandbox', portkey: 'pk-sandbox' },
      faultKinds: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, expect.any(String)])),
    });
    expect(sandbox.portkeyUrl.endsWith('/v1')).toBe(true);
  });

  it('the control API shows an example fault that works', async () => {
    const { body } = await send('GET', '/_sandbox');
    expect((await send('POST', '/_sandbox/faults', Object(body.example).body)).status).toBe(201);
    const reply = await astriaClient(sandbox)('POST', '/tunes/2234518/prompts', { prompt: { text: 'x' } });
    expect(reply.status).toBe(504);
  });

  it('the control API adds one or several faults, lists the remaining ones, and clears them', async () => {
    expect((await send('POST', '/_sandbox/faults', FAULT)).status).toBe(201);
    await send('POST', '/_sandbox/faults', [FAULT, { upstream: 'portkey', kind: '429', skip: 1 }]);
    expect((await astriaClient(sandbox)('GET', '/tunes')).status).toBe(503);
    await portkeyClient(sandbox)('GET', '/prompts');
    expect((await send('GET', '/_sandbox/faults')).list).toMatchObject([
      { kind: '503', times: 1 },
      { kind: '503', times: 2 },
      { kind: '429', skip: 0, times: 1 },
    ]);
    expect((await send('DELETE', '/_sandbox/faults')).status).toBe(204);
    expect((await send('GET', '/_sandbox/faults')).text).toBe('[]');
    expect((await astriaClient(sandbox)('GET', '/tunes')).status).toBe(200);
  });

  it.each([
    ['every problem', { kind: 'x', times: -1, colour: 'red' }, ['upstream', 'kind', 'times', 'colour']],
    ['a status kind without a status', { upstream: 'astria', kind: 'status' }, ['status']],
    ['a body that is not an object', 'fault', ['object']],
    ['the index in an array', [FAULT, { upstream: 'astria' }], ['[1] kind']],
    ['an invalid header', { ...FAULT, retryAfter: 'a\r\nb' }, ['retryAfter']],
    ['an invalid path', { ...FAULT, path: 'tunes' }, ['path']],
    ['an invalid status', { upstream: 'astria', kind: 'status', status: 99 }, ['status']],
  ])('the control API reports %s and adds no fault', async (_case, body, names) => {
    const reply = await send('POST', '/_sandbox/faults', body);
    expect(reply.status).toBe(400);
    const problems = Object(reply.body.problems).join('\n');
    for (const name of names) expect(problems).toContain(name);
    expect((await send('GET', '/_sandbox/faults')).list).toHaveLength(0);
  });

  it('the control API lists and clears the recorded requests', async () => {
    await portkeyClient(sandbox)('GET', '/prompts?search=x');
    const { list, text } = await send('GET', '/_sandbox/requests');
    expect(list).toMatchObject([
      { upstream: 'portkey', path: '/prompts', query: { search: 'x' }, status: 200 },
    ]);
    expect(text).not.toContain('pk-sandbox');
    expect((await send('DELETE', '/_sandbox/requests')).status).toBe(204);
    expect(sandbox.requests()).toEqual([]);
  });

  it('the control API shows the dialect and changes some of its settings', async () => {
    expect((await send('GET', '/_sandbox/dialect')).body).toEqual(DEFAULT_DIALECT);
    const reply = await send('PUT', '/_sandbox/dialect', { readLagMs: 60_000, defaultPage: 20 });
    const changed = { ...DEFAULT_DIALECT, readLagMs: 60_000, defaultPage: 20 };
    expect([reply.status, reply.body]).toEqual([200, changed]);
    expect((await send('GET', '/_sandbox/dialect')).body).toEqual(changed);
    expect((await portkeyClient(sandbox)('GET', '/prompts')).list).toHaveLength(20);
    expect((await send('GET', '/_sandbox')).body.dialect).toEqual(changed);
  });

  it.each([
    ['updateFields', 'ignore', /drop, refuse, accept/],
    ['versionLists', 'list', /bare, wrapped/],
    ['readLagMs', 60_001, /0 to 60000/],
    ['readLagMs', 0.5, /whole number/],
    ['uniqueNames', 'true', /true, false/],
    ['defaultPage', '20', /20, all/],
    ['deletedStatus', 410, /403, 404/],
    ['toolChoice', null, /object, text/],
    ['promptShape', 'deep', /flat, current_version, versions/],
    ['deduplication', true, /none, attributes, text-and-seed/],
    ['callbackBody', 'form', /bare, wrapped/],
    ['colour', 'red', /updateFields, versionLists/],
  ])(
    'the control API rejects the dialect setting %s %j, lists the valid values and changes nothing',
    async (name, value, values) => {
      const reply = await send('PUT', '/_sandbox/dialect', { versionLists: 'bare', [name]: value });
      expect([reply.status, reply.body.values]).toEqual([400, DIALECT_VALUES]);
      expect(String(reply.body.problems)).toMatch(new RegExp(`${name} .*${values.source}`));
      expect(sandbox.dialect).toEqual(DEFAULT_DIALECT);
    },
  );

  it.each([[[]], ['drop'], [undefined]])('the control API rejects %j as a dialect', async (body) => {
    expect((await send('PUT', '/_sandbox/dialect', body ?? null)).status).toBe(400);
  });

  it('the control API restores the initial dialect on a reset', async () => {
    const own = await startSandbox({ seed: 'empty', dialect: { uniqueNames: true } });
    try {
      const control = client(own.url, {});
      await control('PUT', '/_sandbox/dialect', { uniqueNames: false, toolChoice: 'text' });
      await control('POST', '/_sandbox/reset', {});
      const { body } = await control('GET', '/_sandbox/dialect');
      expect(body).toEqual({ ...DEFAULT_DIALECT, uniqueNames: true });
    } finally {
      await own.close();
    }
  });

  it('the control API restores the seed data on a reset', async () => {
    const before = [...sandbox.portkey.prompts.keys()];
    sandbox.portkey.prompts.clear();
    sandbox.astria.addTune({ title: 'Extra' });
    sandbox.setDialect({ promptShape: 'versions' });
    expect((await send('POST', '/_sandbox/reset', {})).status).toBe(204);
    expect([...sandbox.portkey.prompts.keys()]).toEqual(before);
    expect([...sandbox.astria.tunes.values()].some(({ title }) => title === 'Extra')).toBe(false);
    expect(sandbox.dialect.promptShape).toBe('flat');
  });
});

describe('protection of the control API against other sites', () => {
  const host = () => new URL(sandbox.url).host;
  const typed = { 'content-type': 'application/json' };

  it.each([
    ['rejects a foreign origin', { ...typed, origin: 'https://evil.example' }, 403],
    ['rejects an opaque origin', { ...typed, origin: 'null' }, 403],
    [
      'rejects a foreign host name with a loopback prefix',
      { ...typed, origin: 'http://127.0.0.1.evil.example' },
      403,
    ],
    ['rejects a rebound host name', { ...typed, host: 'evil.example' }, 403],
    ['rejects cross-site fetch metadata', { ...typed, 'sec-fetch-site': 'cross-site' }, 403],
    ['rejects a plain-text form', { 'content-type': 'text/plain' }, 415],
    ['rejects a missing content type', {}, 415],
    ['accepts a loopback origin', { ...typed, origin: 'http://localhost:4000' }, 204],
    ['accepts a missing origin', typed, 204],
  ])('%s', async (_case, headers: Record<string, string>, status) => {
    expect(await raw('POST', '/_sandbox/reset', { host: host(), ...headers })).toBe(status);
  });

  it('the protection of the control API against other sites rejects reads and deletions from them', async () => {
    for (const method of ['GET', 'DELETE']) {
      expect(await raw(method, '/_sandbox/requests', { host: 'evil.example' })).toBe(403);
      expect(await raw(method, '/_sandbox/requests', { origin: 'https://evil.example' })).toBe(403);
    }
  });
});
