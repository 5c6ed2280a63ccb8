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
  requirePrompt,
} from './call.js';
import { refusal } from './errors.js';
import { presentPrompt, presentSummary } from './present.js';
import { latestVersion, type PortkeyPrompt, publishedVersion, type VersionFields } from './records.js';

const version = {
  string: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  virtual_key: filled,
  model: z.string().optional(),
  functions: z.array(z.record(z.string(), z.unknown())).optional(),
  tools: z.array(z.record(z.string(), z.unknown())).optional(),
  tool_choice: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  version_description: z.string().optional(),
  template_metadata: z.record(z.string(), z.unknown()).optional(),
};

const CreateBody = z.strictObject({ name: filled, collection_id: filled, ...version });
const UpdateBody = z.strictObject({
  name: filled,
  collection_id: filled,
  ...version,
  patch: z.boolean(),
});
const PartialUpdateBody = UpdateBody.partial();

type VersionBody = Omit<z.infer<typeof PartialUpdateBody>, 'name' | 'collection_id' | 'patch'>;

/** GET /prompts */
export function listPrompts(call: Call): Answer {
  const query = readQuery(call, [...PAGING, 'search', 'collection_id', 'workspace_id']);
  const collectionId = idOf(call, call.state.collections, query('collection_id'));
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  const prompts = own(call, call.state.prompts).filter(
    (prompt) =>
      matchesSearch(prompt, query('search')) &&
      (collectionId === null || prompt.collection_id === collectionId) &&
      (workspaceId === null || prompt.workspace_id === workspaceId),
  );
  return json(200, pageOf(call, prompts, presentSummary));
}

/** GET /prompts/:id shows the published version. */
export function showPrompt(call: Call): Answer {
  readQuery(call, []);
  const prompt = requirePrompt(call);
  return json(200, presentPrompt(prompt, publishedVersion(prompt), call.state.dialect.promptShape));
}

/** POST /prompts */
export function createPrompt(call: Call): Answer {
  readQuery(call, []);
  const body = readBody(call, CreateBody);
  const collection = requireCollection(call, body.collection_id);
  refuseTakenName(call, body.name, collection.id, null);
  const prompt = call.state.addPrompt({
    owner: call.owner,
    name: body.name,
    collection_id: collection.id,
    ...newVersionFields(body),
  });
  const { id, slug } = prompt;
  return json(200, { id, slug, version_id: latestVersion(prompt).id, object: 'prompt' });
}

/** PUT /prompts/:id: name and collection change in place, anything else makes a new, unpublished version. */
export function updatePrompt(call: Call): Answer {
  readQuery(call, []);
  const prompt = requirePrompt(call);
  const body = readBody(call, PartialUpdateBody);
  const { patch, name, collection_id, ...versionBody } = body;
  const hasVersion = Object.values(versionBody).some((value) => value !== undefined);
  if (!hasVersion && name === undefined && collection_id === undefined) {
    throw refusal('AB01', 'Validation failed: nothing to update');
  }
  if (hasVersion && !patch) requireCompleteVersion(versionBody);
  moveAndRename(call, prompt, name, collection_id);
  if (hasVersion) {
    const base = patch ? latestVersion(prompt) : {};
    const changes = newVersionFields(versionBody, Boolean(patch));
    call.state.addVersion(prompt, { ...EMPTY_VERSION, ...base, ...changes });
  }
  prompt.last_updated_at = new Date().toISOString();
  const { id, slug } = prompt;
  return json(200, { id, slug, prompt_version_id: latestVersion(prompt).id });
}

/** DELETE /prompts/:id */
export function deletePrompt(call: Call): Answer {
  readQuery(call, []);
  call.state.prompts.delete(requirePrompt(call).id);
  return json(200, {});
}

const EMPTY_VERSION: VersionFields = {
  string: '',
  parameters: {},
  model: null,
  virtual_key: null,
  functions: null,
  tools: null,
  tool_choice: null,
  template_metadata: null,
  is_raw_template: 0,
  description: null,
};

/** Without `patch` a new version is a whole one: what a create requires of a version is required here too. */
function requireCompleteVersion(body: VersionBody): void {
  const missing = (['string', 'parameters', 'virtual_key'] as const).filter(
    (name) => body[name] === undefined,
  );
  if (missing.length === 0) return;
  throw refusal('AB01', `Validation failed: ${missing.map((name) => `${name} is required`).join('; ')}`);
}

/** The version fields of a body; `onlyGiven` leaves out what the body leaves out. */
function newVersionFields(body: VersionBody, onlyGiven = false): Partial<VersionFields> {
  const named = body.parameters?.model;
  const fields: Record<keyof VersionFields, unknown> = {
    string: body.string,
    parameters: body.parameters,
    virtual_key: body.virtual_key,
    model: body.model ?? (onlyGiven || typeof named !== 'string' ? undefined : named),
    functions: body.functions,
    tools: body.tools,
    tool_choice: body.tool_choice,
    template_metadata: body.template_metadata,
    is_raw_template: undefined,
    description: body.version_description,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return onlyGiven ? given : { ...EMPTY_VERSION, ...given };
}

function moveAndRename(
  call: Call,
  prompt: PortkeyPrompt,
  name: string | undefined,
  ref: string | undefined,
): void {
  const collection = ref === undefined ? null : requireCollection(call, ref);
  const newName = name ?? prompt.name;
  const collectionId = collection?.id ?? prompt.collection_id;
  if (name !== undefined || collection) refuseTakenName(call, newName, collectionId, prompt);
  prompt.name = newName;
  prompt.collection_id = collectionId;
  if (collection) prompt.workspace_id = collection.workspace_id;
}

function refuseTakenName(
  call: Call,
  name: string,
  collectionId: string | null,
  except: PortkeyPrompt | null,
): void {
  const taken = own(call, call.state.prompts).some(
    (other) => other !== except && other.name === name && other.collection_id === collectionId,
  );
  if (taken) throw refusal('AB07', `A prompt named "${name}" already exists in this collection`);
}
