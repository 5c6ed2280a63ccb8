import type { Attributes, Rule } from './values.js';
import {
  ASPECT_RATIOS,
  COLOR_GRADINGS,
  CONTROLNETS,
  LEGACY_ASPECT_RATIOS,
  NEWER_ASPECT_RATIOS,
  NEWER_CONTROLNETS,
  NEWER_SCHEDULERS,
  SCHEDULERS,
  STYLES,
} from './vocabularies.js';

/** Rule of one prompt attribute. `Name` is the union of all attribute names. */
type PromptRule<Name extends string> = Rule & {
  /** Part of the documented deduplication key of accounts that have idempotency enabled. */
  distinguishes?: true;
  /** Attribute that takes the same content as a URL. A request has at most one of the two, and it replaces an inherited one. */
  url?: Name;
  /** Requires one of these attributes. */
  needs?: { anyOf: readonly Name[]; message: string };
  /** PATCH can change the attribute. Attributes that alter the image cannot be changed. */
  patchable?: true;
  /** Seedance 2 accepts frames or references, but not both. */
  seedance?: 'frame' | 'reference';
};

function promptRules<const Rules extends { [Name in keyof Rules]: PromptRule<keyof Rules & string> }>(
  rules: Rules,
): Rules {
  return rules;
}

const text = { kind: 'text' } as const;
const word = { kind: 'word' } as const;
const url = { kind: 'url' } as const;
const boolean = { kind: 'boolean' } as const;
const id = { kind: 'int', min: 1 } as const;
const image = { kind: 'file', accepts: 'image' } as const;
const distinguishes = true;
const needsInputImage = {
  needs: { anyOf: ['input_image', 'input_image_url'], message: 'requires an input image' },
} as const;
const needsSuperResolution = {
  needs: { anyOf: ['super_resolution'], message: 'requires super_resolution' },
} as const;

/**
 * All `prompt[...]` attributes that a prompt stores and a duplicate inherits, in the order of the responses. Null, the
 * default, means "not set".
 */
const PROMPT_TABLE = promptRules({
  text: { ...text, distinguishes },
  negative_prompt: { ...text, distinguishes },
  theme: text,
  callback: { ...url, distinguishes },
  num_images: { kind: 'int', min: 1, max: 8, distinguishes },
  seed: { kind: 'int', min: 0, max: 2 ** 32, distinguishes },
  super_resolution: { ...boolean, distinguishes },
  inpaint_faces: { ...boolean, distinguishes, ...needsSuperResolution },
  hires_fix: { ...boolean, distinguishes, ...needsSuperResolution },
  face_correct: { ...boolean, distinguishes },
  face_swap: boolean,
  use_lpw: { ...boolean, distinguishes },
  film_grain: boolean,
  prompt_expansion: boolean,
  community: boolean,
  cfg_scale: { kind: 'float', min: 0, max: 15, distinguishes },
  steps: { kind: 'int', min: 0, max: 50, distinguishes },
  aspect_ratio: { kind: 'choice', values: [...ASPECT_RATIOS, ...NEWER_ASPECT_RATIOS] },
  ar: { kind: 'choice', values: LEGACY_ASPECT_RATIOS, distinguishes },
  resolution: { kind: 'choice', values: ['1K', '2K', '4K'] },
  w: { kind: 'int', min: 8, multipleOf: 8, distinguishes },
  h: { kind: 'int', min: 8, multipleOf: 8, distinguishes },
  scheduler: { kind: 'choice', values: [...SCHEDULERS, ...NEWER_SCHEDULERS], distinguishes },
  backend_version: { kind: 'choice', values: [0, 1] },
  style: { kind: 'choice', values: STYLES },
  color_grading: { kind: 'choice', values: COLOR_GRADINGS },
  controlnet: {
    kind: 'choice',
    values: [...CONTROLNETS, ...NEWER_CONTROLNETS],
    distinguishes,
    ...needsInputImage,
  },
  denoising_strength: { kind: 'float', min: 0, max: 1, distinguishes },
  controlnet_conditioning_scale: { kind: 'float', min: 0, max: 1, distinguishes },
  controlnet_txt2img: { ...boolean, distinguishes },
  input_image: { ...image, url: 'input_image_url' },
  input_image_url: url,
  mask_image: { ...image, url: 'mask_image_url', ...needsInputImage },
  mask_image_url: { ...url, ...needsInputImage },
  workspace_id: { ...id, patchable: true },
  pack_id: { ...id, patchable: true },
  base_pack_id: { ...id, patchable: true },
  order_id: id,
  video_model: word,
  video_prompt: text,
  video_duration: { kind: 'int', min: 1 },
  video_first_frame: { ...image, url: 'video_first_frame_url', seedance: 'frame' },
  video_first_frame_url: { ...url, seedance: 'frame' },
  video_last_frame: { ...image, url: 'video_last_frame_url', seedance: 'frame' },
  video_last_frame_url: { ...url, seedance: 'frame' },
  source_image_url: url,
  input_video: { kind: 'file', accepts: 'video', url: 'input_video_url', seedance: 'reference' },
  input_video_url: { ...url, seedance: 'reference' },
  audio_reference: { kind: 'file', accepts: 'audio', url: 'audio_reference_url', seedance: 'reference' },
  audio_reference_url: { ...url, seedance: 'reference' },
  video_audio: boolean,
  video_upscale_model: { kind: 'choice', values: ['seedvr2'] },
  video_upscale_target_resolution: { kind: 'choice', values: ['720p', '1080p', '2k', '4k'] },
  video_fps_model: { kind: 'choice', values: ['video_fps_increaser'] },
  image_references: { kind: 'files', seedance: 'reference' },
  image_reference_urls: { kind: 'urls', seedance: 'reference' },
});

