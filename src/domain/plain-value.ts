/**
 * Normalizes an attribute so that two create requests can be compared. Forms and Rails do not distinguish null, false and
 * an empty string, or different line endings, and they trim strings.
 */
export function plainValue(value: unknown): unknown {
  if (value === null || value === false || value === '') return null;
  return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() || null : value;
}
