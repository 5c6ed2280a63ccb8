import { z } from 'zod';
import {
  boolean,
  type Fields,
  file,
  integer,
  link,
  list,
  number,
  numeric,
  oneOf,
  same,
  string,
  words,
} from './fields.js';

const MAX_SEED = 2 ** 32;
const multipleOf8 = numeric(z.int().positive().multipleOf(8));
const dataUrl = same(z.string().regex(/^data:/));
const nullableStyle = oneOf([
  ...['Cinematic', 'Animated', 'Digital Art', 'Photographic', 'Fantasy art', 'Neonpunk', 'Enhance'],
  ...['Comic book', 'Lowpoly', 'Line art'],
]);

const still: Fields = {
  text: words,
  negative_prompt: string,
  theme: words,
  callback: link,
  num_images: integer(1, 8),
  seed: integer(0, MAX_SEED),
  super_resolution: boolean,
  face_correct: boolean,
  face_swap: boolean,
  use_lpw: boolean,
  film_grain: boolean,
  prompt_expansion: boolean,
  community: boolean,
  controlnet_txt2img: boolean,
  inpaint_faces: boolean,
  hires_fix: boolean,
  cfg_scale: number(0, 15),
  steps: integer(0, 50),
  aspect_ratio: oneOf([
    ...['1:1', '16:9', '9:16', '21:9', '9:21', '3:2', '2:3', '5:4', '4:5', '4:3', '3:4'],
    'adaptive',
  ]),
  ar: oneOf(['1:1', 'portrait', '16:9', 'landscape']),
  resolution: oneOf(['1K', '2K', '4K']),
  w: multipleOf8,
  h: multipleOf8,
  scheduler: oneOf([
    ...['euler', 'euler_a', 'dpm++2m_karras', 'dpm++sde_karras', 'dpm++2m', 'dpm++sde', 'lcm', 'tcd'],
  ]),
  backend_version: { json: z.literal([0, 1]).nullable(), form: z.enum(['0', '1', '']) },
  style: { json: nullableStyle.json.nullable(), form: z.union([nullableStyle.form, z.literal('')]) },
  color_grading: oneOf(['Film Velvia', 'Film Portra', 'Ektar']),
  controlnet: oneOf([
    ...['composition', 'reference', 'segroom', 'ipadapter', 'lineart', 'canny', 'depth', 'mlsd', 'hed'],
    ...['pose', 'tile', 'qr', 'relight'],
  ]),
  denoising_strength: number(0, 1),
  controlnet_conditioning_scale: number(0, 1),
  input_image: file,
  input_image_url: link,
  input_image_base64: dataUrl,
  mask_image: file,
  mask_image_url: link,
  workspace_id: integer(1),
  pack_id: integer(1),
  base_pack_id: integer(1),
};

const video: Fields = {
  video_model: words,
  video_prompt: words,
  video_duration: integer(1),
  video_first_frame: file,
  video_first_frame_url: link,
  video_last_frame: file,
  video_last_frame_url: link,
  source_image_url: link,
  image_references: list(file),
  image_reference_urls: list(link),
  input_video: file,
  input_video_url: link,
  audio_reference: file,
  audio_reference_url: link,
  video_audio: boolean,
  /** The vendor's client sends this name instead of `video_audio`. */
  generate_audio: boolean,
  video_upscale_model: oneOf(['seedvr2']),
  video_upscale_target_resolution: oneOf(['720p', '1080p', '2k', '4k']),
  video_fps_model: oneOf(['video_fps_increaser']),
};

export const promptFields: Fields = { ...still, ...video };
