import { ExactNumber } from '../../domain/exact-number.js';
import type { ExtraAttributes } from '../../domain/prompt.js';
import type { UserError } from '../../domain/user-error.js';
import { ourName } from '../../upstream/astria/attributes.js';

const MAX_ATTRIBUTES = 50;
/** Maximum size of all attributes as JSON, in bytes. */
const MAX_BYTES = 64 * 1024;
const MAX_DEPTH = 10;
const NAME = /^[a-z][a-z0-9_]*$/;
const LONGEST_NAME = 100;

/** Rejects null for all extra attributes of a duplicate, because the names to clear are unknown. Pure. */
export function checkExtraOverride(extra: ExtraAttributes | null | undefined): UserError[] {
  if (extra !== null) return [];
  const message = 'Field "extra" cannot be null. To clear an attribute, set it to null.';
  return [{ code: 'INVALID', message, field: ['overrides', 'extra'] }];
}

/** Checks attributes that the schema lacks. Pure. @param path Path of `extra` in the arguments. */
export function checkExtra(extra: ExtraAttributes | null | undefined, path: readonly string[]): UserError[] {
  const entries = Object.entries(extra ?? {});
  const reject = (message: string): UserError[] => [{ code: 'INVALID', message, field: path }];
  if (entries.length > MAX_ATTRIBUTES)
    return reject(`Field "extra" must have at most ${MAX_ATTRIBUTES} attributes.`);
  const errors = entries.flatMap(([name, value]): UserError[] => {
    const problem = nameProblem(name) ?? valueProblem(name, value);
    return problem === null ? [] : [{ code: 'INVALID', message: problem, field: [...path, name] }];
  });
  if (errors.length > 0) return errors;
  const bytes = Buffer.byteLength(JSON.stringify(extra ?? {}));
  return bytes > MAX_BYTES ? reject(`Field "extra" must be at most ${MAX_BYTES} bytes of JSON.`) : [];
}

function nameProblem(name: string): string | null {
  if (!NAME.test(name) || name.length > LONGEST_NAME)
    return `A name in "extra" must match ${NAME.source} and have at most ${LONGEST_NAME} characters.`;
  const field = fieldOf(name);
  return field === null ? null : `Field "extra" cannot contain "${name}". Use the field "${field}" instead.`;
}

/** Returns the input field for a wire name; null if the schema has none. */
function fieldOf(name: string): string | null {
  if (name.includes('callback')) return 'callback';
  if (name.startsWith('input_image')) return 'inputImage';
  if (name.startsWith('mask_image')) return 'maskImage';
  if (name === 'image_index') return 'imageIndex';
  if (name === 'tune_id' || name === 'id') return 'tuneId';
  return ourName(name);
}

function valueProblem(name: string, value: unknown): string | null {
  let level = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `Attribute "${name}" must be nested at most ${MAX_DEPTH} levels deep.`;
    if (level.some(losesDigits))
      return `Attribute "${name}" has a number that cannot be sent exactly. Send it as a string instead.`;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return null;
}

function losesDigits(value: unknown): boolean {
  if (value instanceof ExactNumber || typeof value === 'bigint') return true;
  if (typeof value !== 'number') return false;
  return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value));
}
