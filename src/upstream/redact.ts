import { isIPv6 } from 'node:net';
import type { FieldError } from '../domain/upstream-error.js';

/** Maximum length of a redacted message. */
const MAX_LENGTH = 300;
/** Largest number of errors of one response that are passed on. */
const MAX_FIELD_ERRORS = 20;
/** Replacement for a message that cannot be shown. It follows the name of the field. */
const HIDDEN = 'was rejected';

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
const MAYBE_IPV6 = /(?<![\w:.])\[?([0-9a-f]*:[0-9a-f:.]*[0-9a-f:])(?:%\w+)?\]?(?::\d+)?(?!\w)/gi;

/**
 * Redacts URLs, hosts, paths, e-mail addresses and keys in a message of an upstream, and shortens it. Hides JSON and HTML
 * completely.
 */
export function redact(message: string, key?: string): string {
  if (/[<{]/.test(message)) return HIDDEN;
  let clean = startOf(key ? withoutKey(message, key) : message);
  clean = clean.replace(MAYBE_IPV6, (found, address: string) => (isIPv6(address) ? '[address]' : found));
  for (const [pattern, replacement] of REDACTIONS) clean = clean.replace(pattern, replacement);
  clean = clean.replace(/\p{Cc}+/gu, ' ').trim();
  if (clean === '') return HIDDEN;
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH - 1)}…` : clean;
}

/** Removes the key, also in the encodings in which an echoed header or URL can contain it. */
function withoutKey(message: string, key: string): string {
  const bytes = Buffer.from(key);
  const encoded = [encodeURIComponent(key), bytes.toString('base64'), bytes.toString('base64url')];
  return [key, ...encoded].reduce((clean, form) => clean.replaceAll(form, '[key]'), message);
}

/** Returns the start of a long message. Cuts it between words, because a cut secret might not match its pattern. */
function startOf(message: string): string {
  if (message.length <= 4 * MAX_LENGTH) return message;
  const cut = message.slice(0, 4 * MAX_LENGTH);
  return /\s/.test(cut) ? cut.replace(/\S*$/, '') : cut;
}

/** Replaces {@link HIDDEN} in an error without a field, which follows "rejected the request:". */
function shownMessage(message: string, field: string | null): string {
  return message === HIDDEN && field === null ? 'the reason cannot be shown' : message;
}

/** Redacts the errors in the response to a call with `key`. */
export function redactFieldErrors(fieldErrors: readonly FieldError[], key: string): FieldError[] {
  return fieldErrors
    .slice(0, MAX_FIELD_ERRORS)
    .map(({ field, message }) => ({ field, message: shownMessage(redact(message, key), field) }));
}
