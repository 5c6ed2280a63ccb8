import { json, type Refusal, type SandboxResponse } from '../response.js';
import type { Store } from '../store.js';
import type { Call } from './call.js';
import { refusal } from './errors.js';
import type { LaggingStore } from './lagging-store.js';
import { newestFirst, PAGING, pageOf } from './paging.js';
import { type Owner, type Resource, timestamp, type Workspace } from './records.js';
import type { PortkeyState } from './state.js';

interface Named {
  id: string;
  slug?: string;
  name: string;
  owner: Owner;
}

/** A kind of record that requests reference by id or slug. */
export interface Kind<T extends Named> {
  /** Name in messages, such as `Collection`. */
  noun: string;
  store(state: PortkeyState): LaggingStore<T>;
  /** Creates the refusal of an unknown reference. Defaults to AB08. */
  missing?(call: Call, ref: string): Refusal;
}

/** A kind of record that the API lists, shows, creates, updates and deletes. */
export interface ResourceKind<T extends Resource> extends Kind<T> {
  /** Query parameters that filter the list. */
  filters: readonly Filter[];
  /** Query parameters of a single record. */
  showQuery?: readonly string[];
  /** Returns the record as shown in a list. */
  item(record: T, state: PortkeyState): unknown;
  /** Returns the record as shown by itself. */
  show(record: T, call: Call): unknown;
  /** Creates a record and returns the body of the response. @throws Refusal */
  create(call: Call): unknown;
  /** Changes the record in place and returns the body of the response. @throws Refusal */
  update(record: T, call: Call): unknown;
  /** Runs before the record is deleted. @throws Refusal */
  beforeDelete?(record: T, call: Call): void;
}

/** An endpoint with the query parameters that it accepts. */
export interface Route {
  run: (call: Call) => SandboxResponse;
  writes: boolean;
  query: readonly string[];
}

export function reads(query: readonly string[], body: (call: Call) => unknown): Route {
  return { run: (call) => json(200, body(call)), writes: false, query };
}

export function writes(body: (call: Call) => unknown): Route {
  return { run: (call) => json(200, body(call)), writes: true, query: [] };
}

/** Creates the endpoints of a resource. */
export function resourceRoutes<T extends Resource>(
  path: string,
  kind: ResourceKind<T>,
): Record<string, Route> {
  const one = `${path}/:id`;
  return {
    [`GET ${path}`]: reads([...PAGING, ...kind.filters], (call) => list(call, kind)),
    [`POST ${path}`]: writes((call) => kind.create(call)),
    [`GET ${one}`]: reads(kind.showQuery ?? [], (call) => kind.show(recordToRead(call, kind), call)),
    [`PUT ${one}`]: writes((call) => kind.update(recordToWrite(call, kind), call)),
    [`DELETE ${one}`]: writes((call) => remove(call, kind)),
  };
}

function list<T extends Resource>(call: Call, kind: ResourceKind<T>): unknown {
  const tests = kind.filters.flatMap((name) => {
    const value = call.request.query.get(name);
    return value === null ? [] : [FILTERS[name](call, value)];
  });
  const records = ownRecords(call, kind.store(call.state).view('lists'));
  const matching = records.filter((record) => tests.every((test) => test(record)));
  return pageOf(call, newestFirst(matching), (record) => kind.item(record, call.state));
}

function remove<T extends Resource>(call: Call, kind: ResourceKind<T>): unknown {
  const record = recordToWrite(call, kind);
  kind.beforeDelete?.(record, call);
  kind.store(call.state).delete(record.id);
  return {};
}

type Listed = Resource & { slug?: string; collection_id?: string | null };
export type Filter = keyof typeof FILTERS;

/** Query parameters of lists. A reference to an unknown record matches nothing. */
const FILTERS = {
  search: (_call: Call, part: string) => {
    const wanted = part.toLowerCase();
    return ({ name, slug = '' }: Listed) => [name, slug].some((text) => text.toLowerCase().includes(wanted));
  },
  collection_id: (call: Call, ref: string) => {
    const id = find(call, call.state.collections, ref)?.id;
    return ({ collection_id }: Listed) => collection_id === id;
  },
  /** A label without a workspace belongs to all workspaces. */
  workspace_id: (call: Call, ref: string) => {
    const id = find(call, call.state.workspaces, ref)?.id;
    return ({ workspace_id }: Listed) => workspace_id === null || workspace_id === id;
  },
  /** The sandbox has no shared items. */
  type: (_call: Call, type: string) => () => type !== 'shared',
  show_prompt_share: () => () => true,
  organisation_id: () => () => true,
} as const;

export const WORKSPACES: Kind<Workspace> = { noun: 'Workspace', store: ({ workspaces }) => workspaces };

export function ownRecords<T extends Named>(call: Call, records: Store<T>): T[] {
  return [...records.values()].filter(({ owner }) => owner === call.owner);
}

/** Returns the account's record with this id or slug, or null. */
export function find<T extends Named>(call: Call, records: Store<T>, ref: string): T | null {
  const byId = records.get(ref);
  if (byId) return byId.owner === call.owner ? byId : null;
  return ownRecords(call, records).find(({ slug }) => slug === ref) ?? null;
}

/** Returns the record with this id or slug from `records`, by default in its current state. @throws Refusal */
export function requireRecord<T extends Named>(
  call: Call,
  kind: Kind<T>,
  ref: string,
  records: Store<T> = kind.store(call.state),
): T {
  const record = find(call, records, ref);
  if (record) return record;
  throw kind.missing?.(call, ref) ?? refusal('AB08', `${kind.noun} not found`);
}

/** Returns the record in the path, in the state that this kind of read shows. @throws Refusal */
export function recordToRead<T extends Named>(
  call: Call,
  kind: Kind<T>,
  as: 'lists' | 'objects' = 'objects',
): T {
  return requireRecord(call, kind, call.params.id ?? '', kind.store(call.state).view(as));
}

/** Returns the record in the path to change or delete it. @throws Refusal */
export function recordToWrite<T extends Named>(call: Call, kind: Kind<T>): T {
  const record = requireRecord(call, kind, call.params.id ?? '');
  kind.store(call.state).beforeWrite(record.id);
  return record;
}

/** Rejects a name that one of these records already has. @throws Refusal */
export function requireFreeName(noun: string, name: string, others: readonly Named[], where = ''): void {
  if (others.every((other) => other.name !== name)) return;
  throw refusal('AB07', `A ${noun.toLowerCase()} named "${name}" already exists${where}`);
}

export function touch(record: Resource): void {
  record.last_updated_at = timestamp();
}
