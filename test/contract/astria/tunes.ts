import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { jsonObject, limit, paging, queryText } from './common.js';
import {
  boolean,
  type Field,
  type Fields,
  file,
  integer,
  link,
  list,
  number,
  object,
  refine,
  words,
} from './fields.js';
import { promptFields } from './prompt-fields.js';
import { brokenRules } from './prompt-rules.js';
import { tune } from './tune-object.js';

const MAX_OFFSET = 200;

const filters = {
  title: queryText,
  'name[]': queryText,
  model_type: queryText,
  branch: queryText,
};
const listQuery = z.strictObject({ ...paging(MAX_OFFSET), ...filters });
/** The vendor's notes request 200 tunes from the gallery. */
const galleryQuery = listQuery.extend({ limit: z.union([limit, z.literal('200')]).optional() });

/** A form has nested fields, or one field with a JSON object. */
export const characteristics: Field = {
  json: jsonObject,
  form: z.union([z.record(z.string(), z.string()), z.string().regex(/^\{/)]),
};

/** Null means a checkpoint in JSON. */
const modelType: Field = { json: z.enum(['lora', 'pti', 'faceid']).nullable(), form: z.string() };
const preset: Field = {
  json: z.enum(['flux-lora-focus', 'flux-lora-portrait', 'flux-lora-fast']).nullable(),
  form: z.string(),
};

const ownPrompt = refine(object({ ...promptFields, lora_scale: number(0, 1) }), brokenRules);

const createFields: Fields = {
  title: words,
  name: words,
  images: list(file),
  image_urls: list(link),
  callback: link,
  base_tune_id: integer(1),
  branch: words,
  model_type: modelType,
  preset,
  steps: integer(1),
  token: words,
  face_crop: boolean,
  training_face_correct: boolean,
  auto_extend: boolean,
  characteristics,
  prompts_attributes: list(ownPrompt),
};

const hasImages = (value: unknown) => 'images' in Object(value) || 'image_urls' in Object(value);
const create = object(
  {
    tune: refine(object(createFields, ['title', 'name']), (value) =>
      hasImages(value) ? [] : ['images or image_urls is required'],
    ),
  },
  ['tune'],
);
const update = object(
  { tune: object({ title: words, name: words, characteristics, auto_extend: boolean }) },
  ['tune'],
);

export const tunes: readonly Endpoint[] = [
  { method: 'GET', path: '/tunes', request: { query: listQuery }, responses: { 200: z.array(tune) } },
  {
    method: 'GET',
    path: '/gallery/tunes',
    request: { query: galleryQuery },
    responses: { 200: z.array(tune) },
  },
  { method: 'GET', path: '/tunes/:id', request: {}, responses: { 200: tune } },
  {
    method: 'POST',
    path: '/tunes',
    request: { json: create.json, form: create.form },
    /** A repeated request returns the existing tune. Its status is not documented. */
    responses: { 200: tune, 201: tune },
  },
  {
    method: 'PATCH',
    path: '/tunes/:id',
    request: { json: update.json, form: update.form },
    responses: { 200: tune },
  },
  /** The body is not documented. */
  { method: 'DELETE', path: '/tunes/:id', request: {}, responses: { 200: z.unknown() } },
];
