import { type Answer, json, Refusal, type Upstream, type UpstreamRequest } from '../answer.js';
import { Router } from '../router.js';
import { CLI_MODELS, showUser } from './account.js';
import type { Call } from './call.js';
import { inspectImage } from './inspect.js';
import { runPack } from './pack-run.js';
import { createPack, listGalleryPacks, listPacks, showPack } from './packs.js';
import { createPrompt, duplicatePrompt } from './prompt-create.js';
import { deletePrompt, like, listPrompts, listTunePrompts, showPrompt, updatePrompt } from './prompts.js';
import type { Owner } from './records.js';
import type { AstriaState } from './state.js';
import { createThemePrompts } from './themes.js';
import { createTune } from './tune-create.js';
import { deleteTune, listGalleryTunes, listTunes, showTune, updateTune } from './tunes.js';
import { createWorkspace, listWorkspaces, showWorkspace, updateWorkspace } from './workspaces.js';

const OWNERS: Record<string, Owner> = { sd_sandbox: 'main', sd_sandbox_other: 'other' };

const ROUTES = new Router<(call: Call) => Answer>({
  'GET /tunes': listTunes,
  'GET /gallery/tunes': listGalleryTunes,
  'POST /tunes': createTune,
  'GET /tunes/:id': showTune,
  'PATCH /tunes/:id': updateTune,
  'DELETE /tunes/:id': deleteTune,

  'GET /prompts': listPrompts,
  'GET /tunes/:id/prompts': listTunePrompts,
  'POST /tunes/:tune_id/prompts': createPrompt,
  'GET /tunes/:tune_id/prompts/:id': showPrompt,
  'PATCH /tunes/:tune_id/prompts/:id': updatePrompt,
  'DELETE /tunes/:tune_id/prompts/:id': deletePrompt,
  'GET /prompts/:id': showPrompt,
  'PATCH /prompts/:id': updatePrompt,
  'DELETE /prompts/:id': deletePrompt,
  'POST /prompts/:id/duplicate': duplicatePrompt,
  'POST /prompts/:id/likes': (call) => like(call, true),
  'DELETE /prompts/:id/likes': (call) => like(call, false),
  'POST /prompts/:id/like': (call) => like(call, true),
  'DELETE /prompts/:id/like': (call) => like(call, false),

  'GET /packs': listPacks,
  'GET /gallery/packs': listGalleryPacks,
  'POST /packs': createPack,
  'GET /p/:id_or_slug': showPack,
  'POST /p/:id_or_slug/tunes': runPack,

  'GET /workspaces': listWorkspaces,
  'POST /workspaces': createWorkspace,
  'GET /workspaces/:id': showWorkspace,
  'PATCH /workspaces/:id': updateWorkspace,

  'GET /users': showUser,
  'POST /themes': createThemePrompts,
  'POST /images/inspect': inspectImage,
});

/** The emulated Astria: authenticates, scopes to a workspace, routes. */
export class AstriaApi implements Upstream {
  constructor(readonly state: AstriaState) {}

  handle(request: UpstreamRequest): Answer {
    try {
      const path = request.path.replace(/\.json$/, '');
      if (request.method === 'GET' && path === '/cli/models') return json(200, CLI_MODELS);
      const owner = ownerOf(request.headers.authorization);
      if (!owner) return json(401, { error: 'Unauthorized: invalid API key' });
      const match = ROUTES.find(request.method, path);
      if (!match) return this.error(404, 'Not found');
      const scope = scopeOf(request.headers['x-workspace-id']);
      return match.handler({ state: this.state, owner, scope, params: match.params, request });
    } catch (error) {
      if (error instanceof Refusal) return error.answer;
      throw error;
    }
  }

  error(status: number, message: string): Answer {
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
