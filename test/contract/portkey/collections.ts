import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import {
  deleteResponses,
  noFields,
  numericBoolean,
  paging,
  readRequest,
  search,
  slugOrUuid,
  status,
  time,
  uuid,
  workspace,
  wrappedList,
} from './common.js';

const collectionDetails = z.strictObject({
  child_collections_count: z.int(),
  prompts_count: z.int(),
  child_collections_last_updated_at: time.nullable(),
  prompts_last_updated_at: time.nullable(),
});

const item = {
  id: uuid,
  name: z.string(),
  workspace_id: z.string(),
  slug: slugOrUuid,
  parent_collection_id: uuid.nullable(),
  is_default: numericBoolean,
  status,
  created_at: time,
  last_updated_at: time,
  collection_details: collectionDetails,
};

const child = z.strictObject({
  id: uuid,
  name: z.string(),
  last_updated_at: time,
  collection_details: collectionDetails,
});

const created = z.strictObject({ id: uuid, slug: slugOrUuid });

export const collections: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/collections',
    request: { query: z.strictObject({ ...workspace, ...paging, ...search }) },
    responses: { 200: wrappedList(z.strictObject(item)) },
  },
  {
    method: 'POST',
    path: '/collections',
    request: {
      json: z.strictObject({
        ...workspace,
        name: z.string().min(1),
        parent_collection_id: slugOrUuid.optional(),
      }),
    },
    responses: { 200: created, 201: created },
  },
  {
    method: 'GET',
    path: '/collections/:id',
    request: readRequest,
    responses: { 200: z.strictObject({ ...item, child_collections: z.array(child) }) },
  },
  {
    method: 'PUT',
    path: '/collections/:id',
    request: { json: z.strictObject({ ...workspace, name: z.string().min(1) }) },
    responses: { 200: noFields },
  },
  { method: 'DELETE', path: '/collections/:id', request: {}, responses: deleteResponses },
];
