import { createHash } from 'node:crypto';
import { plainValue } from '../../domain/plain-value.js';
import { type KnownPrompt, UNREADABLE_PROMPT } from '../create-store.js';
import { BrokenTextError, decoded, parseJson } from './rows.js';

/** Number of prompts in memory, all of them held weakly. */
const MAX_CACHED = 10_000;

/** Hash of an empty text. */
export const NO_TEXT = sha256('');

const textHashes = new WeakMap<KnownPrompt, string | null>();

/**
 * Returns a hash that is equal for all texts that Astria takes for the same one; null where the text is not known, so that
 * the prompt can have any.
 */
export function textHash(known: KnownPrompt): string | null {
  const kept = textHashes.get(known);
  if (kept !== undefined) return kept;
  const { text = null } = known.attributes;
  const hash = text === null ? null : sha256(String(plainValue(text) ?? ''));
  textHashes.set(known, hash);
  return hash;
}

/**
 * Prompts of recorded creates, by the hash of their JSON. Those that this process has recorded are not parsed again while
 * their creates last: texts can be long, and each create is compared with all of the same text.
 */
export class KnownPrompts {
  readonly #cached = new Map<string, WeakRef<KnownPrompt>>();
  readonly #copies = new WeakMap<KnownPrompt, KnownPrompt>();

  /** Returns a prompt as it is recorded. */
  record(known: KnownPrompt) {
    const json = JSON.stringify(known);
    const hash = sha256(json);
    const copy = this.#copies.get(known) ?? asRead(known);
    // Keeps the copy as long as the original.
    this.#copies.set(known, copy);
    this.#cache(hash, copy);
    return { json, textHash: textHash(known), hash };
  }

  /** @param read Reads the JSON. @returns UNREADABLE_PROMPT where that is damaged. */
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

/** @throws BrokenTextError */
export function parseKnown(json: string): KnownPrompt {
  const known = parseJson(json, 'known');
  if (typeof known?.attributes !== 'object' || known.attributes === null)
    throw new BrokenTextError('The column known holds no prompt.');
  return known;
}

/** `extra` may hold objects that differ from parsed ones by their prototype. The attributes are scalars. */
function asRead(known: KnownPrompt): KnownPrompt {
  return known.extra ? { ...known, extra: JSON.parse(JSON.stringify(known.extra)) } : known;
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
