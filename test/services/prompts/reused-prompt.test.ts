import { expect, it } from '@jest/globals';
import type { Prompt } from '../../../src/domain/prompt.js';
import { newCallbackUrl, ownAddress } from '../../../src/services/callbacks/callback-urls.js';
import { reuseOf } from '../../../src/services/prompts/claim.js';
import type { KnownPrompt, SentCreate } from '../../../src/storage/create-store.js';
import { prompt as decoder } from '../../../src/upstream/astria/decoders.js';
import { decoded } from '../../support/decoding.js';

const SENT = Date.parse('2026-08-01T12:00:00.400Z');
const prompt = (given: Record<string, unknown> = {}): Prompt =>
  decoded(decoder, {
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
const own = newCallbackUrl('https://gateway.example');
const another = newCallbackUrl('https://gateway.example');
const idOf = ({ url }: { url: string }) => ownAddress(url)?.id ?? null;

it.each<[string, 'CERTAIN' | 'LIKELY' | 'NONE', Prompt, SentCreate]>([
  ['created after the request', 'NONE', prompt(), create()],
  ['on another tune', 'CERTAIN', prompt({ tune_id: 6 }), create()],
  ['on an unknown tune', 'NONE', prompt({ tune_id: 6 }), create({ tuneId: null })],
  ['with a text that Astria has rewritten', 'NONE', prompt({ text: 'a cat, sharp' }), create()],
  ['older than a known prompt', 'CERTAIN', prompt(), create({ newerThan: '7' })],
  [
    'created five minutes before the request',
    'CERTAIN',
    prompt({ created_at: '2026-08-01T11:54:59.100Z' }),
    create(),
  ],
  [
    'created a second before the request',
    'LIKELY',
    prompt({ created_at: '2026-08-01T11:59:59.100Z' }),
    create(),
  ],
  ['with the callback URL of the request', 'NONE', prompt({ callback: own.url }), create({}, idOf(own))],
  [
    'with the callback URL of another create request',
    'CERTAIN',
    prompt({ callback: another.url }),
    create({}, idOf(own)),
  ],
  ["with the caller's callback", 'NONE', prompt({ callback: 'https://me.example' }), create({}, idOf(own))],
])('a prompt %s is reused: %s', (_name, expected, returned, sent) => {
  expect(reuseOf(returned, sent, 0)).toBe(expected);
});
