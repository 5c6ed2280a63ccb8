import { json, Refusal, type SandboxResponse, type Upstream, type UpstreamRequest } from '../response.js';
import { Router } from '../router.js';
import { CLI_MODELS, showUser } from './account.js';
import type { Call } from './call.js';
import { inspectImage } from './inspect.js';
import { runPack } from './pack-run.js';
import { createPack, listGalleryPacks, listPacks, PACKS_QUERY, showPack } from './packs.js';
import { refuseUnknownQuery } from './paging.js';
import { createPrompt, duplicatePrompt } from './prompt-create.js';
import {
  deletePrompt,
  like,
  listPrompts,
  PROMPT_QUERY,
  PROMPTS_QUERY,
  showPrompt,
  updatePrompt,
} from './prompts.js';
import type { Owner } from './records.js';
import type { AstriaState } from './state.js';
import { createThemePrompts } from './themes.js';
import { createTune } from './tune-create.js';
import { deleteTune, listGalleryTunes, listTunes, showTune, TUNES_QUERY, updateTune } from './tunes.js';
import { createWorkspace, listWorkspaces, showWorkspace, updateWorkspace } from './workspaces.js';

const OWNERS: Record<string, Owner> = { sd_sandbox: 'main', sd_sandbox_other: 'other' };

interface Route {
  run: (call: Call) => SandboxResponse;
  query: readonly string[];
}

/** Creates a route from its handler and the query parameters that it accepts. */
const route = (run: Route['run'], query: Route['query'] = []): Route => ({ run, query });

const ROUTES = new Router<Route>({
  'GET /tunes': route(listTunes, TUNES_QUERY),
  'GET /gallery/tunes': route(listGalleryTunes, TUNES_QUERY),
  'POST /tunes': route(createTune),
  'GET /tunes/:id': route(showTune),
  'PATCH /tunes/:id': route(updateTune),
  'DELETE /tunes/:id': route(deleteTune),

  'GET /prompts': route(listPrompts, PROMPTS_QUERY),
  'GET /tunes/:tune_id/prompts': route(listPrompts, PROMPTS_QUERY),
  'POST /tunes/:tune_id/prompts': route(createPrompt),
  'GET /tunes/:tune_id/prompts/:id': route(showPrompt, PROMPT_QUERY),
  'PATCH /tunes/:tune_id/prompts/:id': route(updatePrompt),
  'DELETE /tunes/:tune_id/prompts/:id': route(deletePrompt),
  'GET /prompts/:id': route(showPrompt, PROMPT_QUERY),
  'PATCH /prompts/:id': route(updatePrompt),
  'DELETE /prompts/:id': route(deletePrompt),
  'POST /prompts/:id/duplicate': route(duplicatePrompt, ['view']),
  'POST /prompts/:id/likes': route((call) => like(call, true)),
  'DELETE /prompts/:id/likes': route((call) => like(call, false)),
  'POST /prompts/:id/like': route((call) => like(call, true)),
  'DELETE /prompts/:id/like': route((call) => like(call, false)),

  'GET /packs': route(listPacks, PACKS_QUERY),
  'GET /gallery/packs': route(listGalleryPacks, PACKS_QUERY),
  'POST /packs': route(createPack),
  'GET /p/:id_or_slug': route(showPack),
  'POST /p/:id_or_slug/tunes': route(runPack),

  'GET /workspaces': route(listWorkspaces),
  'POST /workspaces': route(createWorkspace),
  'GET /workspaces/:id': route(showWorkspace),
  'PATCH /workspaces/:id': route(updateWorkspace),

  'GET /users': route(showUser),
  'POST /themes': route(createThemePrompts),
  'POST /images/inspect': route(inspectImage),
});

/** The emulated Astria API. Authenticates requests, scopes them to a workspace and routes them. */
export class AstriaApi implements Upstream {
  constructor(readonly state: AstriaState) {}

  handle(request: UpstreamRequest): SandboxResponse {
    const path = request.path.replace(/\.json$/, '');
    if (request.method === 'GET' && path === '/cli/models') return json(200, CLI_MODELS);
    const owner = ownerOf(request.headers.authorization);
    if (!owner) return json(401, { error: 'Unauthorized: invalid API key' });
    const match = ROUTES.find(request.method, path);
    if (!match) return this.error(404, 'Not found');
    const scope = scopeOf(request.headers['x-workspace-id']);
    refuseUnknownQuery(request.query, match.handler.query);
    return match.handler.run({ state: this.state, owner, scope, params: match.params, request });
  }

  error(status: number, message: string): SandboxResponse {
    return json(status, { error: message });
  }
}

function ownerOf(authorization: string | undefined): Owner | null {
  const key = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '';
  return Object.hasOwn(OWNERS, key) ? (OWNERS[key] ?? null) : null;
}

function scopeOf(header: string | string[] | undefined): Call['scope'] {
  if (header === undefined || header === 'personal') return 'personal';
  if (header === 'all') return 'all';
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Refusal(json(400, { error: 'X-Workspace-Id must be an id, all or personal' }));
}
