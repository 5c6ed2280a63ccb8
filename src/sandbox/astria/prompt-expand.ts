import { badRequest } from './paging.js';
import { type Prompt, presentPrompt } from './records.js';
import type { AstriaState } from './state.js';

const EXPANSIONS = new Set(['debug_images', 'prompt.debug_images']);

/** Returns true if `expand[]` requests the debug images. @throws Refusal */
export function readExpand(values: readonly string[]): boolean {
  const unknown = values.filter((value) => !EXPANSIONS.has(value));
  if (unknown.length > 0) throw badRequest(`unknown value of expand: ${unknown.join(', ')}`);
  return values.length > 0;
}

/** Returns the prompt with its uploads as debug images. */
export function withDebugImages(state: AstriaState, prompt: Prompt): Record<string, unknown> {
  const uploads = state.findUploads(prompt.id);
  const urls = uploads.map(({ field }, n) => {
    const index = uploads.slice(0, n).filter((each) => each.field === field).length;
    return `${state.imagesUrl}/uploads/prompts/${prompt.id}/${field}/${index}`;
  });
  return {
    ...presentPrompt(prompt),
    debug_images: urls,
    debug_filenames: uploads.map(({ filename }) => filename),
    debug_content_types: uploads.map(({ contentType }) => contentType),
  };
}
