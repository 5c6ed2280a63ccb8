import { type Answer, empty, json, Refusal, type Upstream, type UpstreamRequest } from '../answer.js';
import { Router } from '../router.js';
import { type Call, ownPrompts, ownTunes, requireOwnTune, requirePrompt, requireTune } from './call.js';
import { PAGING, page, refuseUnknownQuery } from './paging.js';
import { createPrompt, duplicatePrompt } from './prompt-create.js';
import { type Owner, presentPrompt, presentTune } from './records.js';
import type { AstriaState } from './state.js';
import { createTune, updateTune } from './tune-create.js';

const OWNERS: Record<string, Owner> = { sd_sandbox: 'main', sd_sandbox_other: 'other' };
const MAX_TUNE_OFFSET = 200;
const MAX_PROMPT_OFFSET = 10_000;

type Handler = (call: Call) => Answer;

const ROUTES = new Router<Handler>({
  'GET /tunes': listTunes,
  'POST /tunes': createTune,
  'GET /tunes/:id': (call) => show(call, presentTune(requireTune(call))),
  'PATCH /tunes/:id': updateTune,
  'DELETE /tunes/:id': deleteTune,
  'GET /tunes/:id/prompts': listTunePrompts,
  'POST /tunes/:tune_id/prompts': createPrompt,
  'GET /tunes/:tune_id/prompts/:id': showPrompt,
  'DELETE /tunes/:tune_id/prompts/:id': deletePrompt,
  'GET /prompts': (call) => listPrompts(call, () => true),
  'GET /prompts/:id': showPrompt,
  'DELETE /prompts/:id': deletePrompt,
  'POST /prompts/:id/duplicate': duplicatePrompt,
  'POST /prompts/:id/likes': (call) => like(call, true),
  'DELETE /prompts/:id/likes': (call) => like(call, false),
});

/** The emulated Astria: authenticates, scopes to a workspace, routes. */
export class AstriaApi implements Upstream {
  constructor(readonly state: AstriaState) {}

  handle(request: UpstreamRequest): Answer {
    try {
      const owner = ownerOf(request.headers.authorization);
      if (!owner) return json(401, { error: 'Unauthorized: invalid API key' });
      const match = ROUTES.find(request.method, request.path.replace(/\.json$/, ''));
      if (!match) return this.error(404, 'Not found');
      const workspaceId = workspaceOf(request.headers['x-workspace-id']);
      return match.handler({ state: this.state, owner, workspaceId, params: match.params, request });
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

function workspaceOf(header: string | string[] | undefined): number | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw new Refusal(json(400, { error: 'X-Workspace-Id must be a whole number' }));
}

function show(call: Call, value: unknown): Answer {
  refuseUnknownQuery(call.request.query, []);
  return json(200, value);
}

function listTunes(call: Call): Answer {
  const { query } = call.request;
  refuseUnknownQuery(query, [...PAGING, 'title', 'name[]', 'model_type', 'branch']);
  const names = query.getAll('name[]');
  const matches = (wanted: string | null, actual: string | null) => wanted === null || wanted === actual;
  const tunes = ownTunes(call).filter(
    (tune) =>
      matches(query.get('title'), tune.title) &&
      matches(query.get('model_type'), tune.model_type) &&
      matches(query.get('branch'), tune.branch) &&
      (names.length === 0 || names.includes(tune.name)),
  );
  return json(200, page(tunes, query, MAX_TUNE_OFFSET).map(presentTune));
}

function listPrompts(call: Call, belongs: (tuneId: number) => boolean): Answer {
  const { query } = call.request;
  refuseUnknownQuery(query, PAGING);
  const prompts = ownPrompts(call).filter((prompt) => belongs(prompt.tune_id));
  return json(200, page(prompts, query, MAX_PROMPT_OFFSET).map(presentPrompt));
}

function listTunePrompts(call: Call): Answer {
  const tune = requireTune(call);
  return listPrompts(call, (tuneId) => tuneId === tune.id);
}

function showPrompt(call: Call): Answer {
  return show(call, presentPrompt(requirePrompt(call)));
}

function deleteTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  call.state.deleteTune(requireOwnTune(call).id);
  return json(200, { message: 'Tune successfully deleted' });
}

function deletePrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  call.state.deletePrompt(requirePrompt(call).id);
  return json(200, { message: 'Prompt successfully deleted' });
}

function like(call: Call, liked: boolean): Answer {
  refuseUnknownQuery(call.request.query, []);
  requirePrompt(call).liked = liked;
  return empty(liked ? 201 : 200);
}
