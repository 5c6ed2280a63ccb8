import { json, Refusal, type UpstreamRequest } from '../answer.js';
import type { Owner, Prompt, Tune } from './records.js';
import type { AstriaState } from './state.js';

/** One authenticated request. */
export interface Call {
  state: AstriaState;
  owner: Owner;
  /** From X-Workspace-Id: a workspace, all of them, or the objects that are in no workspace. */
  scope: number | 'all' | 'personal';
  params: Record<string, string>;
  request: UpstreamRequest;
}

export const notFound = () => new Refusal(json(404, { error: 'Not found' }));

function seesWorkspace(call: Call, workspaceId: number | null): boolean {
  if (call.scope === 'all') return true;
  return workspaceId === (call.scope === 'personal' ? null : call.scope);
}

/** The workspace in which the call creates objects. */
export function workspaceOf(call: Call): number | null {
  return typeof call.scope === 'number' ? call.scope : null;
}

export function galleryTunes(call: Call): Tune[] {
  return [...call.state.tunes.values()].filter((tune) => tune.owner === 'gallery');
}

export function ownTunes(call: Call): Tune[] {
  return [...call.state.tunes.values()].filter(
    (tune) => tune.owner === call.owner && seesWorkspace(call, tune.workspace_id),
  );
}

export function ownPrompts(call: Call): Prompt[] {
  return [...call.state.prompts.values()].filter(
    (prompt) => prompt.owner === call.owner && seesWorkspace(call, prompt.workspace_id),
  );
}

export function requireOwnTune(call: Call, name = 'id'): Tune {
  const tune = call.state.tunes.get(idFrom(call, name));
  if (tune?.owner !== call.owner || !seesWorkspace(call, tune.workspace_id)) throw notFound();
  return tune;
}

/** An own tune, or one of the gallery: those are readable and usable by everyone. */
export function requireTune(call: Call, name = 'id'): Tune {
  const tune = call.state.tunes.get(idFrom(call, name));
  return tune?.owner === 'gallery' ? tune : requireOwnTune(call, name);
}

/** An own prompt, or the template of a public pack. */
export function requireReadablePrompt(call: Call): Prompt {
  const prompt = call.state.prompts.get(idFrom(call, 'id'));
  return prompt?.owner === 'gallery' && call.params.tune_id === undefined ? prompt : requirePrompt(call);
}

export function requirePrompt(call: Call): Prompt {
  const prompt = call.state.prompts.get(idFrom(call, 'id'));
  if (prompt?.owner !== call.owner || !seesWorkspace(call, prompt.workspace_id)) throw notFound();
  if (call.params.tune_id !== undefined && prompt.tune_id !== idFrom(call, 'tune_id')) throw notFound();
  return prompt;
}

export function idFrom(call: Call, name: string): number {
  const raw = call.params[name] ?? '';
  if (!/^\d{1,15}$/.test(raw)) throw notFound();
  return Number(raw);
}
