import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { anyList, jsonObject, paging, readRequest, slugOrUuid, workspace } from './common.js';

/** Recorded fields of a virtual key, which are incomplete. */
const virtualKey = {
  id: z.string(),
  slug: slugOrUuid,
  name: z.string(),
  status: z.enum(['active', 'exhausted']),
  note: z.string().nullish(),
};

const model = z.strictObject({
  id: z.string(),
  object: z.string(),
  created: z.int(),
  owned_by: z.string(),
});

const modelQuery = z.strictObject({
  ai_service: z.string().optional(),
  provider: z.string().optional(),
  limit: z.string().regex(/^\d+$/).optional(),
  offset: z.string().regex(/^\d+$/).optional(),
  sort: z.string().optional(),
  order: z.string().optional(),
});

export const providers: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/virtual-keys',
    request: { query: z.strictObject({ ...workspace, ...paging }) },
    responses: { 200: anyList(z.looseObject({ ...virtualKey, provider: z.string() })) },
  },
  {
    method: 'GET',
    path: '/virtual-keys/:id',
    request: readRequest,
    responses: { 200: z.looseObject({ ...virtualKey, ai_provider_name: z.string() }) },
  },
  {
    method: 'GET',
    path: '/providers',
    request: { query: z.strictObject({ ...workspace, ...paging }) },
    responses: { 200: anyList(jsonObject) },
  },
  {
    method: 'GET',
    path: '/models',
    request: { query: modelQuery },
    responses: { 200: z.strictObject({ object: z.string(), data: z.array(model) }) },
  },
];
