import type {
  ExtraAttributes,
  PromptAttributesInput,
  ReturnedPromptAttributes,
} from '../../domain/prompt.js';
import { ATTRIBUTE_LIST, type PromptAttribute } from '../../domain/prompt-attributes.js';
import type { ImagesInput } from '../../domain/uploaded-file.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { parseHttpUrl } from '../../domain/url.js';
import type { UserError } from '../../domain/user-error.js';

/** Input that the rules check. */
export type PromptInput = PromptAttributesInput &
  ImagesInput & { readonly extra?: ExtraAttributes | null | undefined };

/** Attributes of the original of a duplicate, as far as the gateway knows them. It never knows the images. */
export type Inherited = Partial<ReturnedPromptAttributes>;

/**
 * Returns all errors of a prompt's fields. Pure.
 * @param path Path of the fields in the arguments, such as `['input']`.
 * @param inherited The original of a duplicate. Null if it was not read, undefined for a new prompt.
 */
export function checkAttributes(
  input: PromptInput,
  path: readonly string[],
  inherited: Inherited | null | undefined,
): UserError[] {
  const errors: UserError[] = [];
  const addError = (field: string, message: string, code: UserError['code'] = 'INVALID') =>
    errors.push({ code, message: `Field "${field}" ${message}.`, field: [...path, field] });

  const textIsMissing =
    inherited === undefined ? needsText(input) && input.text == null : input.text === null;
  if (textIsMissing) addError('text', 'is required', 'REQUIRED');
  else if (input.text?.trim() === '') addError('text', 'must not be empty', 'REQUIRED');
  if (input.callback != null && !parseHttpUrl(input.callback))
    addError('callback', 'must be an http or https URL');
  for (const [field, attribute] of ATTRIBUTE_LIST) {
    const problem = rangeProblem(input[field], attribute);
    if (problem) addError(field, problem);
  }
  for (const { dependent, needs, message } of brokenDependencies(input, inherited)) {
    addError(input[dependent] === undefined ? needs : dependent, message);
  }
  return errors;
}

/** Returns false for video models. Some need no text, so Astria decides. */
function needsText({ extra }: PromptInput): boolean {
  return extra?.video_model == null;
}

/** Returns true if the overrides can only be checked or used together with the original. */
export function needsOriginal(overrides: PromptInput): boolean {
  return DEPENDENCIES.some(
    ({ dependent, needs }) =>
      (isSet(overrides[dependent]) && overrides[needs] === undefined && needs !== 'inputImage') ||
      (overrides[needs] !== undefined && !isSet(overrides[needs]) && overrides[dependent] === undefined),
  );
}

const DEPENDENCIES: readonly Readonly<Record<'dependent' | 'needs', keyof PromptInput>>[] = [
  ...ATTRIBUTE_LIST.flatMap(([dependent, { needs }]) =>
    needs === undefined ? [] : [{ dependent, needs: needs as keyof PromptInput }],
  ),
  { dependent: 'maskImage', needs: 'inputImage' },
];

const isSet = (value: unknown) => value !== undefined && value !== null && value !== false;

function brokenDependencies(input: PromptInput, inherited: Inherited | null | undefined) {
  return DEPENDENCIES.flatMap(({ dependent, needs }) => {
    const effective = (field: typeof dependent | typeof needs): unknown => {
      if (input[field] !== undefined || inherited === undefined) return input[field] ?? null;
      // Astria checks what the original does not show or what cannot be decoded.
      const value = inherited && field in inherited ? inherited[field as keyof Inherited] : undefined;
      return value instanceof UpstreamError ? undefined : value;
    };
    const has = effective(needs);
    const isBroken = isSet(effective(dependent)) && has !== undefined && !isSet(has);
    if (!isBroken) return [];
    const message =
      input[dependent] === undefined
        ? `cannot be cleared because the original has "${dependent}", which requires it. Clear "${dependent}" as well`
        : `requires "${needs}" to be set`;
    return [{ dependent, needs, message }];
  });
}

function rangeProblem(value: unknown, { min, max, multipleOf }: PromptAttribute): string | null {
  if (typeof value !== 'number' || min === undefined) return null;
  if (value < min || (max !== undefined && value > max))
    return max === undefined ? `must be at least ${min}` : `must be between ${min} and ${max}`;
  return multipleOf !== undefined && value % multipleOf !== 0 ? `must be a multiple of ${multipleOf}` : null;
}
