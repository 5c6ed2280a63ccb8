import type { PromptAttributes } from './attributes.js';

/** Owner of an object. Every account can read gallery objects by id. */
export type Owner = 'main' | 'other' | 'gallery';

export interface Tune {
  id: number;
  owner: Owner;
  workspace_id: number | null;
  title: string;
  name: string;
  token: string | null;
  base_tune_id: number | null;
  args: string | null;
  steps: number | null;
  face_crop: boolean | null;
  training_face_correct: boolean | null;
  ckpt_url: string | null;
  ckpt_urls: string[];
  eta: string | null;
  trained_at: string | null;
  started_training_at: string | null;
  expires_at: string | null;
  created_at: string;
  updated_at: string;
  branch: string | null;
  model_type: string | null;
  url: string;
  orig_images: string[];
  is_api: boolean;
  callback: string | null;
  auto_extend: boolean | null;
  preset: string | null;
  characteristics: Record<string, unknown> | null;
  product_name: string | null;
  sku: string | null;
}

export interface Prompt extends PromptAttributes {
  id: number;
  owner: Owner;
  tune_id: number;
  trained_at: string | null;
  started_training_at: string | null;
  created_at: string;
  updated_at: string;
  url: string;
  cost_mc: number | null;
  /** Null while the prompt is running, and if it failed. */
  images: string[] | null;
  user_error: string | null;
  liked: boolean;
  /** Image of the original that a duplicate reuses through `image_index`, instead of rendering one. */
  reused_image: string | null;
  /** Id of the prompt that this one duplicates. */
  orig_prompt_id: number | null;
  is_api: boolean;
}

interface PackClass {
  cost_mc: number;
  num_images: number;
}

export interface Pack {
  id: number;
  owner: Owner;
  slug: string;
  title: string;
  subtitle: string | null;
  base_tune_id: number | null;
  token: string | null;
  model_type: string | null;
  multiplier: number;
  cover_url: string | null;
  logo: string | null;
  public_at: string | null;
  unlisted_at: string | null;
  created_at: string;
  updated_at: string;
  /** Classes that the pack can be run for. */
  classes: Record<string, PackClass>;
  /** Runs on several existing tunes. */
  is_multi: boolean;
}

export interface Workspace {
  id: number;
  owner: Owner;
  slug: string;
  title: string;
  brief: string | null;
  url: string;
  public_at: string | null;
  unlisted_at: string | null;
  landing_page_html: string | null;
}

/** Stored by the sandbox, but not part of any documented response. */
const HIDDEN_OF_TUNE: ReadonlySet<string> = new Set<keyof Tune>([
  'owner',
  'workspace_id',
  'product_name',
  'sku',
  'preset',
  'characteristics',
  'callback',
  'auto_extend',
]);

/** Returns a tune as shown by the API. */
export function presentTune(tune: Tune): Record<string, unknown> {
  return Object.fromEntries(Object.entries(tune).filter(([name]) => !HIDDEN_OF_TUNE.has(name)));
}

const HIDDEN: readonly (keyof Prompt)[] = ['owner', 'liked', 'reused_image', 'is_api'];

/** Returns a prompt as shown by the API. Omits `images` until the prompt has some. */
export function presentPrompt(prompt: Prompt): Record<string, unknown> {
  const { id, tune_id, images, ...rest } = prompt;
  const shown = Object.entries(rest).filter(([name]) => !HIDDEN.some((hidden) => hidden === name));
  return { id, tune_id, ...Object.fromEntries(shown), ...(images ? { images } : {}) };
}

export function isSettled(prompt: Prompt): boolean {
  return prompt.images !== null || prompt.user_error !== null;
}
