import { createHash } from 'node:crypto';
import { plainValue } from '../../domain/plain-value.js';
import { type KnownPrompt, UNREADABLE_PROMPT } from '../create-store.js';
import { BrokenTextError, decoded, parseJson } from './rows.js';

/** Largest number of cached prompts. They are weakly referenced. */
const MAX_CACHED = 10_000;

/** Hash of an empty prompt text. */
export const NO_TEXT = sha256('');

const textHashes = new WeakMap<KnownPrompt, string | null>();

/**
 * Returns a hash that is equal for all texts that Astria considers the same. Returns null for an unknown text, which can equal
 * any other.
 */
export function textHash(known: KnownPrompt): string | null {
  const cached = textHashes.get(known);
  if (cached !== undefined) return cached;
  const { text = null } = known.attributes;
  const hash = text === null ? null : sha256(String(plainValue(text) ?? ''));
  textHashes.set(known, hash);
  return hash;
}

/**
 * Cache of the prompts of recorded create requests, by the hash of their JSON. It avoids parsing prompts of this process again
 * while their requests last: texts can be long, and each request is compared with all requests with the same text.
 */
export class KnownPrompts {
  readonly #cached = new Map<string, WeakRef<KnownPrompt>>();
  readonly #copies = new WeakMap<KnownPrompt, KnownPrompt>();

  /** Returns the form in which a prompt is recorded, and caches the prompt. */
  record(known: KnownPrompt) {
    const json = JSON.stringify(known);
    const hash = sha256(json);
    const copy = this.#copies.get(known) ?? asRead(known);
    // Keeps the copy alive as long as the original.
    this.#copies.set(known, copy);
    this.#cache(hash, copy);
    return { json, textHash: textHash(known), hash };
  }

  /** Returns a prompt, or UNREADABLE_PROMPT if its JSON is damaged. @param read Reads the JSON if it is not cached. */
  find(hash: string | null, read: () => ArrayBuffer | null): KnownPrompt {
    const cached = hash === null ? undefined : this.#cached.get(hash)?.deref();
    if (cached) return cached;
    try {
      const known = parseKnown(decoded(read() ?? new ArrayBuffer(0), 'known'));
      if (hash !== null) this.#cache(hash, known);
      return known;
    } catch (error) {
      if (error instanceof BrokenTextError) return UNREADABLE_PROMPT;
      throw error;
    }
  }

  #cache(hash: string, known: KnownPrompt): void {
    if (this.#cached.size >= MAX_CACHED) this.#cached.clear();
    this.#cached.set(hash, new WeakRef(known));
  }
}

/** Parses a recorded prompt. @throws BrokenTextError */
export function parseKnown(json: string): KnownPrompt {
  const known = parseJson(json, 'known');
  if (typeof known?.attributes !== 'object' || known.attributes === null)
    throw new BrokenTextError('The column known does not contain a prompt.');
  return known;
}

/** Returns the prompt as parsing would return it. Objects in `extra` may have another prototype; attributes are scalars. */
function asRead(known: KnownPrompt): KnownPrompt {
  return known.extra ? { ...known, extra: JSON.parse(JSON.stringify(known.extra)) } : known;
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
