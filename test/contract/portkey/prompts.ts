import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import {
  deleteResponses,
  noFields,
  paging,
  search,
  slugOrUuid,
  uuid,
  workspace,
  wrappedList,
} from './common.js';
import { fullPrompt, promptSummary } from './prompt-objects.js';
import { createPrompt, updatePrompt } from './prompt-requests.js';

const created = z.strictObject({
  id: uuid,
  slug: slugOrUuid,
  version_id: uuid,
  object: z.literal('prompt'),
});
const updated = z.strictObject({ id: uuid, slug: slugOrUuid, prompt_version_id: uuid });

const listQuery = z.strictObject({
  ...paging,
  ...search,
  ...workspace,
  collection_id: slugOrUuid.optional(),
  type: z.literal('shared').optional(),
  show_prompt_share: z.string().optional(),
});
const getQuery = z.strictObject({
  ...workspace,
  version: z
    .string()
    .regex(/^(latest|default|\d+)$/)
    .optional(),
});

export const prompts: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/prompts',
    request: { query: listQuery },
    responses: { 200: wrappedList(promptSummary) },
  },
  {
    method: 'POST',
    path: '/prompts',
    request: { json: createPrompt },
    responses: { 200: created, 201: created },
  },
  {
    method: 'GET',
    path: '/prompts/:id',
    request: { query: getQuery },
    responses: { 200: fullPrompt },
  },
  {
    method: 'PUT',
    path: '/prompts/:id',
    request: { json: updatePrompt },
    responses: { 200: z.union([updated, noFields]) },
  },
  { method: 'DELETE', path: '/prompts/:id', request: {}, responses: deleteResponses },
];
