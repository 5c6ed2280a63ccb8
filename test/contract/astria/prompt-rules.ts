type Prompt = Readonly<Record<string, unknown>>;
type Rule = readonly [message: string, isBroken: (prompt: Prompt) => boolean];

const has = (prompt: Prompt, ...names: readonly string[]) =>
  names.some((name) => prompt[name] !== undefined && prompt[name] !== null);
const count = (prompt: Prompt, ...names: readonly string[]) =>
  names.filter((name) => has(prompt, name)).length;
const isTrue = (value: unknown) => value === true || value === 'true';

const INPUT_IMAGE = ['input_image', 'input_image_url', 'input_image_base64'];
const FIRST_FRAME = ['video_first_frame', 'video_first_frame_url', 'source_image_url'];
const KEYFRAMES = [
  ...['video_first_frame', 'video_first_frame_url'],
  ...['video_last_frame', 'video_last_frame_url'],
];
const REFERENCES = [
  ...['image_references', 'image_reference_urls', 'input_video', 'input_video_url'],
  ...['audio_reference', 'audio_reference_url'],
];

const RULES: readonly Rule[] = [
  [
    'text is required without a first frame, source_image_url or video_model',
    (prompt) => !has(prompt, 'text', 'video_model', ...FIRST_FRAME),
  ],
  [
    'inpaint_faces and hires_fix need super_resolution',
    (prompt) =>
      (isTrue(prompt.inpaint_faces) || isTrue(prompt.hires_fix)) && !isTrue(prompt.super_resolution),
  ],
  ['only one input image is documented', (prompt) => count(prompt, ...INPUT_IMAGE) > 1],
  ['only one mask image is documented', (prompt) => count(prompt, 'mask_image', 'mask_image_url') > 1],
  [
    'a mask needs an input image',
    (prompt) => has(prompt, 'mask_image', 'mask_image_url') && !has(prompt, ...INPUT_IMAGE),
  ],
  ['controlnet needs an input image', (prompt) => has(prompt, 'controlnet') && !has(prompt, ...INPUT_IMAGE)],
  [
    'a video needs video_model and video_prompt',
    (prompt) => count(prompt, 'video_model', 'video_prompt') === 1,
  ],
  ['a video needs num_images 1', (prompt) => has(prompt, 'video_model') && Number(prompt.num_images) !== 1],
  [
    'image_references and image_reference_urls must not be mixed',
    (prompt) => count(prompt, 'image_references', 'image_reference_urls') > 1,
  ],
  [
    'Seedance 2 takes either keyframes or references',
    (prompt) =>
      /^seedance2/.test(String(prompt.video_model)) &&
      has(prompt, ...KEYFRAMES) &&
      has(prompt, ...REFERENCES),
  ],
];

/** Returns the rules that a new prompt breaks. A duplicate inherits values, so it cannot be checked. */
export function brokenRules(prompt: unknown): readonly string[] {
  return RULES.filter(([, isBroken]) => isBroken(Object(prompt))).map(([message]) => message);
}
