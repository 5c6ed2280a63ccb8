import { z } from 'zod';
import type { Endpoint, RequestContract } from '../endpoint.js';
import { expand, id, noBody, paging, queryId, queryText, queryTrue } from './common.js';
import { clearable, integer, mapFields, object, refine } from './fields.js';
import { promptFields } from './prompt-fields.js';
import { prompt } from './prompt-object.js';
import { brokenRules } from './prompt-rules.js';

const MAX_OFFSET = 10_000;

const listQuery = z.strictObject({
  ...paging(MAX_OFFSET),
  ...expand,
  text: queryText,
  tune_id: queryId,
  pack_id: queryId,
  base_pack_id: queryId,
  user_id: queryId,
  orig_prompt_id: queryId,
  order_id: queryId,
  liked: queryTrue,
  today: queryTrue,
  is_video: queryTrue,
  is_api: queryTrue,
});

const create = object({ prompt: refine(object(promptFields), brokenRules) }, ['prompt']);

const overrides = mapFields({ ...promptFields, order_id: integer(1) }, clearable);
const duplicate = object({ prompt: object(overrides), image_index: integer(0) });

const changes = z.strictObject({
  prompt: z.strictObject({
    pack_id: id.nullish(),
    base_pack_id: id.nullish(),
    workspace_id: id.nullish(),
    orig_prompt_id: id.nullish(),
  }),
});

const list: Pick<Endpoint, 'method' | 'request' | 'responses'> = {
  method: 'GET',
  request: { query: listQuery },
  responses: { 200: z.array(prompt) },
};
const read: Pick<Endpoint, 'method' | 'request' | 'responses'> = {
  method: 'GET',
  request: { query: z.strictObject(expand) },
  responses: { 200: prompt },
};
const update: Pick<Endpoint, 'method' | 'request' | 'responses'> = {
  method: 'PATCH',
  request: { json: changes },
  responses: { 200: prompt },
};
const remove: Pick<Endpoint, 'method' | 'request' | 'responses'> = {
  method: 'DELETE',
  request: {},
  responses: { 200: z.strictObject({ message: z.string() }) },
};
/** The pages of the documentation contradict each other on the status and on the last path segment. */
const like = { request: {}, responses: { 200: noBody, 201: noBody, 204: noBody } };

const createRequest: RequestContract = { json: create.json, form: create.form };
const duplicateRequest: RequestContract = {
  json: duplicate.json,
  form: duplicate.form,
  query: z.strictObject({ view: z.literal('board').optional() }),
  bodyOptional: true,
};
/** The vendor's client also accepts an array, and uses its first item. */
const created = z.union([prompt, z.array(prompt).min(1)]);

export const prompts: readonly Endpoint[] = [
  { path: '/prompts', ...list },
  { path: '/tunes/:id/prompts', ...list },
  {
    method: 'POST',
    path: '/tunes/:id/prompts',
    request: createRequest,
    responses: { 200: created, 201: created },
  },
  { path: '/prompts/:id', ...read },
  { path: '/tunes/:id/prompts/:id', ...read },
  { path: '/prompts/:id', ...update },
  { path: '/tunes/:id/prompts/:id', ...update },
  { path: '/prompts/:id', ...remove },
  { path: '/tunes/:id/prompts/:id', ...remove },
  {
    method: 'POST',
    path: '/prompts/:id/duplicate',
    request: duplicateRequest,
    responses: { 200: prompt, 201: prompt },
  },
  { method: 'POST', path: '/prompts/:id/likes', ...like },
  { method: 'POST', path: '/prompts/:id/like', ...like },
  { method: 'DELETE', path: '/prompts/:id/likes', ...like },
  { method: 'DELETE', path: '/prompts/:id/like', ...like },
];
