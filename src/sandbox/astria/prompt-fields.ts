import { createHash } from 'node:crypto';
import { UploadedFile } from '../form.js';
import { PROMPT_CREATE_RULES, PROMPT_RULES, type PromptAttributes } from './attributes.js';
import type { FieldErrors } from './field-errors.js';
import { checkDependencies, refuseBothOfAPair } from './prompt-checks.js';
import { promptAttributes } from './records.js';
import { isRecord, readFields } from './values.js';

interface PromptFields {
  /** Only the attributes that were given. */
  values: Record<string, unknown>;
  files: Map<string, UploadedFile[]>;
}

/** Reads `prompt[...]` under its create names into the attributes that a prompt keeps. */
export function readPromptFields(
  given: Record<string, unknown>,
  isForm: boolean,
  errors: FieldErrors,
  prefix = '',
): PromptFields {
  const { values: all, files } = readFields(
    PROMPT_CREATE_RULES,
    decodeDataUrl(given),
    isForm,
    errors,
    prefix,
  );
  const { generate_audio: generatesAudio, input_image_base64: _base64, ...values } = all;
  if (generatesAudio !== undefined) values.video_audio ??= generatesAudio;
  const inBase64 = files.get('input_image_base64');
  if (inBase64) {
    if (values.input_image ?? null) errors.add(`${prefix}input_image`, 'is given twice');
    files.delete('input_image_base64');
    files.set('input_image', inBase64);
    values.input_image = all.input_image_base64;
  }
  refuseBothOfAPair(values, errors, prefix);
  return { values, files };
}

/** A data URL in `input_image_base64` becomes the file that it stands for. */
function decodeDataUrl(given: Record<string, unknown>): Record<string, unknown> {
  const [, type = '', data = ''] =
    /^data:([\w/+.-]+);base64,([\w+/]+=*)$/.exec(String(given.input_image_base64 ?? '')) ?? [];
  if (!data) return given;
  const bytes = Buffer.from(data, 'base64');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = new UploadedFile('input_image', type, bytes.length, sha256, bytes.subarray(0, 16), bytes);
  return { ...given, input_image_base64: file };
}

/** One of a tune's `prompts_attributes`: a prompt that may also carry a `lora_scale`. */
export function checkNestedPrompt(
  raw: unknown,
  isForm: boolean,
  errors: FieldErrors,
  prefix: string,
): { attributes: PromptAttributes; files: Map<string, UploadedFile[]> } | null {
  if (!isRecord(raw)) {
    errors.add(prefix.slice(0, -1), 'must be an object');
    return null;
  }
  const { lora_scale: scale, ...given } = raw;
  readFields(
    { lora_scale: { kind: 'float' } },
    scale === undefined ? {} : { lora_scale: scale },
    isForm,
    errors,
    prefix,
  );
  const { values, files } = readPromptFields(given, isForm, errors, prefix);
  const attributes = promptAttributes(values);
  checkDependencies(attributes, errors, prefix);
  return { attributes, files };
}

/** The attributes of a prompt that a create request can set. */
export function attributesOf(prompt: PromptAttributes): Record<string, unknown> {
  return Object.fromEntries(Object.entries(prompt).filter(([name]) => Object.hasOwn(PROMPT_RULES, name)));
}
