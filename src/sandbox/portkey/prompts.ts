import { z } from 'zod';
import { type Call, readBody } from './call.js';
import { COLLECTIONS } from './collections.js';
import { refusal } from './errors.js';
import { LABELS } from './labels.js';
import { presentPrompt, presentSummary, presentVersionItem } from './present-prompt.js';
import {
  latestVersion,
  type PortkeyPrompt,
  type PromptVersion,
  publishedVersion,
  removeLabel,
} from './records.js';
import {
  find,
  ownRecords,
  type Route,
  reads,
  recordToRead,
  recordToWrite,
  requireFreeName,
  requireRecord,
  touch,
  WORKSPACES,
  writes,
} from './resources.js';
import {
  newVersion,
  readCreate,
  readUpdate,
  requireWholeVersion,
  type UpdateBody,
} from './version-fields.js';
import { requireVersionNamed, type VersionedKind, versionedRoutes, wantedVersion } from './versions.js';
import { virtualKeySlug } from './virtual-keys.js';

const LabelBody = z.strictObject({ label_id: z.string().nullable() });

export const PROMPTS: VersionedKind<PromptVersion> = {
  noun: 'Prompt',
  store: ({ prompts }) => prompts,
  filters: ['search', 'collection_id', 'workspace_id', 'type', 'show_prompt_share'],
  showQuery: ['version'],
  unknownVersion: 'AB02',
  item: presentSummary,
  show(prompt, call) {
    const { state } = call;
    return presentPrompt(state, prompt, wantedVersion(prompt, call), state.dialect.promptShape);
  },
  versionItem: presentVersionItem,
  /** A lagging read treats a new prompt like a deleted one. */
  missing(call, ref) {
    const { deletedPrompts, prompts, dialect } = call.state;
    const isHidden = [deletedPrompts, prompts].some((records) => find(call, records, ref) !== null);
    if (isHidden && dialect.deletedStatus === 403) return refusal('AB03', 'Prompt is not accessible');
    return refusal('AB02', 'Prompt not found');
  },
  /** The first version is published immediately. */
  create(call) {
    const { name, collection_id, workspace_id, ...body } = readCreate(call);
    if (workspace_id !== undefined) requireRecord(call, WORKSPACES, workspace_id);
    const collection = requireRecord(call, COLLECTIONS, collection_id);
    refuseTakenName(call, name, collection.id, null);
    const prompt = call.state.addPrompt({
      id: call.state.prompts.newId(),
      owner: call.owner,
      name,
      collection_id: collection.id,
      ...newVersion(body),
    });
    return { id: prompt.id, slug: prompt.slug, version_id: latestVersion(prompt).id, object: 'prompt' };
  },
  /** Changes metadata in place. Any other change creates a new, unpublished version. */
  update(prompt, call) {
    const body = readUpdate(call);
    if (isEmptyBody(call)) throw refusal('AB01', 'Validation failed: nothing to update');
    const makesVersion = hasVersion(body);
    if (makesVersion && !body.patch) requireWholeVersion(call, body);
    if (body.workspace_id !== undefined) requireRecord(call, WORKSPACES, body.workspace_id);
    moveAndRename(call, prompt, body);
    if (makesVersion) addVersion(call, prompt, body);
    else if (body.virtual_key !== undefined) {
      publishedVersion(prompt).virtual_key = virtualKeySlug(body.virtual_key);
    }
    touch(prompt);
    const { id, slug } = prompt;
    const isMore = Object.entries(body).some(([key, value]) => key !== 'name' && value !== undefined);
    return isMore ? { id, slug, prompt_version_id: latestVersion(prompt).id } : {};
  },
  beforeDelete(prompt, { state }) {
    state.deletedPrompts.add(prompt);
  },
  afterPublish: touch,
};

export const PROMPT_ROUTES: Record<string, Route> = {
  ...versionedRoutes('/prompts', PROMPTS),
  'GET /prompts/:id/versions/:versionId': reads([], showVersion),
  'PUT /prompts/:id/versions/:versionId': writes(labelVersion),
};

function showVersion(call: Call): unknown {
  const prompt = recordToRead(call, PROMPTS);
  return presentPrompt(call.state, prompt, requireVersion(call, prompt));
}

/** Moves a label to a version, because it can be on only one version of a prompt. */
function labelVersion(call: Call): unknown {
  const prompt = recordToWrite(call, PROMPTS);
  const version = requireVersion(call, prompt);
  const { label_id: labelId } = readBody(call, LabelBody);
  if (labelId !== null) {
    requireRecord(call, LABELS, labelId);
    removeLabel(prompt, labelId);
  }
  version.label_id = labelId;
  return {};
}

function requireVersion(call: Call, prompt: PortkeyPrompt): PromptVersion {
  const version = prompt.versions.find(({ id }) => id === call.params.versionId);
  if (!version) throw refusal('AB02', 'Version not found');
  return version;
}

/** Returns the prompt and version that a call runs: `id`, `id@12`, `id@latest` or `id@label`. @throws Refusal */
export function promptToRun(call: Call): { prompt: PortkeyPrompt; version: PromptVersion } {
  const [ref = '', name = 'default'] = (call.params.id ?? '').split('@');
  const prompt = requireRecord(call, PROMPTS, ref);
  const labelled = prompt.versions.find(
    ({ label_id }) => call.state.labels.get(label_id ?? '')?.name === name,
  );
  return { prompt, version: labelled ?? requireVersionNamed(prompt, name) };
}

function isEmptyBody({ request: { body } }: Call): boolean {
  if (body.kind !== 'json') return true;
  return Object.keys(Object(body.value)).every((name) => name === 'patch');
}

/** Returns true if an update creates a version. A `virtual_key` does so only together with `patch`. */
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
  const collection = ref === undefined ? null : requireRecord(call, COLLECTIONS, ref);
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
  const others = ownRecords(call, call.state.prompts).filter(
    (other) => other !== except && other.collection_id === collectionId,
  );
  requireFreeName(PROMPTS.noun, name, others, ' in this collection');
}
