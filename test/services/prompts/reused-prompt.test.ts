import { expect, it } from '@jest/globals';
import type { KnownPrompt, SentCreate } from '../../../src/backplane/create-store.js';
import type { Prompt } from '../../../src/domain/prompt.js';
import { newAddress, ownAddress } from '../../../src/services/callbacks/addresses.js';
import { isReused } from '../../../src/services/prompts/reused-prompt.js';
import { prompt as decoder } from '../../../src/upstream/astria/decoders.js';

const SENT = Date.parse('2026-08-01T12:00:00.400Z');
const prompt = (given: Record<string, unknown> = {}): Prompt =>
  decoder.parse({
    id: 7,
    tune_id: 5,
    created_at: new Date(SENT + 10).toISOString(),
    text: 'a cat',
    style: 'Cinematic',
    ...given,
  });
const create = (known: Partial<KnownPrompt> = {}, callback: string | null = null): SentCreate => ({
  ...{ id: 'mine', account: 'me', callback, sentAt: SENT, lostAt: null },
  known: { tuneId: '5', attributes: { text: 'a cat' }, newerThan: null, images: 'none', ...known },
});
const own = newAddress('https://gateway.example');
const another = newAddress('https://gateway.example');
const idOf = ({ url }: { url: string }) => ownAddress(url)?.id ?? null;

it.each<[string, boolean, Prompt, SentCreate]>([
  ['made after the request', false, prompt(), create()],
  ['of another tune', true, prompt({ tune_id: 6 }), create()],
  ['of a tune that is not known', false, prompt({ tune_id: 6 }), create({ tuneId: null })],
  ['with a text that Astria has rewritten', false, prompt({ text: 'a cat, sharp' }), create()],
  ['older than one that was seen before', true, prompt(), create({ newerThan: '7' })],
  ['made a second before', true, prompt({ created_at: '2026-08-01T11:59:59.100Z' }), create()],
  ['with the own callback address', false, prompt({ callback: own.url }), create({}, idOf(own))],
  [
    'with the callback address of another create',
    true,
    prompt({ callback: another.url }),
    create({}, idOf(own)),
  ],
  ["with a caller's own callback", false, prompt({ callback: 'https://me.example' }), create({}, idOf(own))],
])('a prompt %s (%s)', (_name, expected, returned, sent) => {
  expect(isReused(returned, sent, 0)).toBe(expected);
});
