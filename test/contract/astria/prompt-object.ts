import { z } from 'zod';
import { id, time, url } from './common.js';
import { promptFields } from './prompt-fields.js';

const nullableTime = time.nullable();

/** Fields that are echoed, and may be null or absent if they were not set. */
const echoed = {
  num_images: z.int().nullish(),
  aspect_ratio: z.string().nullish(),
  resolution: z.string().nullish(),
  input_image: url.nullish(),
  input_video: url.nullish(),
  pack_id: id.nullish(),
  base_pack_id: id.nullish(),
  order_id: id.nullish(),
  orig_prompt_id: id.nullish(),
  image_references: z.array(url).nullish(),
  cost_mc: z.int().nullish(),
};

/** Fields that are only present if the request asks for them with `expand[]`. */
const expanded = {
  debug_images: z.array(z.unknown()).optional(),
  debug_filenames: z.array(z.unknown()).optional(),
  debug_content_types: z.array(z.unknown()).optional(),
};

/** Other fields of a create request. The documentation does not say if they are echoed. */
const perhapsEchoed = Object.fromEntries(
  Object.keys(promptFields).map((name) => [
    name,
    z.union([z.string(), z.number(), z.boolean(), z.array(url)]).nullish(),
  ]),
);

export const prompt = z.strictObject({
  ...perhapsEchoed,
  id,
  tune_id: id,
  text: z.string().nullable(),
  negative_prompt: z.string().nullable(),
  callback: z.string().nullable(),
  cfg_scale: z.number().nullable(),
  steps: z.int().nullable(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32)
    .nullable(),
  trained_at: nullableTime,
  started_training_at: nullableTime,
  created_at: time,
  updated_at: time,
  url,
  images: z.array(url).nullish(),
  user_error: z.string().nullish(),
  ...echoed,
  ...expanded,
});
