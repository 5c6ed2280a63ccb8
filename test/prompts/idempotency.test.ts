import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaultKind } from '../../src/sandbox/index.js';
import { Deployment } from '../support/deployment.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at, startTestGateway, until } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { temporaryFolder } from '../support/store.js';
import { png } from '../support/upload-pictures.js';
import { CREATE, create, createFault, duplicate, made, promptsWith, sent, TUNE } from './creating.js';

const gateway = describeGateway({ sandbox: { settleMs: 60_000 } });
afterEach(() => gateway.sandbox.reset());

const CONFLICT = { id: null, codes: ['CONFLICT'], errors: [] };
const UNKNOWN = { id: null, codes: ['OUTCOME_UNKNOWN'], errors: [] };
let keys = 0;
const newKey = () => {
  keys += 1;
  return `key ${keys}`;
};

describe('repeated idempotency key', () => {
  it('a repeated idempotency key with the same input returns the first prompt', async () => {
    const key = newKey();
    const first = await create(gateway, { text: 'a cat', seed: 1 }, key);
    expect(first).toMatchObject({ codes: [], errors: [] });
    // The order of the fields and explicit nulls do not change the request.
    expect(await create(gateway, { seed: 1, text: 'a cat', steps: null }, key)).toEqual(first);
    expect(sent(gateway)).toBe(1);
  });

  it('a repeated idempotency key returns the first prompt while its creation is in progress', async () => {
    const key = newKey();
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 300 }));
    const results = await Promise.all(
      Array.from({ length: 20 }, () => create(gateway, { text: 'a cat' }, key)),
    );
    expect(results[0]?.id).not.toBeNull();
    expect(new Set(results.map(({ id }) => id)).size).toBe(1);
    expect(sent(gateway)).toBe(1);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another text', { text: 'a dog' }],
    ['an additional field', { text: 'a cat', seed: 1 }],
    ['an image', { text: 'a cat', inputImage: { url: 'https://example.com/a.png' } }],
  ])('a repeated idempotency key with %s causes a CONFLICT', async (_what, input) => {
    const key = newKey();
    await create(gateway, { text: 'a cat' }, key);
    expect(await create(gateway, input, key)).toEqual(CONFLICT);
    expect(sent(gateway)).toBe(1);
  });

  it('a repeated idempotency key with another input causes a CONFLICT while the first request is in progress', async () => {
    const key = newKey();
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 200 }));
    const first = create(gateway, { text: 'a cat' }, key);
    await until(
      () => sent(gateway),
      (count) => count === 1,
    );
    expect(await create(gateway, { text: 'a dog' }, key)).toEqual(CONFLICT);
    expect((await first).codes).toEqual([]);
  });

  it('a repeated idempotency key of a duplicate returns the first duplicate, and causes a CONFLICT for a create request', async () => {
    const key = newKey();
    const { id } = gateway.sandbox.astria.addPrompt({ tune_id: Number(TUNE) });
    const first = await duplicate(gateway, String(id), { seed: 7 }, key);
    expect(await duplicate(gateway, String(id), { seed: 7 }, key)).toEqual(first);
    expect(await duplicate(gateway, String(id), { seed: null }, key)).toEqual(CONFLICT);
    expect(await duplicate(gateway, String(id), {}, key)).toEqual(CONFLICT);
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual(CONFLICT);
    expect(sent(gateway)).toBe(1);
  });

  it('a repeated idempotency key creates another prompt under another account', async () => {
    const key = newKey();
    const other = { 'x-astria-api-key': 'sd_sandbox_other' };
    gateway.sandbox.astria.addTune({ id: 99, owner: 'other' });
    await create(gateway, { text: 'a cat' }, key);
    await gateway.graphql(CREATE, { tuneId: '99', input: { text: 'a dog' }, key }, other);
    expect(sent(gateway)).toBe(2);
  });

  it('a repeated idempotency key returns the current state of the prompt, and NOT_FOUND after its deletion', async () => {
    const key = newKey();
    const { id } = await create(gateway, { text: 'a cat' }, key);
    gateway.sandbox.astria.settle(Number(id));
    const again = await gateway.graphql(CREATE, { tuneId: TUNE, input: { text: 'a cat' }, key });
    expect(again.data).toMatchObject({ createPrompt: { prompt: { id, status: 'SUCCEEDED' } } });
    gateway.sandbox.astria.deletePrompt(Number(id));
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual({
      id: null,
      codes: ['NOT_FOUND'],
      errors: [],
    });
  });
});

