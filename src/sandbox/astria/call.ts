import { json, Refusal, type UpstreamRequest } from '../answer.js';
import type { Store } from '../store.js';
import type { Owner, Prompt } from './records.js';
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

/** A record of an account; without `workspace_id` no scope hides it. */
interface Owned {
  id: number;
  owner: Owner;
  workspace_id?: number | null;
}

export const notFound = () => new Refusal(json(404, { error: 'Not found' }));

/** The workspace in which the call creates objects. */
export function workspaceOf(call: Call): number | null {
  return typeof call.scope === 'number' ? call.scope : null;
}

function isOwn(call: Call, { owner, workspace_id: workspaceId }: Owned): boolean {
  const isInScope = call.scope === 'all' || workspaceId === undefined || workspaceId === workspaceOf(call);
  return owner === call.owner && isInScope;
}

/** The account's records that the call's scope shows, oldest first. */
export function own<T extends Owned>(call: Call, records: Store<T>): T[] {
  return [...records.values()].filter((record) => isOwn(call, record));
}

/** The own record that a parameter of the path names. @throws Refusal */
export function requireOwn<T extends Owned>(call: Call, records: Store<T>, param = 'id'): T {
  const record = records.get(idFrom(call, param));
  if (!record || !isOwn(call, record)) throw notFound();
  return record;
}

/** An own record, or one of the gallery: those are readable and usable by everyone. @throws Refusal */
export function requireReadable<T extends Owned>(call: Call, records: Store<T>, param = 'id'): T {
  const record = records.get(idFrom(call, param));
  return record?.owner === 'gallery' ? record : requireOwn(call, records, param);
}

/** An own prompt, of the tune in the path if there is one. @throws Refusal */
export function requirePrompt(call: Call): Prompt {
  const prompt = requireOwn(call, call.state.prompts);
  if (call.params.tune_id !== undefined && prompt.tune_id !== idFrom(call, 'tune_id')) throw notFound();
  return prompt;
}

function idFrom(call: Call, param: string): number {
  const raw = call.params[param] ?? '';
  if (!/^\d{1,15}$/.test(raw)) throw notFound();
  return Number(raw);
}