export type PromptAttributes = Attributes<typeof PROMPT_TABLE>;
type PromptAttribute = keyof PromptAttributes;

export const PROMPT_RULES: Readonly<Record<PromptAttribute, PromptRule<PromptAttribute>>> = PROMPT_TABLE;
const NAMES = Object.keys(PROMPT_RULES) as PromptAttribute[];
const NOTHING = Object.fromEntries(NAMES.map((name) => [name, null]));

/** Returns the attributes whose rules pass the test. */
export function attributesWhere(test: (rule: PromptRule<PromptAttribute>) => boolean): PromptAttribute[] {
  return NAMES.filter((name) => test(PROMPT_RULES[name]));
}

/** Pairs of attributes that take the same content as a file or as a URL. */
export const FILE_OR_URL = NAMES.flatMap((file) => {
  const { url } = PROMPT_RULES[file];
  return url ? [{ file, url }] : [];
});

/** Completes the given attributes of a prompt with null for the others. */
export function promptAttributes(given: Record<string, unknown>): PromptAttributes {
  // The values have passed PROMPT_RULES, from which the type is derived.
  return { ...NOTHING, ...given } as PromptAttributes;
}

/** Returns the attributes of a prompt without its other fields. */
export function attributesOf(prompt: PromptAttributes): PromptAttributes {
  return promptAttributes(Object.fromEntries(NAMES.map((name) => [name, prompt[name]])));
}

/** All `prompt[...]` fields of a create request. Those that are not in PROMPT_RULES are aliases. */
export const PROMPT_CREATE_RULES = {
  ...PROMPT_RULES,
  input_image_base64: image,
  generate_audio: boolean,
} as const satisfies Record<string, Rule>;

/** Fields that PATCH accepts for a prompt. */
export const PROMPT_PATCH_RULES: Record<string, Rule> = {
  ...Object.fromEntries(
    attributesWhere((rule) => rule.patchable === true).map((name) => [name, PROMPT_RULES[name]]),
  ),
  orig_prompt_id: id,
};

export const TUNE_RULES = {
  title: text,
  name: text,
  callback: url,
  branch: word,
  steps: { kind: 'int', min: 0 },
  token: text,
  face_crop: boolean,
  training_face_correct: boolean,
  base_tune_id: id,
  model_type: { kind: 'choice', values: ['lora', 'pti', 'faceid'] },
  auto_extend: boolean,
  preset: { kind: 'choice', values: ['flux-lora-focus', 'flux-lora-portrait', 'flux-lora-fast'] },
  characteristics: { kind: 'object' },
  images: { kind: 'files', captions: true },
  image_urls: { kind: 'urls' },
} as const satisfies Record<string, Rule>;

/** Fields that PATCH accepts for a tune. */
export const TUNE_PATCH_RULES = {
  title: TUNE_RULES.title,
  name: TUNE_RULES.name,
  characteristics: TUNE_RULES.characteristics,
  auto_extend: TUNE_RULES.auto_extend,
} as const satisfies Record<string, Rule>;
