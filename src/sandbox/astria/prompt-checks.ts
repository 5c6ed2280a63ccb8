import { FILE_OR_URL, type PromptAttributes } from './attributes.js';
import type { FieldErrors } from './field-errors.js';
import { checkVideo, makesVideoOfText } from './video-checks.js';

const FINE_TUNE_TOKEN = /<(lora|faceid):/;

/** Both halves of a file-or-URL pair in one request contradict each other. */
export function refuseBothOfAPair(given: Record<string, unknown>, errors: FieldErrors, prefix = ''): void {
  for (const [file, url] of FILE_OR_URL) {
    if ((given[file] ?? null) !== null && (given[url] ?? null) !== null) {
      errors.add(prefix + file, `cannot be combined with ${url}`);
    }
  }
}

/** Checks attributes that depend on each other. Takes the complete prompt, inherited attributes included. */
export function checkDependencies(prompt: PromptAttributes, errors: FieldErrors, prefix = ''): void {
  const add = (field: string, message: string) => {
    if (!errors.has(prefix + field)) errors.add(prefix + field, message);
  };
  const hasFirstFrame = Boolean(
    prompt.video_first_frame || prompt.video_first_frame_url || prompt.source_image_url,
  );
  const hasInput = Boolean(
    prompt.input_image || prompt.input_image_url || errors.has(`${prefix}input_image`),
  );
  if (!prompt.text?.trim() && !hasFirstFrame && !makesVideoOfText(prompt)) add('text', "can't be blank");
  if (prompt.controlnet && !hasInput) add('controlnet', 'requires an input image');
  if (prompt.mask_image && !hasInput) add('mask_image', 'requires an input image');
  if (prompt.mask_image_url && !hasInput) add('mask_image_url', 'requires an input image');
  if (prompt.inpaint_faces && !prompt.super_resolution) add('inpaint_faces', 'requires super_resolution');
  if (prompt.hires_fix && !prompt.super_resolution) add('hires_fix', 'requires super_resolution');
  checkTemplate(prompt, add);
  checkVideo(prompt, add);
}

/** A template of a pack must use a fine-tuned tune. */
export function checkTemplate(
  prompt: Pick<PromptAttributes, 'pack_id' | 'text'>,
  add: (field: string, message: string) => void,
): void {
  if (prompt.pack_id && !FINE_TUNE_TOKEN.test(prompt.text ?? '')) {
    add('base', 'Prompt is not using a fine-tuned model');
  }
}
