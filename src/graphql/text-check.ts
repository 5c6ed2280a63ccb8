import { getNullableType, isListType, isObjectType } from 'graphql';
import { isUnusableText } from '../domain/text.js';
import { InvalidArgumentError, type UserError } from '../domain/user-error.js';
import type { Field, FieldCheck } from './field-guards.js';

const MESSAGE = 'contains a NUL character or an unpaired surrogate. Remove it.';
/** Maximum number of strings reported for one field. */
const MAX_REPORTED = 20;
/** Maximum number of elements in the path of an error. */
const MAX_PATH = 50;

/**
 * Rejects strings that a database or an upstream would change silently, anywhere in the arguments of a field. The code is
 * `INVALID` in the `userErrors` of a mutation, otherwise `BAD_USER_INPUT`.
 */
export function textCheck(field: Field): FieldCheck | null {
  if (field.args.length === 0) return null;
  const payload = emptyPayload(field);
  return (args) => {
    const userErrors = errorsIn(args);
    const [first] = userErrors;
    if (!first) return undefined;
    if (payload) return { ...payload, userErrors };
    throw new InvalidArgumentError(first.message);
  };
}

/** Returns the payload of a mutation that did nothing, or null for a field without `userErrors`. */
function emptyPayload({ type }: Field): object | null {
  const payload = getNullableType(type);
  if (!isObjectType(payload) || !payload.getFields().userErrors) return null;
  const lists = Object.values(payload.getFields()).filter((field) => isListType(getNullableType(field.type)));
  return Object.fromEntries(lists.map(({ name }) => [name, []]));
}

/** Value in the arguments. Its path is only built for errors, because JSON can be nested deeply. */
interface Argument {
  readonly value: unknown;
  readonly key: string;
  readonly parent: Argument | null;
}

/** Finds unusable strings without recursion, because JSON can be nested more deeply than the stack allows. */
function errorsIn(args: object): UserError[] {
  const errors: UserError[] = [];
  const pending: Argument[] = [{ value: args, key: '', parent: null }];
  for (let current = pending.pop(); current && errors.length < MAX_REPORTED; current = pending.pop()) {
    const { value } = current;
    if (typeof value === 'string' && isUnusableText(value)) errors.push(errorAt(current));
    if (!isPlain(value)) continue;
    for (const [key, inner] of Object.entries(value).reverse()) {
      if (isUnusableText(key)) errors.push(errorAt(current));
      else pending.push({ value: inner, key, parent: current });
    }
  }
  return errors;
}

function errorAt(current: Argument): UserError {
  const path: string[] = [];
  for (let each: Argument | null = current; each?.parent; each = each.parent) path.push(each.key);
  const field = path.reverse().slice(0, MAX_PATH);
  return { code: 'INVALID', message: `${field.join('.')} ${MESSAGE}`, field };
}

/** Returns false for uploads, which are promises, and for large numbers, which are instances of a class. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}
