import { attributesWhere, type PromptAttributes } from './attributes.js';

/** Adds an error to a field that has none yet. */
export type AddError = (field: string, message: string) => void;

const TEXT_TO_VIDEO = /^(seedance2|happyhorse_)/;
const SEEDANCE_2 = /^seedance2/;
const FRAMES = attributesWhere(({ seedance }) => seedance === 'frame');
const REFERENCES = attributesWhere(({ seedance }) => seedance === 'reference');
const MAX_REFERENCES: readonly (readonly [model: RegExp, max: number])[] = [
  [/^seedance25_/, 30],
  [/^wan30_/, 10],
  [/^/, 9],
];

/** Returns true for models that do not start from a picture, so that their prompts need no `text` to render one. */
export function makesVideoOfText(prompt: PromptAttributes): boolean {
  return TEXT_TO_VIDEO.test(prompt.video_model ?? '');
}

/** Checks the video attributes of a prompt. */
export function checkVideo(prompt: PromptAttributes, add: AddError): void {
  const hasModel = Boolean(prompt.video_model);
  const hasPrompt = Boolean(prompt.video_prompt?.trim());
  if (hasModel && !hasPrompt) add('video_prompt', "can't be blank for --video");
  if (hasPrompt && !hasModel) add('video_model', "can't be blank for --video");
  if (hasModel && prompt.num_images !== 1) add('num_images', 'must be 1 for --video');
  checkReferences(prompt, add);
  if (SEEDANCE_2.test(prompt.video_model ?? '')) checkSeedance(prompt, add);
}

function checkReferences(prompt: PromptAttributes, add: AddError): void {
  const { image_references: files, image_reference_urls: urls, video_model: model } = prompt;
  const given = [...(files ?? []), ...(urls ?? [])];
  if (given.length === 0) return;
  const field = files?.length ? 'image_references' : 'image_reference_urls';
  const max = MAX_REFERENCES.find(([pattern]) => pattern.test(model ?? ''))?.[1] ?? 0;
  if (!model) add(field, 'requires --video');
  else if (files?.length && urls?.length) add(field, 'cannot be combined with image_reference_urls');
  else if (given.length > max) add(field, `must not be more than ${max} for ${model}`);
}

/** Rejects references together with frames, because Seedance 2 does not accept both. */
function checkSeedance(prompt: PromptAttributes, add: AddError): void {
  const hasFrame = FRAMES.some((name) => prompt[name]);
  if (!hasFrame) return;
  for (const name of REFERENCES) {
    const value = prompt[name];
    if (Array.isArray(value) ? value.length > 0 : value) add(name, 'cannot be combined with a video frame');
  }
}
