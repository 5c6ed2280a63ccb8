import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { noBody } from './common.js';
import { file, integer, link, list, object, refine, words } from './fields.js';

const theme = object(
  {
    theme: object(
      {
        theme: words,
        tune_ids: list(integer(1)),
        prompt_attributes: object({ num_images: integer(1, 8), w: integer(8), h: integer(8) }),
      },
      ['theme', 'tune_ids'],
    ),
  },
  ['theme'],
);

const hasPicture = (value: unknown) => 'file' in Object(value) || 'file_url' in Object(value);
const inspection = refine(object({ name: words, file, file_url: link }, ['name']), (value) =>
  hasPicture(value) ? [] : ['file or file_url is required'],
);

const texts = [
  ...['name', 'age', 'ethnicity', 'eye_color', 'hair_color', 'hair_length', 'hair_style', 'facial_hair'],
  ...['glasses', 'is_bald', 'body_type', 'headcover'],
];
const flags = [
  ...['blurry', 'selfie', 'funny_face', 'wearing_hat', 'wearing_sunglasses', 'includes_multiple_people'],
  ...['full_body_image_or_longshot', 'low_resolution', 'low_quality'],
];
/** Any characteristic may be missing. */
const characteristics = z.strictObject({
  ...Object.fromEntries(texts.map((name) => [name, z.string().optional()])),
  ...Object.fromEntries(flags.map((name) => [name, z.boolean().optional()])),
});

export const images: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/themes',
    request: { json: theme.json, form: theme.form },
    responses: { 200: noBody, 201: noBody },
  },
  {
    method: 'POST',
    path: '/images/inspect',
    request: { form: inspection.form },
    responses: { 200: characteristics },
  },
];
