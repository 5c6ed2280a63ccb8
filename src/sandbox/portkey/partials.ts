import { z } from 'zod';
import { type Call, nonEmptyString, readBody } from './call.js';
import { COLLECTIONS } from './collections.js';
import {
  appendVersion,
  latestVersion,
  type PartialVersion,
  type PromptPartial,
  statusOf,
} from './records.js';
import { ownRecords, requireFreeName, requireRecord, touch, WORKSPACES } from './resources.js';
import { type VersionedKind, wantedVersion } from './versions.js';

const CreateBody = z.strictObject({
  name: nonEmptyString,
  string: z.string(),
  workspace_id: nonEmptyString.optional(),
  collection_id: nonEmptyString.optional(),
  version_description: z.string().optional(),
});
/** The `description` from the OpenAPI document is accepted and ignored. */
const UpdateBody = z
  .strictObject({
    name: nonEmptyString,
    string: z.string(),
    status: z.enum(['active', 'archived']),
    description: z.string(),
    version_description: z.string(),
    workspace_id: nonEmptyString,
  })
  .partial();

export const PARTIALS: VersionedKind<PartialVersion> = {
  noun: 'Partial',
  store: ({ partials }) => partials,
  filters: ['search', 'collection_id', 'workspace_id', 'type'],
  showQuery: ['version'],
  unknownVersion: 'AB08',
  item: (partial) => ({ ...present(partial), object: 'partial' }),
  show(partial, call) {
    const version = wantedVersion(partial, call);
    return {
      ...present(partial),
      string: version.string,
      version: version.number,
      version_description: version.description,
      prompt_partial_version_id: version.id,
      prompt_partial_version_status: statusOf(partial, version),
    };
  },
  versionItem: (partial, version) => ({
    prompt_partial_id: partial.id,
    prompt_partial_version_id: version.id,
    slug: partial.slug,
    version: version.number,
    string: version.string,
    description: version.description,
    created_at: version.created_at,
    prompt_version_status: statusOf(partial, version),
    object: 'partial',
  }),
  create(call) {
    const { name, string, ...body } = readBody(call, CreateBody);
    refuseTakenName(call, name, null);
    const collection = body.collection_id ? requireRecord(call, COLLECTIONS, body.collection_id) : null;
    const workspace = body.workspace_id ? requireRecord(call, WORKSPACES, body.workspace_id) : null;
    const workspaceId = workspace?.id ?? collection?.workspace_id;
    const partial = call.state.addPartial({
      id: call.state.partials.newId(),
      owner: call.owner,
      name,
      string,
      description: body.version_description ?? null,
      collection_id: collection?.id ?? null,
      ...(workspaceId && { workspace_id: workspaceId }),
    });
    return { id: partial.id, slug: partial.slug, version_id: latestVersion(partial).id };
  },
  /** A `string` creates a new, unpublished version. Name and status change in place. */
  update(partial, call) {
    const { name, status, string, version_description: description = null } = readBody(call, UpdateBody);
    if (name !== undefined) refuseTakenName(call, name, partial);
    partial.name = name ?? partial.name;
    partial.status = status ?? partial.status;
    touch(partial);
    if (string === undefined) return {};
    return { prompt_partial_version_id: appendVersion(partial, { string, description }).id };
  },
};

function refuseTakenName(call: Call, name: string, except: PromptPartial | null): void {
  if (!call.state.dialect.uniqueNames) return;
  const others = ownRecords(call, call.state.partials).filter((other) => other !== except);
  requireFreeName(PARTIALS.noun, name, others);
}

function present(partial: PromptPartial): Record<string, unknown> {
  const { owner: _owner, versions: _versions, published: _published, workspace_id: _id, ...shown } = partial;
  return shown;
}
