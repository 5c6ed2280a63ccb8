import { z } from 'zod';
import type { UpstreamRequest } from '../answer.js';
import { isJsonObject } from '../lossless-json.js';
import { refusal } from './errors.js';
import type { View } from './read-lag.js';
import type { Collection, Label, Owner, PortkeyPrompt, PromptPartial, Workspace } from './records.js';
import type { PortkeyState } from './state.js';

const MAX_PAGE_SIZE = 100;

/** One authenticated request. */
export interface Call {
  state: PortkeyState;
  owner: Owner;
  params: Record<string, string>;
  request: UpstreamRequest;
}

/** The body, checked against its schema; AB01 with every problem otherwise. An absent body counts as {}. */
export function readBody<T>(call: Call, schema: z.ZodType<T>): T {
  const { body } = call.request;
  if (body.kind === 'invalid') throw refusal('AB01', body.message);
  if (body.kind === 'form') throw refusal('AB01', 'body must be JSON');
  const result = schema.safeParse(body.kind === 'json' ? body.value : {});
  if (result.success) return result.data;
  throw refusal('AB01', `Validation failed: ${result.error.issues.map(describeIssue).join('; ')}`);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `unknown field: ${issue.keys.join(', ')}`;
  return `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`;
}

/** Refuses any query parameter that the endpoint does not document. */
export function readQuery(call: Call, known: readonly string[]): (name: string) => string | null {
  const unknown = [...new Set(call.request.query.keys())].filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw refusal('AB01', `Validation failed: unknown query parameter: ${unknown.join(', ')}`);
  return (name) => call.request.query.get(name);
}

export const PAGING = ['current_page', 'page_size'] as const;

/** One page of a list, newest created first, in Portkey's envelope. */
export function pageOf<T extends { created_at: string }>(
  call: Call,
  items: T[],
  present: (item: T) => unknown,
): unknown {
  const pageSize = pageSizeOf(call, items.length);
  const start = (wholeNumber(call, 'current_page') ?? 0) * pageSize;
  // The maps keep the order of creation: reversed first, so that equal times stay newest first.
  const sorted = items.toReversed().sort((a, b) => compare(b.created_at, a.created_at));
  return { object: 'list', total: items.length, data: sorted.slice(start, start + pageSize).map(present) };
}

function pageSizeOf(call: Call, total: number): number {
  const asked = wholeNumber(call, 'page_size');
  const { defaultPage } = call.state.dialect;
  if (asked === null) return defaultPage === 'all' ? Math.max(1, total) : defaultPage;
  if (asked >= 1 && asked <= MAX_PAGE_SIZE) return asked;
  throw refusal('AB01', `Validation failed: page_size must be between 1 and ${MAX_PAGE_SIZE}`);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function wholeNumber(call: Call, name: string): number | null {
  const raw = call.request.query.get(name);
  if (raw === null) return null;
  if (!/^\d{1,9}$/.test(raw)) throw refusal('AB01', `Validation failed: ${name} must be a whole number`);
  return Number(raw);
}

export function own<T extends { owner: Owner }>(call: Call, records: Pick<View<T>, 'values'>): T[] {
  return [...records.values()].filter((item) => item.owner === call.owner);
}

/** Own object by id or slug. */
function find<T extends { id: string; slug: string; owner: Owner }>(
  call: Call,
  records: View<T>,
  ref: string,
): T | null {
  const byId = records.get(ref);
  if (byId) return byId.owner === call.owner ? byId : null;
  return own(call, records).find((item) => item.slug === ref) ?? null;
}

/** The prompt that the path names, as it truly is. */
export function requirePrompt(call: Call, ref = call.params.id ?? ''): PortkeyPrompt {
  return requirePromptIn(call, call.state.prompts, ref);
}

/** The prompt as reads show it, which may be older. A list of its versions is one of the lists. */
export function promptToRead(call: Call, kind: 'lists' | 'objects' = 'objects'): PortkeyPrompt {
  return requirePromptIn(call, call.state.seenPrompts.view(kind), call.params.id ?? '');
}

/** The prompt as it truly is, about to be changed. */
export function promptToWrite(call: Call): PortkeyPrompt {
  const prompt = requirePrompt(call);
  call.state.seenPrompts.beforeWrite(prompt.id);
  return prompt;
}

function requirePromptIn(call: Call, records: View<PortkeyPrompt>, ref: string): PortkeyPrompt {
  const prompt = find(call, records, ref);
  if (prompt) return prompt;
  // A read that lags treats a new prompt like a deleted one.
  const isHidden = [call.state.deletedPrompts, call.state.prompts].some(
    (each) => find(call, each, ref) !== null,
  );
  if (isHidden && call.state.dialect.deletedStatus === 403) throw refusal('AB03', 'Prompt is not accessible');
  throw refusal('AB02', 'Prompt not found');
}

export function partialToRead(call: Call, kind: 'lists' | 'objects' = 'objects'): PromptPartial {
  return requirePartialIn(call, call.state.seenPartials.view(kind));
}

export function partialToWrite(call: Call): PromptPartial {
  const partial = requirePartialIn(call, call.state.partials);
  call.state.seenPartials.beforeWrite(partial.id);
  return partial;
}

function requirePartialIn(call: Call, records: View<PromptPartial>): PromptPartial {
  const partial = find(call, records, call.params.id ?? '');
  if (!partial) throw refusal('AB08', 'Partial not found');
  return partial;
}

export function requireCollection(call: Call, ref = call.params.id ?? ''): Collection {
  const collection = find(call, call.state.collections, ref);
  if (!collection) throw refusal('AB08', 'Collection not found');
  return collection;
}

export function requireWorkspace(call: Call, ref: string): Workspace {
  const workspace = find(call, call.state.workspaces, ref);
  if (!workspace) throw refusal('AB08', 'Workspace not found');
  return workspace;
}

export function requireLabel(call: Call, id = call.params.id ?? ''): Label {
  const label = call.state.labels.get(id);
  if (label?.owner !== call.owner) throw refusal('AB08', 'Label not found');
  return label;
}

/** The ids that a filter by id or slug means; an unknown reference matches nothing. */
export function idOf<T extends { id: string; slug: string; owner: Owner }>(
  call: Call,
  records: View<T>,
  ref: string | null,
): string | null {
  return ref === null ? null : (find(call, records, ref)?.id ?? '');
}

/** Case-insensitive substring of the name or the slug. */
export function matchesSearch(item: { name: string; slug?: string }, search: string | null): boolean {
  if (!search) return true;
  const wanted = search.toLowerCase();
  return item.name.toLowerCase().includes(wanted) || (item.slug ?? '').toLowerCase().includes(wanted);
}

export const filled = z.string().trim().min(1, 'must not be empty');

/** Free-form JSON, passed on key for key; zod's records would drop a key `__proto__`. */
export const jsonObject = z.custom<Record<string, unknown>>(isJsonObject, 'must be an object');
