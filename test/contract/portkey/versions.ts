import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { anyList, noFields, readRequest, status, time, uuid, workspace } from './common.js';
import { fullPrompt } from './prompt-objects.js';

const versionItem = z.strictObject({
  id: uuid,
  prompt_id: uuid,
  prompt_template: z.union([z.strictObject({ string: z.string() }), z.string()]),
  prompt_version: z.int(),
  prompt_description: z.string().nullable(),
  label_id: uuid.nullish(),
  created_at: time,
  status,
  object: z.literal('prompt'),
});

export const versions: readonly Endpoint[] = [
  {
    method: 'PUT',
    path: '/prompts/:id/makeDefault',
    request: { json: z.strictObject({ ...workspace, version: z.int().positive() }) },
    responses: { 200: noFields },
  },
  {
    method: 'GET',
    path: '/prompts/:id/versions',
    request: readRequest,
    responses: { 200: anyList(versionItem) },
  },
  {
    method: 'GET',
    path: '/prompts/:id/versions/:versionId',
    request: readRequest,
    responses: { 200: fullPrompt },
  },
  {
    method: 'PUT',
    path: '/prompts/:id/versions/:versionId',
    request: { json: z.strictObject({ ...workspace, label_id: uuid.nullable() }) },
    responses: { 200: noFields },
  },
];
