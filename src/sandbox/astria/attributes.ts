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

/** How one wire attribute is checked. Ranges and lists are Astria's documented ones. */
export type Rule =
  | { kind: 'text' }
  /** A word of a list that grows: every word is accepted. */
  | { kind: 'word' }
  | { kind: 'url' }
  | { kind: 'boolean' }
  | { kind: 'int'; min?: number; max?: number; multipleOf?: number }
  | { kind: 'float'; min?: number; max?: number }
  | { kind: 'choice'; values: readonly (string | number)[] }
  | { kind: 'object' }
  | { kind: 'ids' }
  | { kind: 'urls' }
  | { kind: 'file'; accepts: 'image' | 'video' | 'audio' }
  /** `captions`: text files beside the images as well. */
  | { kind: 'files'; captions?: boolean };

const text = { kind: 'text' } as const;
const word = { kind: 'word' } as const;
const url = { kind: 'url' } as const;
const boolean = { kind: 'boolean' } as const;
const id = { kind: 'int', min: 1 } as const;
const image = { kind: 'file', accepts: 'image' } as const;

/** Every `prompt[...]` attribute that a prompt keeps. Null is accepted for each and means "not set". */
export const PROMPT_RULES = {
  text,
  negative_prompt: text,
  theme: text,
  callback: url,
  num_images: { kind: 'int', min: 1, max: 8 },
  seed: { kind: 'int', min: 0, max: 2 ** 32 },
  super_resolution: boolean,
  inpaint_faces: boolean,
  hires_fix: boolean,
  face_correct: boolean,
  face_swap: boolean,
  use_lpw: boolean,
  film_grain: boolean,
  prompt_expansion: boolean,
  community: boolean,
  cfg_scale: { kind: 'float', min: 0, max: 15 },
  steps: { kind: 'int', min: 0, max: 50 },
  aspect_ratio: { kind: 'choice', values: [...ASPECT_RATIOS, ...NEWER_ASPECT_RATIOS] },
  ar: { kind: 'choice', values: LEGACY_ASPECT_RATIOS },
  resolution: { kind: 'choice', values: ['1K', '2K', '4K'] },
  w: { kind: 'int', min: 8, multipleOf: 8 },
  h: { kind: 'int', min: 8, multipleOf: 8 },
  scheduler: { kind: 'choice', values: [...SCHEDULERS, ...NEWER_SCHEDULERS] },
  backend_version: { kind: 'choice', values: [0, 1] },
  style: { kind: 'choice', values: STYLES },
  color_grading: { kind: 'choice', values: COLOR_GRADINGS },
  controlnet: { kind: 'choice', values: [...CONTROLNETS, ...NEWER_CONTROLNETS] },
  denoising_strength: { kind: 'float', min: 0, max: 1 },
  controlnet_conditioning_scale: { kind: 'float', min: 0, max: 1 },
  controlnet_txt2img: boolean,
  input_image: image,
  input_image_url: url,
  mask_image: image,
  mask_image_url: url,
  workspace_id: id,
  pack_id: id,
  base_pack_id: id,
  order_id: id,
  video_model: word,
  video_prompt: text,
  video_duration: { kind: 'int', min: 1 },
  video_first_frame: image,
  video_first_frame_url: url,
  video_last_frame: image,
  video_last_frame_url: url,
  source_image_url: url,
  input_video: { kind: 'file', accepts: 'video' },
  input_video_url: url,
  audio_reference: { kind: 'file', accepts: 'audio' },
  audio_reference_url: url,
  video_audio: boolean,
  video_upscale_model: { kind: 'choice', values: ['seedvr2'] },
  video_upscale_target_resolution: { kind: 'choice', values: ['720p', '1080p', '2k', '4k'] },
  video_fps_model: { kind: 'choice', values: ['video_fps_increaser'] },
  image_references: { kind: 'files' },
  image_reference_urls: { kind: 'urls' },
} as const satisfies Record<string, Rule>;

/** Every `prompt[...]` field of a create request. These extra ones are other names for attributes. */
export const PROMPT_CREATE_RULES = {
  ...PROMPT_RULES,
  input_image_base64: image,
  generate_audio: boolean,
} as const satisfies Record<string, Rule>;

/** The fields that PATCH accepts for a prompt. Nothing that alters its image can change. */
export const PROMPT_PATCH_RULES = {
  pack_id: id,
  base_pack_id: id,
  workspace_id: id,
  orig_prompt_id: id,
} as const satisfies Record<string, Rule>;

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

/** The fields that PATCH accepts for a tune. */
export const TUNE_PATCH_RULES = {
  title: TUNE_RULES.title,
  name: TUNE_RULES.name,
  characteristics: TUNE_RULES.characteristics,
  auto_extend: TUNE_RULES.auto_extend,
} as const satisfies Record<string, Rule>;

type ValueOf<R extends Rule> = R extends { kind: 'int' | 'float' }
  ? number
  : R extends { kind: 'boolean' }
    ? boolean
    : R extends { kind: 'files' | 'urls' }
      ? string[]
      : R extends { kind: 'ids' }
        ? number[]
        : R extends { kind: 'object' }
          ? Record<string, unknown>
          : R extends { kind: 'choice'; values: readonly (infer V)[] }
            ? V
            : string;

/** The attributes that a table of rules describes; a file is known by the URL it is served under. */
type Attributes<Rules extends Record<string, Rule>> = {
  -readonly [Name in keyof Rules]: ValueOf<Rules[Name]> | null;
};

export type PromptAttributes = Attributes<typeof PROMPT_RULES>;
type PromptAttribute = keyof PromptAttributes;

/** Each pair is one thing sent as a file or as a URL. */
export const FILE_OR_URL = [
  ['input_image', 'input_image_url'],
  ['mask_image', 'mask_image_url'],
  ['video_first_frame', 'video_first_frame_url'],
  ['video_last_frame', 'video_last_frame_url'],
  ['input_video', 'input_video_url'],
  ['audio_reference', 'audio_reference_url'],
] as const satisfies readonly (readonly [PromptAttribute, PromptAttribute])[];
