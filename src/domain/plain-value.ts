/**
 * Returns an attribute in the form in which two creates are compared. Forms and Rails keep no difference between null, false
 * and an empty string, nor between line ends, and trim strings.
 */
export function plainValue(value: unknown): unknown {
  if (value === null || value === false || value === '') return null;
  return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() || null : value;
}
