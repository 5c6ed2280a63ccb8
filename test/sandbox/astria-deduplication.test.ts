import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Dialect, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { astriaClient, type Send } from './client.js';

const FIRST = { text: 'a cat', seed: 1 };
const IMAGE = 'https://a.example/x.png';

let sandbox: Sandbox;
let send: Send;
beforeAll(async () => {
  sandbox = await startSandbox({ settleMs: 60_000 });
  send = astriaClient(sandbox);
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.reset());

const create = (prompt: unknown, tune = 2234518) => send('POST', `/tunes/${tune}/prompts`, { prompt });

describe('repeated prompt', () => {
  const rows: [Dialect['deduplication'], Record<string, unknown>, 200 | 201][] = [
    ['none', {}, 201],
    ['attributes', {}, 200],
    ['attributes', { input_image_url: IMAGE, aspect_ratio: '3:4', style: 'Comic book' }, 200],
    ['attributes', { callback: 'https://a.example/hook' }, 201],
    ['attributes', { ar: 'portrait' }, 201],
    ['text-and-seed', { callback: 'https://a.example/hook', num_images: 1 }, 200],
    ['text-and-seed', { seed: 2 }, 201],
    ['text-and-seed', { text: 'a dog' }, 201],
  ];
  it.each(rows)(
    'a repeated prompt under the rule "%s" and with the changes %j is answered with %i',
    async (deduplication, changes, status) => {
      sandbox.setDialect({ deduplication });
      const first = await create(FIRST);
      const second = await create({ ...FIRST, ...changes });
      expect([second.status, second.body.id === first.body.id]).toEqual([status, status === 200]);
    },
  );
});

it('the same prompt on another tune is a new one', async () => {
  for (const deduplication of ['attributes', 'text-and-seed'] as const) {
    sandbox.reset();
    sandbox.setDialect({ deduplication });
    await create(FIRST);
    expect((await create(FIRST, 1504944)).status).toBe(201);
  }
});

it('a repeated tune title returns the existing tune only under the documented rule', async () => {
  const tune = { title: 'Luna', name: 'cat', image_urls: [IMAGE] };
  sandbox.setDialect({ deduplication: 'attributes' });
  const reply = await send('POST', '/tunes', { tune });
  expect([reply.status, reply.body.id]).toEqual([200, 2166702]);
  sandbox.setDialect({ deduplication: 'text-and-seed' });
  expect((await send('POST', '/tunes', { tune })).status).toBe(201);
});
