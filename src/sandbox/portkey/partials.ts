import { randomUUID } from 'node:crypto';
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
  partialToRead,
  partialToWrite,
  readBody,
  readQuery,
  requireCollection,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentPartial, presentPartialSummary, presentPartialVersionItem } from './present.js';
import { latestVersion, type PromptPartial, timestamp } from './records.js';
import { requireVersionNamed } from './version-names.js';
import { inShape, MakeDefaultBody } from './versions.js';

const CreateBody = z.strictObject({
  name: filled,
  string: z.string(),
  workspace_id: filled.optional(),
  collection_id: filled.optional(),
  version_description: z.string().optional(),
});
/** A `description`, as the OpenAPI document has it, is silently dropped. */
const UpdateBody = z
  .strictObject({
    name: filled,
    string: z.string(),
    status: z.enum(['active', 'archived']),
    description: z.string(),
    version_description: z.string(),
    workspace_id: filled,
  })
  .partial();

export function listPartials(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'search', 'collection_id', 'workspace_id', 'type']);
  const collectionId = idOf(call, call.state.collections, query('collection_id'));
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  // Nothing here is shared.
  const all = query('type') === 'shared' ? [] : own(call, call.state.seenPartials.view('lists'));
  const partials = all.filter(
    (partial) =>
      matchesSearch(partial, query('search')) &&
      (collectionId === null || partial.collection_id === collectionId) &&
      (workspaceId === null || partial.workspace_id === workspaceId),
  );
  return json(200, pageOf(call, partials, presentPartialSummary));
}

export function showPartial(call: Call): Answer {
  const name = readQuery(call, ['version'])('version') ?? 'default';
  const partial = partialToRead(call);
  return json(200, presentPartial(partial, requireVersionNamed(partial, name)));
}

export function createPartial(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateBody);
  refuseTakenName(call, body.name, null);
  const collection = body.collection_id ? requireCollection(call, body.collection_id) : null;
  const workspaceId = body.workspace_id
    ? requireWorkspace(call, body.workspace_id).id
    : collection?.workspace_id;
  const partial = call.state.createPartial({
    owner: call.owner,
    name: body.name,
    string: body.string,
    collection_id: collection?.id ?? null,
    ...(workspaceId === undefined ? {} : { workspace_id: workspaceId }),
  });
  const version = latestVersion(partial);
  version.description = body.version_description ?? null;
  return json(200, { id: partial.id, slug: partial.slug, version_id: version.id });
}

/** PUT /prompts/partials/:id: a `string` makes a new, unpublished version; name and status change in place. */
export function updatePartial(call: Call): Answer {
  readQuery(call, []);
  const partial = partialToWrite(call);
  const { name, status, string, version_description: description = null } = readBody(call, UpdateBody);
  if (name !== undefined) refuseTakenName(call, name, partial);
  partial.name = name ?? partial.name;
  partial.status = status ?? partial.status;
  const now = timestamp();
  partial.last_updated_at = now;
  if (string === undefined) return json(200, {});
  const [id, number] = [randomUUID(), latestVersion(partial).number + 1];
  partial.versions.push({ id, number, string, description, label_id: null, created_at: now });
  return json(200, { prompt_partial_version_id: id });
}

export function deletePartial(call: Call): Answer {
  readQuery(call, []);
  call.state.partials.delete(partialToWrite(call).id);
  return json(200, {});
}

export function listPartialVersions(call: Call): Answer {
  readQuery(call, []);
  const partial = partialToRead(call, 'lists');
  const versions = partial.versions
    .toReversed()
    .map((version) => presentPartialVersionItem(partial, version));
  return json(200, inShape(versions, call.state.dialect.versionLists));
}

export function publishPartialVersion(call: Call): Answer {
  readQuery(call, []);
  const partial = partialToWrite(call);
  const { version: number } = readBody(call, MakeDefaultBody);
  if (!partial.versions.some((version) => version.number === number)) {
    throw refusal('AB08', `Version ${number} not found`);
  }
  partial.published = number;
  return json(200, {});
}

function refuseTakenName(call: Call, name: string, except: PromptPartial | null): void {
  if (!call.state.dialect.uniqueNames) return;
  if (own(call, call.state.partials).some((other) => other !== except && other.name === name)) {
    throw refusal('AB07', `A partial named "${name}" already exists`);
  }
}
