import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, type Send, until } from './client.js';

interface Received {
  method: string | undefined;
  path: string | undefined;
  type: string | undefined;
  body: Record<string, unknown>;
}

let sandbox: Sandbox;
let send: Send;
let receiver: Server;
let hook: string;
let received: Received[] = [];

async function read(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return JSON.parse(text);
}

beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 40 });
  send = astriaClient(sandbox);
  receiver = createServer(async (req, res) => {
    const body = await read(req);
    received.push({ method: req.method, path: req.url, type: req.headers['content-type'], body });
    if (req.url === '/redirect') res.writeHead(302, { location: `${hook}/redirected` }).end();
    else if (req.url === '/broken') res.writeHead(500).end();
    else res.writeHead(200).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(() => {
  received = [];
});
afterEach(() => sandbox.reset());

async function create(prompt: Record<string, unknown>): Promise<number> {
  const reply = await send('POST', '/tunes/2234518/prompts', { prompt: { text: 'ohwx man', ...prompt } });
  expect(reply.status).toBe(201);
  return Number(reply.body.id);
}

const settled = (id: number): Promise<Record<string, unknown>> =>
  until(async () => {
    const { body } = await send('GET', `/prompts/${id}`);
    return body.images || body.user_error ? body : null;
  });

describe('settling in the sandbox', () => {
  it('settling in the sandbox adds downloadable images to a prompt', async () => {
    const reply = await send('POST', '/tunes/2234518/prompts', {
      prompt: { text: 'ohwx man', num_images: 2 },
    });
    expect(reply.body).toMatchObject({ trained_at: null, started_training_at: null, user_error: null });
    expect(reply.body).not.toHaveProperty('images');
    const body = await settled(Number(reply.body.id));
    expect(body).toMatchObject({ user_error: null, started_training_at: expect.any(String) });
    expect(Date.parse(String(body.trained_at))).toBeGreaterThanOrEqual(Date.parse(String(body.created_at)));
    expect(body.images).toHaveLength(2);
    for (const url of Object(body.images)) expect((await fetch(url)).status).toBe(200);
  });

  it('settling in the sandbox fails a prompt with [fail] in its text', async () => {
    const body = await settled(await create({ text: 'please [fail] this' }));
    expect(body.user_error).toEqual(expect.any(String));
    expect(body).not.toHaveProperty('images');
  });

  it('settling in the sandbox can be triggered by a test, and only happens once', async () => {
    const slow = await startSandbox({ settleMs: 600_000 });
    const reply = await astriaClient(slow)('POST', '/tunes/2234518/prompts', {
      prompt: { text: 'x', callback: `${hook}/by-hand` },
    });
    const id = Number(reply.body.id);
    slow.astria.settle(id);
    slow.astria.settle(id);
    expect((await astriaClient(slow)('GET', `/prompts/${id}`)).body.images).toHaveLength(4);
    await until(() => received.length > 0);
    await slow.close();
    expect(received).toHaveLength(1);
  });

  it('settling in the sandbox trains a new tune', async () => {
    const tune = { title: 'T', name: 'man', image_urls: ['https://a.example/x.png'] };
    const { body } = await send('POST', '/tunes', { tune });
    expect(body.trained_at).toBeNull();
    await until(async () => (await send('GET', `/tunes/${body.id}`)).body.trained_at);
  });
});

describe('callbacks of the Astria sandbox', () => {
  it('the callbacks of the Astria sandbox arrive once, in the form that the dialect sets', async () => {
    for (const callbackBody of ['bare', 'wrapped'] as const) {
      received = [];
      sandbox.setDialect({ callbackBody });
      const id = await create({ callback: `${hook}/cb` });
      const call = await until(() => received[0]);
      expect(call).toMatchObject({ method: 'POST', path: '/cb', type: 'application/json' });
      const prompt = (await send('GET', `/prompts/${id}`)).body;
      expect(call.body).toEqual(callbackBody === 'bare' ? prompt : { prompt });
      expect(received).toHaveLength(1);
    }
  });

  it('the callbacks of the Astria sandbox arrive for a trained tune, in the form that the dialect sets', async () => {
    for (const callbackBody of ['bare', 'wrapped'] as const) {
      received = [];
      sandbox.setDialect({ callbackBody });
      const fields = { title: callbackBody, name: 'man', image_urls: ['https://a.example/x.png'] };
      const { body } = await send('POST', '/tunes', { tune: { ...fields, callback: `${hook}/tune` } });
      const call = await until(() => received[0]);
      const tune = (await send('GET', `/tunes/${body.id}`)).body;
      expect(tune.trained_at).toEqual(expect.any(String));
      expect(call.body).toEqual(callbackBody === 'bare' ? tune : { tune });
    }
  });

  it('the callbacks of the Astria sandbox of a pack run arrive once, as an array, when all prompts have settled', async () => {
    const { body } = await send('POST', '/p/corporate-headshots/tunes', {
      tune: { tune_ids: [2234518], prompts_callback: `${hook}/prompts` },
    });
    expect(body.id).toBe(2234518);
    const call = await until(() => received[0]);
    const prompts = (await send('GET', '/prompts?base_pack_id=1871')).list;
    expect(prompts).toHaveLength(3);
    expect(Object.values(call.body)).toEqual(prompts.toReversed());
    expect(received).toHaveLength(1);
  });

  it('the callbacks of the Astria sandbox are neither retried nor redirected, and may fail without an effect', async () => {
    await create({ callback: `${hook}/broken` });
    await create({ callback: `${hook}/redirect` });
    await create({ callback: 'http://127.0.0.1:1/nobody' });
    const last = await create({ callback: `${hook}/last` });
    await settled(last);
    await until(() => received.some(({ path }) => path === '/last'));
    expect(received.map(({ path }) => path).sort()).toEqual(['/broken', '/last', '/redirect']);
  });

  it('the callbacks of the Astria sandbox are cancelled by a reset', async () => {
    const id = await create({ callback: `${hook}/never` });
    sandbox.reset();
    const later = await create({ callback: `${hook}/later` });
    expect(later).toBeGreaterThan(id);
    await until(() => received.length > 0);
    expect(received.map(({ path }) => path)).toEqual(['/later']);
  });
});
