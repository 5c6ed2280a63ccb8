import { json, Refusal, type UpstreamRequest } from '../response.js';
import type { Store } from '../store.js';
import type { Owner, Prompt } from './records.js';
import type { AstriaState } from './state.js';

/** An authenticated request. */
export interface Call {
  state: AstriaState;
  owner: Owner;
  /** Scope from X-Workspace-Id: a workspace, all workspaces, or 'personal' for objects without a workspace. */
  scope: number | 'all' | 'personal';
  params: Record<string, string>;
  request: UpstreamRequest;
}

/** A record of an account. Without the field `workspace_id` it is visible in every scope. */
interface Owned {
  id: number;
  owner: Owner;
  workspace_id?: number | null;
}

export const notFound = () => new Refusal(json(404, { error: 'Not found' }));

/** Returns the workspace in which the call creates objects, or null. */
export function workspaceOf(call: Call): number | null {
  return typeof call.scope === 'number' ? call.scope : null;
}

function isOwn(call: Call, { owner, workspace_id: workspaceId }: Owned): boolean {
  const isInScope = call.scope === 'all' || workspaceId === undefined || workspaceId === workspaceOf(call);
  return owner === call.owner && isInScope;
}

/** Returns the records of the account that are visible in the scope of the call, oldest first. */
export function ownRecords<T extends Owned>(call: Call, records: Store<T>): T[] {
  return [...records.values()].filter((record) => isOwn(call, record));
}

/** Returns the account's record with the id in a path parameter. @throws Refusal */
export function requireOwn<T extends Owned>(call: Call, records: Store<T>, param = 'id'): T {
  const record = records.get(idFrom(call, param));
  if (!record || !isOwn(call, record)) throw notFound();
  return record;
}

/** Like `requireOwn`, but also accepts gallery records, which every account can read and use. @throws Refusal */
export function requireReadable<T extends Owned>(call: Call, records: Store<T>, param = 'id'): T {
  const record = records.get(idFrom(call, param));
  return record?.owner === 'gallery' ? record : requireOwn(call, records, param);
}

/** Returns the account's prompt with the id in the path, which must belong to the tune in the path, if any. @throws Refusal */
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
