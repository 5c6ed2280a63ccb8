import { z } from 'zod';
import { id, time, url } from './common.js';

const nullableTime = time.nullable();

export const tune = z.strictObject({
  id,
  title: z.string(),
  name: z.string().nullable(),
  token: z.string().nullable(),
  base_tune_id: id.nullable(),
  args: z.string().nullable(),
  steps: z.int().nullable(),
  face_crop: z.boolean().nullable(),
  /** The next three fields are missing in some documented examples. */
  training_face_correct: z.boolean().nullish(),
  eta: nullableTime.optional(),
  is_api: z.boolean().nullish(),
  /** Checkpoints and times are null before the training. All examples are trained tunes. */
  ckpt_url: url.nullable(),
  ckpt_urls: z.array(url).nullable(),
  trained_at: nullableTime,
  started_training_at: nullableTime,
  expires_at: nullableTime,
  created_at: time,
  updated_at: time,
  branch: z.string().nullable(),
  /** A checkpoint has null. */
  model_type: z.string().nullable(),
  url,
  orig_images: z.array(url),
});

/** Tune in the response to a pack run, which is shorter. */
export const shortTune = tune.partial().required({ id: true });
