import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import {
  anyList,
  deleteResponses,
  noFields,
  readRequest,
  slugOrUuid,
  status,
  time,
  uuid,
  workspace,
} from './common.js';

const shared = {
  id: uuid,
  slug: slugOrUuid,
  name: z.string(),
  collection_id: uuid.nullable(),
  created_at: time,
  last_updated_at: time,
  status,
};
const item = z.strictObject({ ...shared, object: z.literal('partial') });
const partial = z.strictObject({
  ...shared,
  string: z.string(),
  version: z.int(),
  version_description: z.string().nullable(),
  prompt_partial_version_id: uuid,
  prompt_partial_version_status: status.optional(),
});
const versionItem = z.strictObject({
  prompt_partial_id: uuid,
  prompt_partial_version_id: uuid,
  slug: slugOrUuid,
  /** The OpenAPI document has a string, the Terraform provider an integer. */
  version: z.union([z.int(), z.string().regex(/^\d+$/)]),
  string: z.string(),
  description: z.string().nullable(),
  created_at: time,
  prompt_version_status: status,
  object: z.string(),
});
const created = z.strictObject({ id: uuid, slug: slugOrUuid, version_id: uuid });
const updated = z.strictObject({ prompt_partial_version_id: uuid });

const listQuery = z.strictObject({
  ...workspace,
  collection_id: slugOrUuid.optional(),
  type: z.literal('shared').optional(),
});
const version = z
  .string()
  .regex(/^(latest|default|\d+)$/)
  .optional();
const description = z.string().optional();

export const partials: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/prompts/partials',
    request: { query: listQuery },
    responses: { 200: anyList(item) },
  },
  {
    method: 'POST',
    path: '/prompts/partials',
    request: {
      json: z.strictObject({
        ...workspace,
        name: z.string().min(1),
        string: z.string(),
        version_description: description,
      }),
    },
    responses: { 200: created, 201: created },
  },
  {
    method: 'GET',
    path: '/prompts/partials/:id',
    request: { query: z.strictObject({ ...workspace, version }) },
    responses: { 200: partial },
  },
  {
    method: 'PUT',
    path: '/prompts/partials/:id',
    request: {
      json: z.strictObject({
        ...workspace,
        name: z.string().min(1).optional(),
        string: z.string().optional(),
        status: status.optional(),
        version_description: description,
        description,
      }),
    },
    responses: { 200: z.union([updated, noFields]) },
  },
  { method: 'DELETE', path: '/prompts/partials/:id', request: {}, responses: deleteResponses },
  {
    method: 'GET',
    path: '/prompts/partials/:id/versions',
    request: readRequest,
    responses: { 200: anyList(versionItem) },
  },
  {
    method: 'PUT',
    path: '/prompts/partials/:id/makeDefault',
    request: { json: z.strictObject({ ...workspace, version: z.int().positive() }) },
    responses: { 200: noFields },
  },
];
