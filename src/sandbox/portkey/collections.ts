import { z } from 'zod';
import { type Answer, json } from '../answer.js';
import {
  type Call,
  filled,
  idOf,
  matchesSearch,
  own,
  PAGING,
  pageOf,
  readBody,
  readQuery,
  requireCollection,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentCollection, presentFullCollection } from './present.js';
import { type Collection, timestamp } from './records.js';

const CreateCollection = z.strictObject({
  name: filled,
  workspace_id: filled.optional(),
  parent_collection_id: filled.nullable().optional(),
});
const UpdateCollection = z.strictObject({ name: filled });
/** GET /collections */
export function listCollections(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'workspace_id', 'search']);
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const collections = own(call, call.state.collections).filter(
    (collection) =>
      (workspaceId === null || collection.workspace_id === workspaceId) &&
      matchesSearch(collection, query('search')),
  );
  return json(
    200,
    pageOf(call, collections, (each) => presentCollection(call.state, each)),
  );
}

export function showCollection(call: Call): Answer {
  readQuery(call, []);
  return json(200, presentFullCollection(call.state, requireCollection(call)));
}

export function createCollection(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateCollection);
  const parent = body.parent_collection_id ? requireCollection(call, body.parent_collection_id) : null;
  const workspaceId = workspaceFor(call, body.workspace_id, parent);
  refuseTakenName(call, workspaceId, body.name);
  const { id, slug } = call.state.addCollection({
    owner: call.owner,
    name: body.name,
    workspace_id: workspaceId,
    parent_collection_id: parent?.id ?? null,
  });
  return json(200, { id, slug });
}

/** The named workspace, else the parent's, else the first one of the account. */
function workspaceFor(call: Call, ref: string | undefined, parent: Collection | null): string {
  if (ref !== undefined) return requireWorkspace(call, ref).id;
  const id = parent?.workspace_id ?? own(call, call.state.workspaces)[0]?.id;
  if (id === undefined) throw refusal('AB01', 'Validation failed: workspace_id is required');
  return id;
}

export function updateCollection(call: Call): Answer {
  readQuery(call, []);
  const collection = requireCollection(call);
  const { name } = readBody(call, UpdateCollection);
  if (name !== collection.name) refuseTakenName(call, collection.workspace_id, name);
  collection.name = name;
  collection.last_updated_at = timestamp();
  return json(200, {});
}

/** DELETE /collections/:id: its prompts stay, without a collection. The default collection cannot be deleted. */
export function deleteCollection(call: Call): Answer {
  readQuery(call, []);
  const { id, is_default } = requireCollection(call);
  if (is_default) throw refusal('AB08', 'Collection not found');
  for (const prompt of call.state.prompts.values()) {
    if (prompt.collection_id !== id) continue;
    call.state.seenPrompts.beforeWrite(prompt.id);
    prompt.collection_id = null;
  }
  for (const partial of call.state.partials.values()) {
    if (partial.collection_id !== id) continue;
    call.state.seenPartials.beforeWrite(partial.id);
    partial.collection_id = null;
  }
  call.state.collections.delete(id);
  return json(200, {});
}

function refuseTakenName(call: Call, workspaceId: string, name: string): void {
  const taken = own(call, call.state.collections).some(
    (other) => other.workspace_id === workspaceId && other.name === name,
  );
  if (taken) throw refusal('AB07', `A collection named "${name}" already exists in this workspace`);
}
