import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import {
  deleteResponses,
  noFields,
  numericBoolean,
  paging,
  search,
  slugOrUuid,
  time,
  uuid,
  wrappedList,
} from './common.js';

const label = z.strictObject({
  id: uuid,
  name: z.string(),
  description: z.string().nullish(),
  color_code: z.string().nullish(),
  organisation_id: z.string(),
  workspace_id: z.string().nullish(),
  is_universal: numericBoolean,
  created_at: time,
  last_updated_at: time,
  status: z.string(),
});

const labelName = z
  .string()
  .regex(/^[\w-]*[^@\s]?[\w-]*$/)
  .regex(/^(?!(latest|default|\d*)$)/);
const scope = { organisation_id: uuid.optional(), workspace_id: slugOrUuid.optional() };
const created = z.strictObject({ id: uuid });
const description = z.string().optional();
const colorCode = z.string().optional();

export const labels: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/labels',
    request: { query: z.strictObject({ ...scope, ...paging, ...search }) },
    responses: { 200: wrappedList(label) },
  },
  {
    method: 'POST',
    path: '/labels',
    request: { json: z.strictObject({ ...scope, name: labelName, description, color_code: colorCode }) },
    responses: { 200: created, 201: created },
  },
  {
    method: 'GET',
    path: '/labels/:id',
    request: { query: z.strictObject(scope) },
    responses: { 200: label },
  },
  {
    method: 'PUT',
    path: '/labels/:id',
    request: {
      json: z.strictObject({
        workspace_id: scope.workspace_id,
        name: labelName.optional(),
        description,
        color_code: colorCode,
      }),
    },
    responses: { 200: noFields },
  },
  { method: 'DELETE', path: '/labels/:id', request: {}, responses: deleteResponses },
];
