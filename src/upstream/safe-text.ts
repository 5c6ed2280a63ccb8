const LONGEST = 300;

/**
 * Makes an upstream's own words fit to be shown: no address, nothing that looks like a key, no control characters, and
 * not more than 300 characters.
 */
export function safeText(words: string): string {
  const clean = words
    .slice(0, 4 * LONGEST)
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, '[address]')
    .replace(/\b(sd|pk|sk|vk)[_-]\S+|\bBearer\s+\S+/gi, '[key]')
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}
