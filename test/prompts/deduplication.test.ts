import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CreatePromptDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { postForm, uploadForm } from '../support/multipart.js';
import { png } from '../support/upload-pictures.js';
import {
  CREATE,
  create,
  createFault,
  duplicate,
  type Made,
  made,
  promptsWith,
  sent,
  TUNE,
} from './creating.js';

// Longer than any create request takes here, even on a busy machine.
const gateway = describeGateway({
  env: { LOST_RESPONSE_TIMEOUT_MS: '20000' },
  sandbox: { settleMs: 60_000 },
});
afterEach(() => gateway.sandbox.reset());

const CONFLICT = { id: null, codes: ['CONFLICT'], errors: [] };

/** Creates a prompt with an image whose content depends on `fill`. */
async function upload(text: string, fill: number, key?: string): Promise<Made> {
  const variables = { tuneId: TUNE, input: { text, seed: 7, inputImage: {} }, key };
  const files = { 'variables.input.inputImage.upload': { bytes: png(500, fill), filename: 'a.png' } };
  return made(await postForm(gateway.url, uploadForm(CREATE, variables, files)));
}

/** Number of prompts that exist with this text. */
const countPrompts = (text: string) => promptsWith(gateway, text).length;

describe.each(['attributes', 'text-and-seed'] as const)('with deduplication by %s, the gateway', (rule) => {
  const deduplicate = () => gateway.sandbox.setDialect({ deduplication: rule });

  it('returns CONFLICT for another image, with a message that names the prompt and a remedy', async () => {
    deduplicate();
    const first = await upload('a fox', 1);
    expect(first.codes).toEqual([]);
    expect(await upload('a fox', 2)).toEqual(CONFLICT);
    const variables = { tuneId: TUNE, input: { text: 'a fox', seed: 7 } };
    const { createPrompt } = await gateway.run(CreatePromptDocument, variables);
    expect(createPrompt?.userErrors[0]?.message).toMatch(new RegExp(`prompt ${first.id}, .*different seed`));
    expect(countPrompts('a fox')).toBe(1);
  });

  it('returns CONFLICT for another style', async () => {
    deduplicate();
    expect((await create(gateway, { text: 'a cat', seed: 1, style: 'CINEMATIC' })).codes).toEqual([]);
    expect(await create(gateway, { text: 'a cat', seed: 1, style: 'ANIMATED' })).toEqual(CONFLICT);
  });

  it('returns CONFLICT for a repeated request without its key, and the first prompt with the key', async () => {
    deduplicate();
    const first = await create(gateway, { text: 'a dog', seed: 1 }, `dog ${rule}`);
    expect(await create(gateway, { text: 'a dog', seed: 1 })).toEqual(CONFLICT);
    expect((await create(gateway, { text: 'a dog', seed: 1 }, `dog ${rule}`)).id).toBe(first.id);
  });

  it.each([
    ['a minute', 60_000],
    ['half a second', 500],
  ])('never returns a prompt that another client created %s before', async (_name, ageMs) => {
    deduplicate();
    const text = `an owl of ${ageMs}`;
    const createdAt = new Date(Date.now() - ageMs).toISOString();
    const { astria } = gateway.sandbox;
    astria.addPrompt({ tune_id: Number(TUNE), text, seed: 3, created_at: createdAt });
    expect(await create(gateway, { text, seed: 3 })).toEqual(CONFLICT);
    expect(countPrompts(text)).toBe(1);
  });

  it('never returns a prompt that another client created meanwhile with another theme', async () => {
    deduplicate();
    const text = `an owl by ${rule}`;
    const createdAt = new Date(Date.now() + 1_000).toISOString();
    const { astria } = gateway.sandbox;
    astria.addPrompt({ tune_id: Number(TUNE), text, seed: 3, theme: 'old', created_at: createdAt });
    expect(await create(gateway, { text, seed: 3, theme: 'new' })).toEqual(CONFLICT);
    expect((await create(gateway, { text, seed: 3, theme: 'old' })).codes).toEqual([]);
  });

  it('gives the prompt to the first of two requests with different images', async () => {
    deduplicate();
    // Delays the response to the first request until after that to the second.
    gateway.sandbox.addFault(createFault('slow-body', { delayMs: 3_000 }));
    const first = upload('a face', 1);
    await until(
      () => countPrompts('a face'),
      (count) => count === 1,
    );
    // Makes the prompt clearly older than the second request.
    await pause(500);
    expect(await upload('a face', 2)).toEqual(CONFLICT);
    expect((await first).codes).toEqual([]);
    expect(countPrompts('a face')).toBe(1);
  });

  it('gives the prompt to at most one of two simultaneous requests', async () => {
    deduplicate();
    const results = await Promise.all([1, 2].map((fill) => upload('a twin', fill)));
    const [id] = promptsWith(gateway, 'a twin');
    const codes = results.map((each) => each.codes.join()).sort();
    // Astria may handle either of them first.
    expect([
      ['', 'CONFLICT'],
      ['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'],
    ]).toContainEqual(codes);
    expect(results.filter((each) => each.id !== null && each.id !== id)).toEqual([]);
    expect(countPrompts('a twin')).toBe(1);
  });

  it('returns a new prompt for another seed', async () => {
    deduplicate();
    const first = await create(gateway, { text: 'a wolf', seed: 1 });
    const second = await create(gateway, { text: 'a wolf', seed: 2 });
    expect([first.codes, second.codes, countPrompts('a wolf')]).toEqual([[], [], 2]);
  });

  it('finds the prompt of a request whose response was lost', async () => {
    deduplicate();
    gateway.sandbox.addFault(createFault('504-after'));
    const { id, codes } = await create(gateway, { text: 'a lynx', seed: 1 });
    expect([codes, promptsWith(gateway, 'a lynx')]).toEqual([[], [id]]);
    expect(sent(gateway)).toBe(1);
  });

  it('returns CONFLICT for a duplicate without changes', async () => {
    deduplicate();
    const first = await create(gateway, { text: 'a bear', seed: 1 });
    expect(await duplicate(gateway, String(first.id), {})).toEqual(CONFLICT);
    expect((await duplicate(gateway, String(first.id), { seed: 2 })).codes).toEqual([]);
  });

  it('frees the idempotency key of a request that got CONFLICT', async () => {
    deduplicate();
    await upload('a deer', 1);
    expect(await upload('a deer', 2, `deer ${rule}`)).toEqual(CONFLICT);
    gateway.sandbox.setDialect({ deduplication: 'none' });
    expect((await upload('a deer', 2, `deer ${rule}`)).codes).toEqual([]);
  });
});
