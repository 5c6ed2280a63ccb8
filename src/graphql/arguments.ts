import { InvalidArgumentError } from '../domain/user-error.js';

/** What a filter may hold: it travels in the address of an upstream call. */
const MAX_TEXT = 255;
const MAX_LIST = 50;
/** The largest page. */
export const MAX_FIRST = 500;

/** @throws InvalidArgumentError unless 1 to MAX_FIRST. */
export function checkFirst(first: number | null | undefined, byDefault: number): number {
  const count = first ?? byDefault;
  if (count < 1 || count > MAX_FIRST) throw new InvalidArgumentError(`first must be 1 to ${MAX_FIRST}`);
  return count;
}

/** @throws InvalidArgumentError when a text or a list in a filter is too long. */
export function checkFilter<F extends object>(filter: F | null | undefined): F | Record<string, never> {
  for (const [name, value] of Object.entries(filter ?? {})) {
    const texts: unknown[] = Array.isArray(value) ? value : [value];
    if (texts.length > MAX_LIST) throw new InvalidArgumentError(`${name} must be at most ${MAX_LIST}`);
    if (texts.some((text) => typeof text === 'string' && text.length > MAX_TEXT)) {
      throw new InvalidArgumentError(`${name} must be at most ${MAX_TEXT} characters`);
    }
  }
  return filter ?? {};
}
