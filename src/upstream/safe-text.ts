import { isIPv6 } from 'node:net';
import type { UpstreamFault } from '../domain/upstream-error.js';

const LONGEST = 300;
/** The most complaints of one answer that are passed on. */
const MAX_FAULTS = 20;
/** Stands for words that cannot be shown. */
const WITHOUT_WORDS = 'was rejected';

/** What must not be shown, and what stands in its place; in this order, as some are parts of others. */
const REDACTIONS: readonly (readonly [RegExp, string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/\S+/gi, '[address]'],
  [/\b(sd|pk|sk|vk)[_-]\S+|\bBearer\s+\S+/gi, '[key]'],
  [
    /([\w-]*(?:passw(?:or)?d|pwd|token|secret|credentials?|(?:api|access|private|virtual)[_-]?key)["']?\s*[=:]\s*)(?:"[^"]*"?|'[^']*'?|[^\s,;]+)/gi,
    '$1[key]',
  ],
  [/[\w.+%-]+@[\w.-]*\w/g, '[e-mail]'],
  // A frame of a stack, a file with its line, an absolute path.
  [/\bat\s+\S+\s+\([^)]*\)?/g, '[path]'],
  [/(?:[a-z]:)?[\w.@-]*(?:[\\/][\w.@-]+)+:\d+(?::\d+)?/gi, '[path]'],
  [/(?<![\w.\]])(?:[a-z]:)?[\\/][\w.@-]+(?:[\\/][\w.@-]+)+/gi, '[path]'],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?!\w)/g, '[address]'],
  [/(?<![\w.-])[a-z][\w-]*(?:\.[\w-]+)*:\d{2,5}(?!\w)/gi, '[address]'],
  [
    /(?<![\w.-])(?:[\w-]+\.)+(?:internal|intranet|local|localdomain|localhost|lan|corp)(?![\w-])/gi,
    '[address]',
  ],
];
const PERHAPS_IPV6 = /(?<![\w:.])\[?([0-9a-f]*:[0-9a-f:.]*[0-9a-f:])(?:%\w+)?\]?(?::\d+)?(?!\w)/gi;

/**
 * Makes an upstream's own words fit to be shown: no address, no host, no path, no person, neither the key that it was
 * called with nor anything that looks like one, no control characters, and not more than 300 characters. A body in place
 * of words (JSON, HTML) is not shown at all.
 */
export function safeText(words: string, key?: string): string {
  if (/[<{]/.test(words)) return WITHOUT_WORDS;
  let clean = beginning(key ? withoutKey(words, key) : words);
  clean = clean.replace(PERHAPS_IPV6, (found, address: string) => (isIPv6(address) ? '[address]' : found));
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  clean = clean.replace(/\p{Cc}+/gu, ' ').trim();
  if (clean === '') return WITHOUT_WORDS;
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}

/** Also in the notations that an echo of a header or an address can have it in. */
function withoutKey(words: string, key: string): string {
  const bytes = Buffer.from(key);
  const encoded = [encodeURIComponent(key), bytes.toString('base64'), bytes.toString('base64url')];
  return [key, ...encoded].reduce((clean, form) => clean.replaceAll(form, '[key]'), words);
}

/** As much as can matter. A word that is cut could be the part of a secret that nothing looks like any more. */
function beginning(words: string): string {
  if (words.length <= 4 * LONGEST) return words;
  const cut = words.slice(0, 4 * LONGEST);
  return /\s/.test(cut) ? cut.replace(/\S*$/, '') : cut;
}

/** A message without a field is a whole sentence. */
function complaint(message: string, field: string | null): string {
  return message === WITHOUT_WORDS && field === null ? 'The request was rejected.' : message;
}

/** The complaints of an answer to a call that was made with `key`, as far as they can be shown. */
export function safeFaults(faults: readonly UpstreamFault[], key: string): UpstreamFault[] {
  return faults
    .slice(0, MAX_FAULTS)
    .map(({ field, message }) => ({ field, message: complaint(safeText(message, key), field) }));
}
