import { isIPv6 } from 'node:net';
import type { FieldError } from '../domain/upstream-error.js';

const LONGEST = 300;
/** Largest number of errors of one response that are passed on. */
const MAX_FIELD_ERRORS = 20;
/** Replaces a message that cannot be shown. Follows the name of its field. */
const WITHOUT_WORDS = 'was rejected';

/** Patterns of secrets with their replacements. The order matters, because some patterns match parts of others. */
const REDACTIONS: readonly (readonly [RegExp, string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/\S+/gi, '[address]'],
  [/\b(sd|pk|sk|vk)[_-]\S+|\bBearer\s+\S+/gi, '[key]'],
  [
    /([\w-]*(?:passw(?:or)?d|pwd|token|secret|credentials?|(?:api|access|private|virtual)[_-]?key)["']?\s*[=:]\s*)(?:"[^"]*"?|'[^']*'?|[^\s,;]+)/gi,
    '$1[key]',
  ],
  [/[\w.+%-]+@[\w.-]*\w/g, '[e-mail]'],
  // Stack frames, files with line numbers, absolute paths.
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
 * Redacts a message of an upstream: URLs, hosts, IP addresses, paths, e-mail addresses, the key of the call and anything
 * that looks like one. Removes control characters and cuts it to 300 characters. JSON and HTML are not shown at all.
 */
export function redact(words: string, key?: string): string {
  if (/[<{]/.test(words)) return WITHOUT_WORDS;
  let clean = beginning(key ? withoutKey(words, key) : words);
  clean = clean.replace(PERHAPS_IPV6, (found, address: string) => (isIPv6(address) ? '[address]' : found));
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  clean = clean.replace(/\p{Cc}+/gu, ' ').trim();
  if (clean === '') return WITHOUT_WORDS;
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}

/** Removes the key, also in the encodings in which an echoed header or URL can contain it. */
function withoutKey(words: string, key: string): string {
  const bytes = Buffer.from(key);
  const encoded = [encodeURIComponent(key), bytes.toString('base64'), bytes.toString('base64url')];
  return [key, ...encoded].reduce((clean, form) => clean.replaceAll(form, '[key]'), words);
}

/** Returns the start of a long message, cut between words. A cut secret might no longer match its pattern. */
function beginning(words: string): string {
  if (words.length <= 4 * LONGEST) return words;
  const cut = words.slice(0, 4 * LONGEST);
  return /\s/.test(cut) ? cut.replace(/\S*$/, '') : cut;
}

/** Replaces {@link WITHOUT_WORDS} in an error without a field, which follows "rejected the request:". */
function complaint(message: string, field: string | null): string {
  return message === WITHOUT_WORDS && field === null ? 'the reason cannot be shown' : message;
}

/** Redacts the errors in the response to a call with `key`. */
export function redactFieldErrors(fieldErrors: readonly FieldError[], key: string): FieldError[] {
  return fieldErrors
    .slice(0, MAX_FIELD_ERRORS)
    .map(({ field, message }) => ({ field, message: complaint(redact(message, key), field) }));
}
