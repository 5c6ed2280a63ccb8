/**
 * Reads an address; null where it is none. Not by URL.canParse, which on Node.js 24 can say yes to a text that then is none.
 * @param base What a relative one is relative to.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/** Reads an absolute http or https URL; null for any other string. */
export function parseHttpUrl(text: string): URL | null {
  const url = parseUrl(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : null;
}
