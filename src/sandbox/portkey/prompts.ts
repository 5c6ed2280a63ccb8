import { type Answer, json } from '../answer.js';
import {
  type Call,
  idOf,
  matchesSearch,
  own,
  PAGING,
  pageOf,
  promptToRead,
  promptToWrite,
  readQuery,
  requireCollection,
  requireWorkspace,
} from './call.js';
import { refusal } from './errors.js';
import { presentPrompt, presentSummary } from './present.js';
import { latestVersion, type PortkeyPrompt, publishedVersion, timestamp } from './records.js';
import {
  newVersion,
  readCreate,
  readUpdate,
  requireWholeVersion,
  type UpdateBody,
} from './version-fields.js';
import { requireVersionNamed } from './version-names.js';
import { virtualKeySlug } from './virtual-keys.js';

const FILTERS = ['search', 'collection_id', 'workspace_id', 'type', 'show_prompt_share'];

/** GET /prompts */
export function listPrompts(call: Call): Answer {
  const query = readQuery(call, [...PAGING, ...FILTERS]);
  const collectionId = idOf(call, call.state.collections, query('collection_id'));
  const workspaceId = idOf(call, call.state.workspaces, query('workspace_id'));
  // Nothing here is shared.
  const prompts = query('type') === 'shared' ? [] : own(call, call.state.seenPrompts.view('lists'));
  const matching = prompts.filter(
    (prompt) =>
      matchesSearch(prompt, query('search')) &&
      (collectionId === null || prompt.collection_id === collectionId) &&
      (workspaceId === null || prompt.workspace_id === workspaceId),
  );
  return json(200, pageOf(call, matching, presentSummary));
}

/** GET /prompts/:id shows the published version, or the one that `version` names. */
export function showPrompt(call: Call): Answer {
  const name = readQuery(call, ['version'])('version') ?? 'default';
  const prompt = promptToRead(call);
  const { state } = call;
  const version = requireVersionNamed(prompt, name);
  return json(200, presentPrompt(state, prompt, version, state.dialect.promptShape));
}

/** POST /prompts: the first version is published immediately. */
export function createPrompt(call: Call): Answer {
  readQuery(call, []);
  const { name, collection_id, workspace_id, ...body } = readCreate(call);
  if (workspace_id !== undefined) requireWorkspace(call, workspace_id);
  const collection = requireCollection(call, collection_id);
  refuseTakenName(call, name, collection.id, null);
  const prompt = call.state.createPrompt({
    owner: call.owner,
    name,
    collection_id: collection.id,
    ...newVersion(body),
  });
  const { id, slug } = prompt;
  return json(200, { id, slug, version_id: latestVersion(prompt).id, object: 'prompt' });
}

/** PUT /prompts/:id changes metadata in place; anything more makes a new, unpublished version. */
export function updatePrompt(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToWrite(call);
  const body = readUpdate(call);
  if (isEmptyBody(call)) throw refusal('AB01', 'Validation failed: nothing to update');
  const makesVersion = hasVersion(body);
  if (makesVersion && !body.patch) requireWholeVersion(call, body);
  if (body.workspace_id !== undefined) requireWorkspace(call, body.workspace_id);
  moveAndRename(call, prompt, body);
  if (makesVersion) addVersion(call, prompt, body);
  else if (body.virtual_key !== undefined) {
    publishedVersion(prompt).virtual_key = virtualKeySlug(body.virtual_key);
  }
  prompt.last_updated_at = timestamp();
  const { id, slug } = prompt;
  const isMore = Object.entries(body).some(([key, value]) => key !== 'name' && value !== undefined);
  return json(200, isMore ? { id, slug, prompt_version_id: latestVersion(prompt).id } : {});
}

/** DELETE /prompts/:id */
export function deletePrompt(call: Call): Answer {
  readQuery(call, []);
  const prompt = promptToWrite(call);
  call.state.prompts.delete(prompt.id);
  call.state.deletedPrompts.set(prompt.id, prompt);
  return json(200, {});
}

function isEmptyBody({ request: { body } }: Call): boolean {
  if (body.kind !== 'json') return true;
  return Object.keys(Object(body.value)).every((name) => name === 'patch');
}

/** A `virtual_key` makes a version only where `patch` says that a version is meant. */
function hasVersion(body: UpdateBody): boolean {
  const { name, collection_id, workspace_id, version_description, virtual_key, patch, ...content } = body;
  if (patch && virtual_key !== undefined) return true;
  return Object.values(content).some((value) => value !== undefined);
}

function addVersion(call: Call, prompt: PortkeyPrompt, { prompt_metadata, ...body }: UpdateBody): void {
  const base = body.patch ? latestVersion(prompt) : {};
  call.state.addVersion(prompt, newVersion({ ...body, template_metadata: prompt_metadata }, base));
}

function moveAndRename(call: Call, prompt: PortkeyPrompt, { name, collection_id: ref }: UpdateBody): void {
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
  if (!call.state.dialect.uniqueNames) return;
  const taken = own(call, call.state.prompts).some(
    (other) => other !== except && other.name === name && other.collection_id === collectionId,
  );
  if (taken) throw refusal('AB07', `A prompt named "${name}" already exists in this collection`);
}
