import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { id, limit, queryTrue, time, url } from './common.js';
import { type Fields, file, integer, link, list, object, same, string, words } from './fields.js';
import { promptFields } from './prompt-fields.js';
import { shortTune } from './tune-object.js';
import { characteristics } from './tunes.js';

const names = {
  id,
  slug: z.string(),
  title: z.string(),
  created_at: time,
  updated_at: time,
  public_at: time.nullable(),
};
const seen = {
  subtitle: z.string().nullish(),
  main_class_name: z.string().nullish(),
  multiplier_api: z.number().nullish(),
  template_prompts: z.array(z.strictObject({ id, cost_mc: z.int() })).optional(),
};

const listItem = z.strictObject({
  ...names,
  ...seen,
  base_tune_id: id.nullable(),
  user_id: id,
  token: z.string().nullable(),
  multiplier: z.number().nullable(),
  model_type: z.string().nullable(),
  cost_mc_hash: z.record(z.string(), z.int()),
});

const cost = z.strictObject({
  cost: z.number().optional(),
  cost_mc: z.int().optional(),
  num_images: z.int(),
});
const full = z.strictObject({
  ...names,
  ...seen,
  cover_url: url.nullable(),
  unlisted_at: time.nullable(),
  logo: z.string().nullable(),
  costs: z.record(z.string(), cost),
  prompts_per_class: z.record(z.string(), z.array(z.strictObject({ id, images: z.array(url) }))),
});
const pack = z.union([listItem, full]);

const listQuery = z.strictObject({
  public: queryTrue,
  listed: queryTrue,
  limit: limit.optional(),
  offset: z.string().regex(/^\d+$/).optional(),
});

const runFields: Fields = {
  title: words,
  name: words,
  images: list(file),
  image_urls: list(link),
  callback: link,
  preset: words,
  characteristics,
  tune_ids: list(integer(1)),
  prompt_ids: list(integer(1)),
  brief: string,
  /** The name is singular, unlike `prompts_attributes` of a tune. */
  prompt_attributes: object(promptFields),
  prompts_callback: link,
};
const run = object({ tune: object(runFields) }, ['tune']);

const multiPack = z.strictObject({
  status: z.literal(201),
  order: z.strictObject({ id, tune_ids: z.array(id) }),
  prompt_ids: z.array(id),
});
const ran = z.union([shortTune, multiPack]);

const create = object(
  {
    pack: object({
      title: words,
      base_tune_id: integer(1),
      model_type: same(z.literal('faceid')),
      subtitle: string,
    }),
  },
  ['pack'],
);

const lists = { request: { query: listQuery }, responses: { 200: z.array(pack) } };

export const packs: readonly Endpoint[] = [
  { method: 'GET', path: '/packs', ...lists },
  { method: 'GET', path: '/gallery/packs', ...lists },
  { method: 'GET', path: '/p/:idOrSlug', request: {}, responses: { 200: pack } },
  { method: 'POST', path: '/packs', request: { json: create.json }, responses: { 200: pack, 201: pack } },
  {
    method: 'POST',
    path: '/p/:idOrSlug/tunes',
    request: { json: run.json, form: run.form },
    responses: { 200: ran, 201: ran },
  },
];
