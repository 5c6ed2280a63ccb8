import { z } from 'zod';
import { type Call, nonEmptyString, readBody } from './call.js';
import { refusal } from './errors.js';
import type { Collection, Resource } from './records.js';
import {
  ownRecords,
  type ResourceKind,
  requireFreeName,
  requireRecord,
  touch,
  WORKSPACES,
} from './resources.js';
import type { PortkeyState } from './state.js';

const CreateBody = z.strictObject({
  name: nonEmptyString,
  workspace_id: nonEmptyString.optional(),
  parent_collection_id: nonEmptyString.nullable().optional(),
});
const UpdateBody = z.strictObject({ name: nonEmptyString });

export const COLLECTIONS: ResourceKind<Collection> = {
  noun: 'Collection',
  store: ({ collections }) => collections,
  filters: ['workspace_id', 'search'],
  item: present,
  /** Includes the child collections. */
  show: (collection, { state }) => ({
    ...present(collection, state),
    child_collections: childrenOf(state, collection).map((child) => ({
      id: child.id,
      name: child.name,
      last_updated_at: child.last_updated_at,
      collection_details: detailsOf(child, state),
    })),
  }),
  create(call) {
    const body = readBody(call, CreateBody);
    const { parent_collection_id: ref } = body;
    const parent = ref ? requireRecord(call, COLLECTIONS, ref) : null;
    const workspace_id = workspaceIdFor(call, body.workspace_id, parent);
    refuseTakenName(call, body.name, workspace_id, null);
    const { id, slug } = call.state.addCollection({
      owner: call.owner,
      name: body.name,
      workspace_id,
      parent_collection_id: parent?.id ?? null,
    });
    return { id, slug };
  },
  update(collection, call) {
    const { name } = readBody(call, UpdateBody);
    refuseTakenName(call, name, collection.workspace_id, collection);
    collection.name = name;
    touch(collection);
    return {};
  },
  /** Moves the prompts and partials out of the collection. The default collection cannot be deleted. */
  beforeDelete({ id, is_default }, { state }) {
    if (is_default) throw refusal('AB08', 'Collection not found');
    for (const store of [state.prompts, state.partials]) {
      for (const item of store.where({ collection_id: id })) {
        store.beforeWrite(item.id);
        item.collection_id = null;
      }
    }
  },
};

/** Returns the id of the given workspace, of the parent's, or of the first one of the account. @throws Refusal */
function workspaceIdFor(call: Call, ref: string | undefined, parent: Collection | null): string {
  if (ref !== undefined) return requireRecord(call, WORKSPACES, ref).id;
  const id = parent?.workspace_id ?? ownRecords(call, call.state.workspaces)[0]?.id;
  if (id === undefined) throw refusal('AB01', 'Validation failed: workspace_id is required');
  return id;
}

function refuseTakenName(call: Call, name: string, workspaceId: string, except: Collection | null): void {
  const others = ownRecords(call, call.state.collections).filter(
    (other) => other !== except && other.workspace_id === workspaceId,
  );
  requireFreeName(COLLECTIONS.noun, name, others, ' in this workspace');
}

function present(collection: Collection, state: PortkeyState): Record<string, unknown> {
  const { owner: _owner, is_default, ...shown } = collection;
  return { ...shown, is_default: is_default ? 1 : 0, collection_details: detailsOf(collection, state) };
}

function detailsOf(collection: Collection, state: PortkeyState): Record<string, unknown> {
  const children = childrenOf(state, collection);
  const prompts = state.prompts.where({ collection_id: collection.id });
  return {
    child_collections_count: children.length,
    prompts_count: prompts.length,
    child_collections_last_updated_at: lastUpdate(children),
    prompts_last_updated_at: lastUpdate(prompts),
  };
}

function childrenOf(state: PortkeyState, { id }: Collection): Collection[] {
  return state.collections.where({ parent_collection_id: id });
}

function lastUpdate(items: Resource[]): string | null {
  return (
    items
      .map((item) => item.last_updated_at)
      .sort()
      .at(-1) ?? null
  );
}
