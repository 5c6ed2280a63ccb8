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
  requireLabel,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentCollection, presentLabel } from './present.js';

const CreateCollection = z.strictObject({
  name: filled,
  workspace_id: filled,
  parent_collection_id: filled.optional(),
});
const UpdateCollection = z.strictObject({ name: filled });
const LabelFields = {
  name: filled,
  description: z.string().nullable().optional(),
  color_code: z.string().nullable().optional(),
};
const CreateLabel = z.strictObject({ ...LabelFields, workspace_id: filled.optional() });
const UpdateLabel = z.strictObject(LabelFields).partial();

/** GET /collections: requires workspace_id. */
export function listCollections(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'workspace_id', 'search']);
  if (!query('workspace_id')) throw refusal('AB01', 'Validation failed: workspace_id is required');
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const collections = own(call, call.state.collections).filter(
    (collection) => collection.workspace_id === workspaceId && matchesSearch(collection, query('search')),
  );
  return json(200, pageOf(call, collections, presentCollection));
}

export function showCollection(call: Call): Answer {
  readQuery(call, []);
  return json(200, presentCollection(requireCollection(call)));
}

export function createCollection(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateCollection);
  const workspace = requireWorkspace(call, body.workspace_id);
  refuseTakenName(call, workspace.id, body.name);
  const parent = body.parent_collection_id ? requireCollection(call, body.parent_collection_id).id : null;
  const { id, slug } = call.state.addCollection({
    owner: call.owner,
    name: body.name,
    workspace_id: workspace.id,
    parent_collection_id: parent,
  });
  return json(200, { id, slug, object: 'collection' });
}

export function updateCollection(call: Call): Answer {
  readQuery(call, []);
  const collection = requireCollection(call);
  const { name } = readBody(call, UpdateCollection);
  if (name !== collection.name) refuseTakenName(call, collection.workspace_id, name);
  collection.name = name;
  collection.last_updated_at = new Date().toISOString();
  return json(200, {});
}

/** DELETE /collections/:id: its prompts stay, without a collection. */
export function deleteCollection(call: Call): Answer {
  readQuery(call, []);
  const { id } = requireCollection(call);
  for (const item of [...call.state.prompts.values(), ...call.state.partials.values()]) {
    if (item.collection_id === id) item.collection_id = null;
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

export function listLabels(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'workspace_id', 'search']);
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const labels = own(call, call.state.labels).filter(
    (label) =>
      (workspaceId === null || label.workspace_id === null || label.workspace_id === workspaceId) &&
      matchesSearch(label, query('search')),
  );
  return json(200, pageOf(call, labels, presentLabel));
}

export function showLabel(call: Call): Answer {
  readQuery(call, []);
  return json(200, presentLabel(requireLabel(call)));
}

export function createLabel(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateLabel);
  if (own(call, call.state.labels).some((other) => other.name === body.name)) {
    throw refusal('AB07', `A label named "${body.name}" already exists`);
  }
  const label = call.state.addLabel({
    owner: call.owner,
    name: body.name,
    description: body.description ?? null,
    color_code: body.color_code ?? null,
    workspace_id: body.workspace_id ? requireWorkspace(call, body.workspace_id).id : null,
  });
  return json(200, { id: label.id, object: 'label' });
}

export function updateLabel(call: Call): Answer {
  readQuery(call, []);
  const label = requireLabel(call);
  const body = readBody(call, UpdateLabel);
  label.name = body.name ?? label.name;
  if (body.description !== undefined) label.description = body.description;
  if (body.color_code !== undefined) label.color_code = body.color_code;
  label.last_updated_at = new Date().toISOString();
  return json(200, {});
}

export function deleteLabel(call: Call): Answer {
  readQuery(call, []);
  const { id } = requireLabel(call);
  for (const { versions } of [...call.state.prompts.values(), ...call.state.partials.values()]) {
    for (const version of versions) if (version.label_id === id) version.label_id = null;
  }
  call.state.labels.delete(id);
  return json(200, {});
}
