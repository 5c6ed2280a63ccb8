import { describe, expect, it } from '@jest/globals';
import type { Prompt } from '../../../src/domain/prompt.js';
import { newCallbackUrl, ownAddress } from '../../../src/services/callbacks/callback-urls.js';
import { matchCreatedPrompt } from '../../../src/services/prompts/match-created-prompt.js';
import type { KnownPrompt, OtherCreate } from '../../../src/storage/create-store.js';
import { prompt as decoder } from '../../../src/upstream/astria/decoders.js';
import { decoded } from '../../support/decoding.js';

const SENT = Date.parse('2026-08-01T12:00:00.000Z');
const prompt = (id: number, given: Record<string, unknown> = {}): Prompt =>
  decoded(decoder, {
    id,
    tune_id: 5,
    created_at: new Date(SENT + id).toISOString(),
    text: 'a cat',
    ...given,
  });
const create = (known: Partial<KnownPrompt> = {}, given: Partial<OtherCreate> = {}): OtherCreate => ({
  ...{
    id: 'mine',
    account: 'me',
    callback: null,
    sentAt: SENT,
    lostAt: SENT,
    isInProgress: false,
    responsePromptId: null,
  },
  known: { tuneId: '5', attributes: { text: 'a cat' }, newerThan: null, images: 'none', ...known },
  ...given,
});
const choose = (
  candidates: readonly Prompt[],
  mine: OtherCreate,
  others: readonly OtherCreate[] = [],
  taken: readonly string[] = [],
) => matchCreatedPrompt(candidates, mine, { others, taken: new Set(taken) }, 0);

describe('choosing among the matching prompts', () => {
  it('choosing among the matching prompts returns the oldest prompt that is not taken', () => {
    expect(choose([prompt(1), prompt(2)], create())).toBe('1');
    expect(choose([prompt(1), prompt(2)], create(), [], ['1'])).toBe('2');
    expect(choose([prompt(1)], create(), [], ['1'])).toBeNull();
    expect(choose([], create())).toBeNull();
  });

  it('choosing among the matching prompts returns no prompt that may belong to a pending create request', () => {
    const underWay = create({}, { isInProgress: true, lostAt: null });
    expect(choose([prompt(1)], create(), [underWay])).toBeNull();
    // The pending request names no seed, but Astria may have chosen this one for it.
    const seeded = prompt(1, { seed: 7 });
    expect(choose([seeded], create({ attributes: { text: 'a cat', seed: 7 } }), [underWay])).toBeNull();
    expect(choose([prompt(1)], create(), [{ ...underWay, sentAt: SENT + 10 }])).toBe('1');
  });

  it('choosing among the matching prompts returns the oldest prompt if an identical create request was lost too', () => {
    expect(choose([prompt(1), prompt(2)], create(), [create({}, { id: 'other' })])).toBe('1');
  });

  it('choosing among the matching prompts returns no prompt if a lost create request has other images', () => {
    expect(choose([prompt(1), prompt(2)], create(), [create({ images: 'others' })])).toBeNull();
  });

  it('choosing among the matching prompts leaves a prompt to the create request with more matching attributes', () => {
    const seeded = create({ attributes: { text: 'a cat', seed: 7 } });
    expect(choose([prompt(1, { seed: 7 }), prompt(2, { seed: null })], create(), [seeded])).toBe('2');
    expect(choose([prompt(1, { seed: 7 })], create(), [seeded])).toBeNull();
    expect(choose([prompt(1, { seed: 7 })], seeded, [create()])).toBe('1');
  });
});

describe('choosing with a callback of the gateway', () => {
  const { url } = newCallbackUrl('https://gateway.example.com');
  const id = ownAddress(url)?.id ?? '';
  const mine = create({}, { callback: id });

  it('choosing with a callback of the gateway returns the prompt with this callback, whatever else matches', () => {
    const reworded = prompt(3, { callback: url, text: 'in other words' });
    expect(choose([prompt(1), reworded], mine, [create({ images: 'others' })])).toBe('3');
  });

  it('choosing with a callback of the gateway ignores a prompt with another callback', () => {
    expect(choose([prompt(1, { callback: 'https://example.com' })], mine)).toBeNull();
    expect(choose([prompt(1, { callback: url })], create())).toBeNull();
    const other = newCallbackUrl('https://gateway.example.com').url;
    expect(choose([prompt(1, { callback: other })], mine)).toBeNull();
  });

  it('choosing with a callback of the gateway compares the attributes of a prompt without a callback', () => {
    expect(choose([prompt(1)], mine)).toBe('1');
    expect(choose([prompt(1, { text: 'a dog' })], mine)).toBeNull();
  });
});
