import { z } from 'zod';
import type { UpstreamRequest } from '../answer.js';
import { refusal } from './errors.js';
import type { Collection, Label, Owner, PortkeyPrompt, PromptPartial, Workspace } from './records.js';
import type { PortkeyState } from './state.js';

const DEFAULT_PAGE_SIZE = 20;
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
  const pageSize = wholeNumber(call, 'page_size') ?? DEFAULT_PAGE_SIZE;
  if (pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
    throw refusal('AB01', `Validation failed: page_size must be between 1 and ${MAX_PAGE_SIZE}`);
  }
  const start = (wholeNumber(call, 'current_page') ?? 0) * pageSize;
  // The maps keep the order of creation: reversed first, so that equal times stay newest first.
  const sorted = items.toReversed().sort((a, b) => compare(b.created_at, a.created_at));
  return { object: 'list', total: items.length, data: sorted.slice(start, start + pageSize).map(present) };
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

export function own<T extends { owner: Owner }>(call: Call, map: Map<string, T>): T[] {
  return [...map.values()].filter((item) => item.owner === call.owner);
}

/** Own object by id or slug. */
function find<T extends { id: string; slug: string; owner: Owner }>(
  call: Call,
  map: Map<string, T>,
  ref: string,
): T | null {
  const byId = map.get(ref);
  if (byId) return byId.owner === call.owner ? byId : null;
  return own(call, map).find((item) => item.slug === ref) ?? null;
}

export function requirePrompt(call: Call): PortkeyPrompt {
  const prompt = find(call, call.state.prompts, call.params.id ?? '');
  if (!prompt) throw refusal('AB02', 'Prompt not found');
  return prompt;
}

export function requirePartial(call: Call): PromptPartial {
  const partial = find(call, call.state.partials, call.params.id ?? '');
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
  map: Map<string, T>,
  ref: string | null,
): string | null {
  return ref === null ? null : (find(call, map, ref)?.id ?? '');
}

/** Case-insensitive substring of the name or the slug. */
export function matchesSearch(item: { name: string; slug?: string }, search: string | null): boolean {
  if (!search) return true;
  const wanted = search.toLowerCase();
  return item.name.toLowerCase().includes(wanted) || (item.slug ?? '').toLowerCase().includes(wanted);
}

export const filled = z.string().trim().min(1, 'must not be empty');
