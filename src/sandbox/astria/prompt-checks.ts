import { attributesWhere, FILE_OR_URL, PROMPT_RULES, type PromptAttributes } from './attributes.js';
import type { RequestFields } from './request-fields.js';
import { type AddError, checkVideo, makesVideoOfText } from './video-checks.js';

const FINE_TUNE_TOKEN = /<(lora|faceid):/;
const DEPENDENT = attributesWhere(({ needs }) => needs !== undefined);

/** Rejects requests that set both attributes of a file-or-URL pair. */
export function refuseBothOfAPair(given: Record<string, unknown>, fields: RequestFields, prefix = ''): void {
  for (const { file, url } of FILE_OR_URL) {
    if ((given[file] ?? null) !== null && (given[url] ?? null) !== null) {
      fields.add(prefix + file, `cannot be combined with ${url}`);
    }
  }
}

/** Checks attributes that depend on each other. Requires the complete prompt, including inherited attributes. */
export function checkDependencies(prompt: PromptAttributes, fields: RequestFields, prefix = ''): void {
  const add: AddError = (field, message) => fields.addFirst(prefix + field, message);
  const hasFirstFrame = Boolean(
    prompt.video_first_frame || prompt.video_first_frame_url || prompt.source_image_url,
  );
  if (!prompt.text?.trim() && !hasFirstFrame && !makesVideoOfText(prompt)) add('text', "can't be blank");
  for (const name of DEPENDENT) {
    const { needs } = PROMPT_RULES[name];
    const isMet = needs?.anyOf.some((other) => prompt[other] || isRefusedFile(other, fields, prefix));
    if (needs && prompt[name] && !isMet) add(name, needs.message);
  }
  checkTemplate(prompt, add);
  checkVideo(prompt, add);
}

/** Returns true for a file that was sent but has an error, so that it still meets a dependency. */
function isRefusedFile(name: keyof PromptAttributes, fields: RequestFields, prefix: string): boolean {
  return PROMPT_RULES[name].kind === 'file' && fields.has(prefix + name);
}

/** Checks that a template of a pack uses a fine-tuned tune. */
export function checkTemplate(prompt: Pick<PromptAttributes, 'pack_id' | 'text'>, add: AddError): void {
  if (prompt.pack_id && !FINE_TUNE_TOKEN.test(prompt.text ?? '')) {
    add('base', 'Prompt is not using a fine-tuned model');
  }
}
