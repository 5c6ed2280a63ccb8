import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Fault, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, portkeyClient, portkeyError, type Send, until } from './client.js';

let sandbox: Sandbox;
let astria: Send;
let portkey: Send;
beforeAll(async () => {
  sandbox = await startSandbox();
  astria = astriaClient(sandbox);
  portkey = portkeyClient(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const on = (kind: Fault['kind'], more: Partial<Fault> = {}) =>
  sandbox.addFault({ upstream: 'astria', kind, ...more });
const create = () => astria('POST', '/tunes/2234518/prompts', { prompt: { text: 'a fault' } });
const made = () => [...sandbox.astria.prompts.values()].filter(({ text }) => text === 'a fault').length;
const lastStatus = () => sandbox.requests().at(-1)?.status;

describe('faults that answer', () => {
  it.each([
    ['429', 429, 0],
    ['500', 500, 0],
    ['502', 502, 0],
    ['503', 503, 0],
    ['504-before', 504, 0],
    ['500-after', 500, 1],
    ['502-after', 502, 1],
    ['503-after', 503, 1],
    ['504-after', 504, 1],
    ['html', 200, 0],
    ['broken-json', 200, 1],
    ['wrong-shape', 200, 1],
  ] as const)('%s: status %i, prompts made: %i', async (kind, status, prompts) => {
    on(kind);
    const reply = await create();
    expect([reply.status, made(), lastStatus()]).toEqual([status, prompts, status]);
    expect((await create()).status).toBe(201);
  });

  it('html is HTML, broken-json does not parse, wrong-shape is not what was asked for', async () => {
    on('html');
    on('broken-json');
    on('wrong-shape');
    const html = await astria('GET', '/tunes');
    expect(html.headers.get('content-type')).toContain('text/html');
    const broken = await astria('GET', '/tunes');
    expect(broken.headers.get('content-type')).toContain('application/json');
    expect(() => JSON.parse(broken.text)).toThrow();
    const wrong = await astria('GET', '/tunes');
    expect(JSON.parse(wrong.text)).not.toBeInstanceOf(Array);
  });

  it.each([
    ['seconds', 2, '2'],
    ['a date', 'Fri, 01 Jan 2027 00:00:00 GMT', 'Fri, 01 Jan 2027 00:00:00 GMT'],
    ['nothing', undefined, null],
  ])('Retry-After as %s', async (_case, retryAfter, header) => {
    on('429', retryAfter === undefined ? {} : { retryAfter });
    on('503', retryAfter === undefined ? {} : { retryAfter });
    expect((await astria('GET', '/tunes')).headers.get('retry-after')).toBe(header);
    expect((await astria('GET', '/tunes')).headers.get('retry-after')).toBe(header);
  });

  it('speak the language of the upstream', async () => {
    on('429');
    expect(typeof (await astria('GET', '/tunes')).body.error).toBe('string');
    sandbox.addFault({ upstream: 'portkey', kind: '429' });
    sandbox.addFault({ upstream: 'portkey', kind: '500' });
    expect(portkeyError(await portkey('GET', '/prompts')).code).toBe('AB06');
    expect(portkeyError(await portkey('GET', '/prompts')).code).toBe('AB04');
  });

  it('status: any status with any body', async () => {
    on('status', { status: 402, body: { success: false, data: { errorCode: 'AB09' } } });
    on('status', { status: 418 });
    const first = await create();
    expect([first.status, first.body]).toEqual([402, { success: false, data: { errorCode: 'AB09' } }]);
    expect([(await create()).text, made()]).toEqual(['', 0]);
  });
});

describe('faults that do not', () => {
  it.each([
    ['drop-before', 0],
    ['drop-after', 1],
  ] as const)('%s, prompts made: %i', async (kind, prompts) => {
    on(kind);
    await expect(create()).rejects.toThrow();
    expect([made(), lastStatus()]).toEqual([prompts, null]);
  });

  it('drop-late drops the connection at once and does the work afterwards', async () => {
    on('drop-late', { delayMs: 200 });
    await expect(create()).rejects.toThrow();
    expect([made(), lastStatus()]).toEqual([0, null]);
    await until(() => made() === 1);
  });

  it('stall-headers says nothing until the client gives up', async () => {
    on('stall-headers');
    const abort = new AbortController();
    let isAnswered = false;
    const answer = fetch(`${sandbox.astriaUrl}/tunes`, { signal: abort.signal }).then(() => {
      isAnswered = true;
    });
    answer.catch(() => {});
    await until(() => sandbox.requests().length === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect([isAnswered, lastStatus()]).toEqual([false, null]);
    abort.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('stall-body sends the status and half the body', async () => {
    on('stall-body');
    const abort = new AbortController();
    const response = await fetch(`${sandbox.astriaUrl}/tunes`, {
      headers: { authorization: 'Bearer sd_sandbox' },
      signal: abort.signal,
    });
    const reader = response.body?.getReader();
    const first = await reader?.read();
    const promised = Number(response.headers.get('content-length'));
    expect(response.status).toBe(200);
    expect(first?.value?.length).toBeGreaterThan(0);
    expect(first?.value?.length).toBeLessThan(promised);
    const rest = reader?.read();
    setTimeout(() => abort.abort(), 50);
    await expect(rest).rejects.toThrow();
  });

  it('truncated-json ends before the promised length', async () => {
    on('truncated-json');
    await expect(astria('GET', '/tunes')).rejects.toThrow();
    expect(lastStatus()).toBe(200);
  });

  it('slow-body takes its time and is complete', async () => {
    on('slow-body', { delayMs: 200 });
    const started = performance.now();
    const reply = await astria('GET', '/tunes');
    expect(reply.list).toHaveLength(20);
    expect(performance.now() - started).toBeGreaterThan(190);
  });

  it('closing ends what is stalled', async () => {
    const own = await startSandbox();
    own.addFault({ upstream: 'astria', kind: 'stall-headers' });
    const answer = astriaClient(own)('GET', '/tunes');
    const failed = expect(answer).rejects.toThrow();
    await until(() => own.requests().length > 0);
    await own.close();
    await failed;
  });
});

describe('which requests a fault hits', () => {
  it('skips, then hits so many times', async () => {
    on('500', { skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await astria('GET', '/tunes')).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it('0 times is until cleared', async () => {
    on('503', { times: 0 });
    for (let n = 0; n < 3; n += 1) expect((await astria('GET', '/tunes')).status).toBe(503);
    sandbox.clearFaults();
    expect((await astria('GET', '/tunes')).status).toBe(200);
  });

  it.each([
    [{ path: '/tunes' }, '/tunes', true],
    [{ path: '/tunes' }, '/tunes?limit=1', true],
    [{ path: '/tunes' }, '/tunes/1504944', false],
    [{ path: '/tunes/*' }, '/tunes/1504944', true],
    [{ path: '/tunes/*' }, '/tunes/1504944/prompts', false],
    [{ path: '/tunes/**' }, '/tunes/1504944/prompts', true],
    [{ path: '**/prompts' }, '/tunes/1504944/prompts', true],
    [{ path: '/t.nes' }, '/tunes', false],
    [{ method: 'get' }, '/tunes', true],
    [{ method: 'POST' }, '/tunes', false],
    [{ upstream: 'portkey' as const }, '/tunes', false],
  ])('%j against GET %s: %s', async (match, path, hit) => {
    on('500', match);
    expect((await astria('GET', path)).status).toBe(hit ? 500 : 200);
  });

  it('takes the first that was added', async () => {
    on('502');
    on('503', { path: '/tunes' });
    expect((await astria('GET', '/tunes')).status).toBe(502);
    expect((await astria('GET', '/tunes')).status).toBe(503);
  });

  it('refuses an invalid fault, naming everything wrong with it', () => {
    expect(() => on('status', { times: -1, delayMs: 1.5 })).toThrow(/times.*delayMs.*status is required/);
  });
});
