import { createHash } from 'node:crypto';
import { UploadedFile } from '../form.js';
import { PROMPT_CREATE_RULES, type PromptAttributes, promptAttributes } from './attributes.js';
import { checkDependencies, refuseBothOfAPair } from './prompt-checks.js';
import type { ReadFields, RequestFields } from './request-fields.js';
import { isRecord } from './values.js';

/** Reads the `prompt[...]` fields of a create request into the attributes that a prompt stores. */
export function readPromptFields(
  fields: RequestFields,
  given: Record<string, unknown>,
  prefix = '',
): ReadFields {
  const { values: all, files } = fields.read(PROMPT_CREATE_RULES, decodeDataUrl(given), prefix);
  const { generate_audio: generatesAudio, input_image_base64: _base64, ...values } = all;
  if (generatesAudio !== undefined) values.video_audio ??= generatesAudio;
  const inBase64 = files.get('input_image_base64');
  if (inBase64) {
    if (values.input_image ?? null) fields.add(`${prefix}input_image`, 'is given twice');
    files.delete('input_image_base64');
    files.set('input_image', inBase64);
    values.input_image = all.input_image_base64;
  }
  refuseBothOfAPair(values, fields, prefix);
  return { values, files };
}

/** Replaces a data URL in `input_image_base64` with the file that it encodes. */
function decodeDataUrl(given: Record<string, unknown>): Record<string, unknown> {
  const [, type = '', data = ''] =
    /^data:([\w/+.-]+);base64,([\w+/]+=*)$/.exec(String(given.input_image_base64 ?? '')) ?? [];
  if (!data) return given;
  const bytes = Buffer.from(data, 'base64');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = new UploadedFile('input_image', type, bytes.length, sha256, bytes.subarray(0, 16), bytes);
  return { ...given, input_image_base64: file };
}

/** Reads one of the `prompts_attributes` of a tune, a prompt that can also have a `lora_scale`. */
export function readNestedPrompt(
  fields: RequestFields,
  raw: unknown,
  prefix: string,
): { attributes: PromptAttributes; files: ReadFields['files'] } | null {
  if (!isRecord(raw)) {
    fields.add(prefix.slice(0, -1), 'must be an object');
    return null;
  }
  const { lora_scale = null, ...given } = raw;
  fields.read({ lora_scale: { kind: 'float' } }, { lora_scale }, prefix);
  const { values, files } = readPromptFields(fields, given, prefix);
  const attributes = promptAttributes(values);
  checkDependencies(attributes, fields, prefix);
  return { attributes, files };
}
