import type { PromptImages } from '../../domain/prompt.js';
import { ATTRIBUTE_LIST, PROMPT_ATTRIBUTES, type PromptAttribute } from '../../domain/prompt-attributes.js';

/** Astria's field names for uploaded images. With the suffix `_url` they name image URLs. */
export const WIRE_IMAGE_NAMES = {
  inputImage: 'input_image',
  maskImage: 'mask_image',
} as const satisfies Record<keyof PromptImages, string>;

const OUR_NAMES = new Map<string, string>([
  ...ATTRIBUTE_LIST.map(([name, { wireName }]): [string, string] => [wireName, name]),
  ...Object.entries(WIRE_IMAGE_NAMES).flatMap(([ours, wire]): [string, string][] => [
    [wire, ours],
    [`${wire}_url`, ours],
  ]),
]);

/** Returns our name for one of Astria's prompt fields, or null. */
export function ourName(wireName: string): string | null {
  return OUR_NAMES.get(wireName) ?? null;
}

/** Returns Astria's word for an enum value. Returns any other value unchanged. */
export function toWireValue(name: keyof typeof PROMPT_ATTRIBUTES, value: unknown): unknown {
  const { words }: PromptAttribute = PROMPT_ATTRIBUTES[name];
  return words && typeof value === 'string' ? words[value] : value;
}
