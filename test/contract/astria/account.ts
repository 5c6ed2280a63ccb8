import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { id, jsonObject, time, url } from './common.js';
import { publicHeaders } from './headers.js';

const user = z.strictObject({
  id,
  name: z.string().nullable(),
  email: z.string(),
  usd_balance_mc: z.int(),
  auto_extend_tunes: z.boolean().nullable(),
  top_off_amount: z.number().nullable(),
  purchased_plugin_at: time.nullable(),
});

const modelList = z.strictObject({
  default: z.string(),
  default_video_model: z.string(),
  cache_ttl: z.int().optional(),
  models: z.record(
    z.string(),
    z.strictObject({
      tune_id: id,
      title: z.string(),
      resolutions: z.array(z.string()).optional(),
      default: z.unknown(),
    }),
  ),
  /** The documented list of fields of a video model is incomplete. */
  video_models: z.record(z.string(), jsonObject),
});

const workspaceItem = z.strictObject({ id, title: z.string(), slug: z.string() });
const workspace = z.strictObject({
  id: id.optional(),
  title: z.string(),
  slug: z.string(),
  brief: z.string().nullable(),
  url: url.nullable(),
  public_at: time.nullable(),
  unlisted_at: time.nullable(),
  landing_page_html: z.string().nullable(),
});
const newWorkspace = z.strictObject({ workspace: z.strictObject({ title: z.string().min(1) }) });
const workspaceChanges = z.strictObject({
  workspace: z.strictObject({
    landing_page_html: z.string().optional(),
    brief: z.string().optional(),
  }),
});
const workspaceWrites = z.union([workspaceItem, workspace]);

export const account: readonly Endpoint[] = [
  { method: 'GET', path: '/users', request: {}, responses: { 200: user } },
  { method: 'GET', path: '/cli/models', request: { headers: publicHeaders }, responses: { 200: modelList } },
  { method: 'GET', path: '/workspaces', request: {}, responses: { 200: z.array(workspaceItem) } },
  {
    method: 'POST',
    path: '/workspaces',
    request: { json: newWorkspace },
    responses: { 200: workspaceWrites, 201: workspaceWrites },
  },
  { method: 'GET', path: '/workspaces/:id', request: {}, responses: { 200: workspace } },
  {
    method: 'PATCH',
    path: '/workspaces/:id',
    request: { json: workspaceChanges },
    responses: { 200: workspaceWrites },
  },
];
