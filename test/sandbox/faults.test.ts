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

describe('fault with a response', () => {
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
  ] as const)(
    'a fault with a response of the kind %s has status %i and creates %i prompts',
    async (kind, status, prompts) => {
      on(kind);
      const reply = await create();
      expect([reply.status, made(), lastStatus()]).toEqual([status, prompts, status]);
      expect((await create()).status).toBe(201);
    },
  );

  it('a fault with a response is HTML, unparsable JSON or JSON of another shape, depending on its kind', async () => {
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
    ['with seconds', 2, '2'],
    ['with a date', 'Fri, 01 Jan 2027 00:00:00 GMT', 'Fri, 01 Jan 2027 00:00:00 GMT'],
    ['without a value', undefined, null],
  ])('a fault with a response sends a Retry-After %s', async (_case, retryAfter, header) => {
    on('429', retryAfter === undefined ? {} : { retryAfter });
    on('503', retryAfter === undefined ? {} : { retryAfter });
    expect((await astria('GET', '/tunes')).headers.get('retry-after')).toBe(header);
    expect((await astria('GET', '/tunes')).headers.get('retry-after')).toBe(header);
  });

  it('a fault with a response has the error format of its upstream', async () => {
    on('429');
    expect(typeof (await astria('GET', '/tunes')).body.error).toBe('string');
    sandbox.addFault({ upstream: 'portkey', kind: '429' });
    sandbox.addFault({ upstream: 'portkey', kind: '500' });
    expect(portkeyError(await portkey('GET', '/prompts')).code).toBe('AB06');
    expect(portkeyError(await portkey('GET', '/prompts')).code).toBe('AB04');
  });

  it('a fault with a response of the kind status has any status and body', async () => {
    on('status', { status: 402, body: { success: false, data: { errorCode: 'AB09' } } });
    on('status', { status: 418 });
    const first = await create();
    expect([first.status, first.body]).toEqual([402, { success: false, data: { errorCode: 'AB09' } }]);
    expect([(await create()).text, made()]).toEqual(['', 0]);
  });
});

describe('fault without a complete response', () => {
  it.each([
    ['drop-before', 0],
    ['drop-after', 1],
  ] as const)(
    'a fault without a complete response of the kind %s drops the connection and creates %i prompts',
    async (kind, prompts) => {
      on(kind);
      await expect(create()).rejects.toThrow();
      expect([made(), lastStatus()]).toEqual([prompts, null]);
    },
  );

  it('a fault without a complete response of the kind drop-late drops the connection immediately and does the work afterwards', async () => {
    on('drop-late', { delayMs: 200 });
    await expect(create()).rejects.toThrow();
    expect([made(), lastStatus()]).toEqual([0, null]);
    await until(() => made() === 1);
  });

  it('a fault without a complete response of the kind stall-headers sends nothing until the client aborts', async () => {
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

  it('a fault without a complete response of the kind stall-body sends the status and half the body', async () => {
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

  it('a fault without a complete response of the kind truncated-json ends before its content-length', async () => {
    on('truncated-json');
    await expect(astria('GET', '/tunes')).rejects.toThrow();
    expect(lastStatus()).toBe(200);
  });

  it('a fault without a complete response of the kind slow-body sends a complete body slowly', async () => {
    on('slow-body', { delayMs: 200 });
    const started = performance.now();
    const reply = await astria('GET', '/tunes');
    expect(reply.list).toHaveLength(20);
    expect(performance.now() - started).toBeGreaterThan(190);
  });

  it('a fault without a complete response ends when the sandbox closes', async () => {
    const own = await startSandbox();
    own.addFault({ upstream: 'astria', kind: 'stall-headers' });
    const answer = astriaClient(own)('GET', '/tunes');
    const failed = expect(answer).rejects.toThrow();
    await until(() => own.requests().length > 0);
    await own.close();
    await failed;
  });
});

describe('injected fault', () => {
  it('an injected fault first skips some requests, then applies a number of times', async () => {
    on('500', { skip: 1, times: 2 });
    const statuses: number[] = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await astria('GET', '/tunes')).status);
    expect(statuses).toEqual([200, 500, 500, 200]);
  });

  it('an injected fault with times 0 applies until it is cleared', async () => {
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
  ])('an injected fault for %j and a request GET %s applies: %s', async (match, path, hit) => {
    on('500', match);
    expect((await astria('GET', path)).status).toBe(hit ? 500 : 200);
  });

  it('an injected fault applies before the faults that were added later', async () => {
    on('502');
    on('503', { path: '/tunes' });
    expect((await astria('GET', '/tunes')).status).toBe(502);
    expect((await astria('GET', '/tunes')).status).toBe(503);
  });

  it('an injected fault is rejected with the names of all its invalid fields', () => {
    expect(() => on('status', { times: -1, delayMs: 1.5 })).toThrow(/times.*delayMs.*status is required/);
  });
});
