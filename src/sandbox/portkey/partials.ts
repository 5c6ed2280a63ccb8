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
  readBody,
  readQuery,
  requireCollection,
  requirePartial,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentPartial, presentPartialSummary } from './present.js';
import { latestVersion, type PromptPartial, publishedVersion } from './records.js';
import { inShape, MakeDefaultBody } from './versions.js';

const CreateBody = z.strictObject({
  name: filled,
  string: z.string(),
  workspace_id: filled.optional(),
  collection_id: filled.optional(),
  version_description: z.string().optional(),
});
const UpdateBody = z
  .strictObject({
    name: filled,
    string: z.string(),
    description: z.string(),
    version_description: z.string(),
  })
  .partial();

export function listPartials(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'search', 'collection_id', 'workspace_id']);
  const collectionId = idOf(call, call.state.collections, query('collection_id'));
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const partials = own(call, call.state.partials).filter(
    (partial) =>
      matchesSearch(partial, query('search')) &&
      (collectionId === null || partial.collection_id === collectionId) &&
      (workspaceId === null || partial.workspace_id === workspaceId),
  );
  return json(200, pageOf(call, partials, presentPartialSummary));
}

export function showPartial(call: Call): Answer {
  readQuery(call, []);
  const partial = requirePartial(call);
  return json(200, presentPartial(partial, publishedVersion(partial)));
}

export function createPartial(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateBody);
  refuseTakenName(call, body.name, null);
  const collection = body.collection_id ? requireCollection(call, body.collection_id) : null;
  const workspaceId = body.workspace_id
    ? requireWorkspace(call, body.workspace_id).id
    : collection?.workspace_id;
  const partial = call.state.addPartial({
    owner: call.owner,
    name: body.name,
    string: body.string,
    collection_id: collection?.id ?? null,
    ...(workspaceId === undefined ? {} : { workspace_id: workspaceId }),
  });
  const version = latestVersion(partial);
  version.description = body.version_description ?? null;
  return json(200, { id: partial.id, slug: partial.slug, version_id: version.id, object: 'partial' });
}

/** PUT: a `string` makes a new version, a name changes in place. */
export function updatePartial(call: Call): Answer {
  readQuery(call, []);
  const partial = requirePartial(call);
  const body = readBody(call, UpdateBody);
  if (body.name !== undefined) {
    refuseTakenName(call, body.name, partial);
    partial.name = body.name;
  }
  const now = new Date().toISOString();
  if (body.string !== undefined) {
    const number = latestVersion(partial).number + 1;
    const description = body.version_description ?? body.description ?? null;
    partial.versions.push({
      id: randomUUID(),
      number,
      string: body.string,
      description,
      label_id: null,
      created_at: now,
    });
  }
  partial.last_updated_at = now;
  return json(200, { prompt_partial_version_id: latestVersion(partial).id });
}

export function deletePartial(call: Call): Answer {
  readQuery(call, []);
  call.state.partials.delete(requirePartial(call).id);
  return json(200, {});
}

export function listPartialVersions(call: Call): Answer {
  readQuery(call, []);
  const partial = requirePartial(call);
  const versions = partial.versions.toReversed().map((version) => presentPartial(partial, version));
  return json(200, inShape(versions, call.state.dialect.versionLists));
}

export function publishPartialVersion(call: Call): Answer {
  readQuery(call, []);
  const partial = requirePartial(call);
  const { version: number } = readBody(call, MakeDefaultBody);
  if (!partial.versions.some((version) => version.number === number)) {
    throw refusal('AB08', `Version ${number} not found`);
  }
  partial.published = number;
  return json(200, {});
}

function refuseTakenName(call: Call, name: string, except: PromptPartial | null): void {
  if (own(call, call.state.partials).some((other) => other !== except && other.name === name)) {
    throw refusal('AB07', `A partial named "${name}" already exists`);
  }
}
