import type { KnownPrompt, SentCreate } from '../../backplane/create-store.js';
import { type Prompt, RAW } from '../../domain/prompt.js';
import { callbackOf } from './choice.js';
import { type ClockOffset, isBeforeSend, isSameContent } from './same-prompt.js';

/** Age before the request from which a prompt is likely to be older, in milliseconds, by Astria's own `Date`. */
const LIKELY_OLDER_MS = 250;
/** Age from which it certainly is: no two clocks differ by that much. */
const CERTAINLY_OLDER_MS = 300_000;

/**
 * Decides whether Astria has answered a create with a prompt that existed before, or differs from the request: it
 * deduplicates by text and seed, or by a list of attributes without images and style. `LIKELY` where only a small
 * difference of clocks says so: the machine that writes the `Date` header need not be the one that dates prompts. Pure.
 */
export function reuseOf(
  prompt: Prompt,
  create: SentCreate,
  offset: ClockOffset,
): 'CERTAIN' | 'LIKELY' | 'NONE' {
  const callback = callbackOf(prompt);
  if (callback !== null && create.callback !== null) return callback !== create.callback ? 'CERTAIN' : 'NONE';
  const { newerThan } = create.known;
  if (newerThan !== null && Number(prompt.id) <= Number(newerThan)) return 'CERTAIN';
  if (differs(prompt, create.known)) return 'CERTAIN';
  if (isBeforeSend(prompt, create, offset, CERTAINLY_OLDER_MS)) return 'CERTAIN';
  return offset !== null && isBeforeSend(prompt, create, offset, LIKELY_OLDER_MS) ? 'LIKELY' : 'NONE';
}

/**
 * Compares the echo with the request. The text and the seed do not count: a reused prompt always shares them, and Astria
 * may rewrite the text. Nor does the callback, which can be the gateway's own, nor what the echo leaves out or null.
 */
function differs(prompt: Prompt, known: KnownPrompt): boolean {
  if (known.tuneId !== null && prompt.tuneId !== null && prompt.tuneId !== known.tuneId) return true;
  const { text: _text, seed: _seed, callback: _callback, ...sent } = known.attributes;
  const echoes: Record<string, unknown> = { ...prompt };
  const attributes = echoed(sent, echoes);
  return !isSameContent(prompt, { ...known, attributes, extra: echoed(known.extra ?? {}, prompt[RAW]) });
}

function echoed<T extends object>(sent: T, echoes: Readonly<Record<string, unknown>>): T {
  return Object.fromEntries(Object.entries(sent).filter(([name]) => (echoes[name] ?? null) !== null)) as T;
}