describe('idempotency key', () => {
  it.each(['', 'x'.repeat(256)])('%j is rejected before anything is sent', async (key) => {
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual({
      id: null,
      codes: ['INVALID'],
      errors: [],
    });
    expect(sent(gateway)).toBe(0);
  });

  it.each<[string, () => void, string[], string[]]>([
    ['an invalid input', () => {}, ['REQUIRED'], []],
    [
      'a rejection by Astria',
      () => gateway.sandbox.addFault(createFault('status', { status: 422, body: { text: ['is odd'] } })),
      ['UPSTREAM_REJECTED'],
      [],
    ],
    [
      'a rate limit',
      () => gateway.sandbox.addFault(createFault('429', { retryAfter: 60 })),
      [],
      ['UPSTREAM_RATE_LIMITED'],
    ],
  ])('an idempotency key can be reused after %s', async (what, prepare, codes, errors) => {
    const key = newKey();
    prepare();
    const text = what === 'an invalid input' ? null : 'a cat';
    expect(await create(gateway, { text }, key)).toEqual({ id: null, codes, errors });
    const { id } = await create(gateway, { text: 'another cat' }, key);
    expect(promptsWith(gateway, 'another cat')).toEqual([id]);
  });

  it('an idempotency key with an unknown outcome searches for the prompt again and creates nothing', async () => {
    const key = newKey();
    gateway.sandbox.addFault(createFault('504-before'));
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual(UNKNOWN);
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual(UNKNOWN);
    expect(await create(gateway, { text: 'a dog' }, key)).toEqual(CONFLICT);
    // The create request takes effect late.
    const { id } = gateway.sandbox.astria.addPrompt({ tune_id: Number(TUNE), text: 'a cat' });
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual({ id: String(id), codes: [], errors: [] });
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual({ id: String(id), codes: [], errors: [] });
    expect(sent(gateway)).toBe(1);
  });

  it.each<[FaultKind, isMade: boolean]>([
    ['500', false],
    ['503', false],
    ['500-after', true],
    ['503-after', true],
  ])(
    'an idempotency key stays in use after a %s response, and the create request is never repeated',
    async (kind, isMade) => {
      const key = newKey();
      gateway.sandbox.addFault(createFault(kind));
      const first = await create(gateway, { text: 'a fox' }, key);
      const ids = promptsWith(gateway, 'a fox');
      expect(first).toEqual(isMade ? { id: ids[0], codes: [], errors: [] } : UNKNOWN);
      expect(await create(gateway, { text: 'a fox' }, key)).toEqual(first);
      expect([ids.length, sent(gateway)]).toEqual([isMade ? 1 : 0, 1]);
    },
  );

  it.each([' ', 'x'.repeat(255), '🦊'.repeat(255)])('%j is accepted', async (key) => {
    const first = await create(gateway, { text: 'a cat' }, key);
    expect(first.codes).toEqual([]);
    expect(await create(gateway, { text: 'a cat' }, key)).toEqual(first);
  });

  it('an idempotency key is optional, and without one the same request creates another prompt', async () => {
    const [one, two] = [await create(gateway, { text: 'a cat' }), await create(gateway, { text: 'a cat' })];
    expect(one.id).not.toBe(two.id);
  });

  it('an idempotency key returns the prompt of a request whose client disconnected', async () => {
    const key = newKey();
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 200 }));
    const hangUp = new AbortController();
    const body = JSON.stringify({
      query: CREATE,
      variables: { tuneId: TUNE, input: { text: 'a cat' }, key },
    });
    const headers = { 'content-type': 'application/json' };
    const { signal } = hangUp;
    const request = fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body, signal });
    await until(
      () => sent(gateway),
      (count) => count === 1,
    );
    hangUp.abort();
    await expect(request).rejects.toThrow();
    const { id } = await create(gateway, { text: 'a cat' }, key);
    expect(promptsWith(gateway, 'a cat')).toEqual([id]);
    expect(sent(gateway)).toBe(1);
  });
});

describe('idempotency key for a file', () => {
  const upload = async (bytes: Uint8Array<ArrayBuffer>, key: string, filename = 'a.png') => {
    const variables = { tuneId: TUNE, input: { text: 'a face', inputImage: {} }, key };
    const files = { 'variables.input.inputImage.upload': { bytes, filename } };
    return made(await postForm(gateway.url, uploadForm(CREATE, variables, files)));
  };

  it('an idempotency key for a file depends on the content of the file and not on its name', async () => {
    const key = newKey();
    const first = await upload(png(70_000, 1), key);
    expect(first.codes).toEqual([]);
    expect(await upload(png(70_000, 1), key, 'b.png')).toEqual(first);
    expect(await upload(png(70_000, 2), key)).toEqual(CONFLICT);
    expect(sent(gateway)).toBe(1);
  });
});

describe('after a restart', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.open({ seed: 'library', settleMs: 60_000 });
  });
  afterEach(() => deployment.sandbox.clearFaults());
  afterAll(() => deployment.close());

  it('a repeated idempotency key returns the first prompt', async () => {
    const key = newKey();
    const before = await deployment.startHere();
    const first = await create(before, { text: 'a kept cat' }, key);
    await before.stop();
    const after = await deployment.startHere();
    expect(await create(after, { text: 'a kept cat' }, key)).toEqual(first);
    expect(await create(after, { text: 'a kept dog' }, key)).toEqual(CONFLICT);
    expect(promptsWith(after, 'a kept cat')).toEqual([first.id]);
    expect(await deployment.filesWith(key)).toEqual([]);
    await after.stop();
  });
});

it.each([
  [
    'with a key advises to repeat the request with that key',
    'known key',
    /Repeat this request with the same idempotencyKey/,
  ],
  [
    'without a key advises to search for the prompt first',
    undefined,
    /Look for it in prompts .*again with an idempotencyKey/,
  ],
])('an unknown outcome %s', async (_name, key, advice) => {
  gateway.sandbox.addFault(createFault('504-before'));
  const { data } = await gateway.graphql(CREATE, { tuneId: TUNE, input: { text: 'a lost cat' }, key });
  expect(at(data, 'createPrompt.userErrors')).toMatchObject([
    { code: 'OUTCOME_UNKNOWN', message: expect.stringMatching(advice) },
  ]);
});

it('without a store, a request with a key fails unsent and a request without a key creates a prompt', async () => {
  const { folder, remove } = temporaryFolder();
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const storeless = await startTestGateway({ env: { DATA_DIR: path.join(file, 'data') } });
  expect(await create(storeless, { text: 'a cat' }, 'key')).toEqual({
    id: null,
    codes: [],
    errors: ['STORE_UNAVAILABLE'],
  });
  expect(sent(storeless)).toBe(0);
  expect((await create(storeless, { text: 'a cat' })).codes).toEqual([]);
  await storeless.close();
  remove();
});
