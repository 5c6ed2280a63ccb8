import { z } from 'zod';
import type { RequestContract } from '../endpoint.js';

export const uuid = z.guid();
export const time = z.iso.datetime();
export const jsonObject = z.record(z.string(), z.unknown());
/** The API returns 0 and 1. The OpenAPI document has booleans. */
export const numericBoolean = z.union([z.literal([0, 1]), z.boolean()]);
export const noFields = z.strictObject({});
export const noBody = z.undefined();
/** The characters of a slug are not documented, but `@` separates it from a version. */
export const slugOrUuid = z.string().regex(/^[^@]+$/);
export const status = z.enum(['active', 'archived']);

const numeric = z.string().regex(/^\d+$/);

/** A request with an admin key names the workspace in the query (GET) or the body (POST and PUT). */
export const workspace = { workspace_id: slugOrUuid.optional() };
export const paging = {
  current_page: numeric.optional(),
  page_size: numeric.regex(/[1-9]/).optional(),
};
export const search = { search: z.string().min(1).optional() };

export const readRequest: RequestContract = { query: z.strictObject(workspace) };
export const deleteResponses = { 200: noFields, 204: noBody };

/** The API returns a wrapped list. The OpenAPI document shows a bare array for versions and partials. */
export const wrappedList = <T extends z.ZodType>(item: T) =>
  z.strictObject({ object: z.literal('list').optional(), total: z.int().min(0), data: z.array(item) });
export const anyList = <T extends z.ZodType>(item: T) => z.union([wrappedList(item), z.array(item)]);
