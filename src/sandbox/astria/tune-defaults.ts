import type { Tune } from './records.js';

/** Default attributes of a tune. */
export const TUNE_DEFAULTS: Tune = {
  owner: 'main',
  workspace_id: null,
  name: 'man',
  token: 'ohwx',
  base_tune_id: 1504944,
  args: null,
  steps: null,
  face_crop: false,
  training_face_correct: false,
  ckpt_url: null,
  ckpt_urls: [],
  eta: null,
  expires_at: null,
  branch: 'flux1',
  model_type: 'lora',
  is_api: true,
  callback: null,
  auto_extend: false,
  preset: null,
  characteristics: null,
  product_name: null,
  sku: null,
  ...{ title: '', created_at: '', updated_at: '', trained_at: null, started_training_at: null },
  ...{ url: '', orig_images: [], id: 0 },
};
