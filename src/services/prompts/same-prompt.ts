import type { Prompt, PromptAttributes, PromptAttributesInput } from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';

/** What a prompt whose creation was not confirmed looks like, if it is there. */
export interface Expected {
  readonly tuneId: string;
  /** What was given, or inherited; null: cleared. */
  readonly attributes: PromptAttributesInput;
  /** Unix milliseconds by Astria's clock: it was created after this. */
  readonly since: number;
  /** It is newer than the prompt with this id; null for none. */
  readonly newerThan: string | null;
}

/** Astria may keep numbers as 32-bit floats. */
const TOLERANCE = 1e-5;

/** Whether a prompt is what was expected, as far as Astria tells. Pure. */
export function isSame(prompt: Prompt, { tuneId, attributes, since, newerThan }: Expected): boolean {
  if (prompt.tuneId !== tuneId) return false;
  if (newerThan !== null && Number(prompt.id) <= Number(newerThan)) return false;
  if (typeof prompt.createdAt !== 'string' || Date.parse(prompt.createdAt) < since) return false;
  return Object.entries(attributes).every(([name, value]) =>
    isEqual(value, prompt[name as keyof PromptAttributes]),
  );
}

/** Of an echo that cannot be read, or that is not there, nothing is known. */
function isEqual(given: unknown, echo: unknown): boolean {
  if (given === undefined || echo === undefined || echo instanceof UpstreamError) return true;
  const [one, two] = [plain(given), plain(echo)];
  if (typeof one === 'number' && typeof two === 'number')
    return Math.abs(one - two) <= TOLERANCE * Math.max(1, Math.abs(one));
  return one === two;
}

/** What forms and Rails make of a value is no difference: not set, no, and empty; blanks around a text; ends of lines. */
function plain(value: unknown): unknown {
  if (value === null || value === false || value === '') return null;
  return typeof value === 'string' ? value.replace(/\r\n?/g, '\n').trim() || null : value;
}
