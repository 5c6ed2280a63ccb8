/**
 * Parses a URL; null if the string is not one. Avoids URL.canParse, which on Node.js 24 can accept strings that do not parse.
 * @param base Base of a relative URL.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/** Parses an absolute http or https URL; null for any other string. */
export function parseHttpUrl(text: string): URL | null {
  const url = parseUrl(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null;
}
