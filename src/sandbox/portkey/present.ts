import { uuidFor } from '../deterministic.js';
import type { Dialect } from '../dialect.js';
import {
  type Collection,
  type Label,
  type Owner,
  type PartialVersion,
  type PortkeyPrompt,
  type PromptPartial,
  type PromptVersion,
  publishedVersion,
} from './records.js';
import type { PortkeyState } from './state.js';
import { componentsOf } from './template.js';

type Wire = Record<string, unknown>;

const NEVER_SHARED: Wire = {
  share_organisation_id: null,
  shared_at: null,
  shared_by_user_id: null,
  shared_from_version_id: null,
  forked_from_prompt_id: null,
  forked_from_prompt_version_id: null,
};

/** A prompt as the list shows it. */
export function presentSummary(prompt: PortkeyPrompt): Wire {
  return {
    id: prompt.id,
    slug: prompt.slug,
    name: prompt.name,
    collection_id: prompt.collection_id,
    model: publishedVersion(prompt).model,
    status: prompt.status,
    created_at: prompt.created_at,
    last_updated_at: prompt.last_updated_at,
    object: 'prompt',
    access_level: 'workspace',
    allow_all_workspaces: 0,
    prompt_owning_workspace_id: prompt.workspace_id,
    ...NEVER_SHARED,
  };
}

/** The full prompt, with its version's fields where the deployment's shape puts them. */
export function presentPrompt(
  state: PortkeyState,
  prompt: PortkeyPrompt,
  version: PromptVersion,
  shape: Dialect['promptShape'] = 'flat',
): Wire {
  const summary = { ...presentSummary(prompt), model: version.model };
  if (shape === 'flat') return { ...summary, ...presentVersion(state, prompt, version) };
  if (shape === 'current_version') {
    return { ...summary, current_version: presentVersion(state, prompt, version) };
  }
  const versions = prompt.versions.toReversed().map((each) => presentVersion(state, prompt, each));
  return { ...summary, versions };
}

function presentVersion(state: PortkeyState, prompt: PortkeyPrompt, version: PromptVersion): Wire {
  return {
    string: version.string,
    parameters: version.parameters,
    model: version.model,
    functions: version.functions,
    tools: version.tools,
    tool_choice: version.tool_choice,
    template_metadata: version.template_metadata ?? {},
    virtual_key: version.virtual_key,
    is_raw_template: version.is_raw_template,
    prompt_version: version.number,
    prompt_version_id: version.id,
    prompt_version_status: statusOf(prompt, version),
    prompt_version_description: version.description,
    prompt_version_label_id: version.label_id,
    prompt_version_label_name: state.labels.get(version.label_id ?? '')?.name ?? null,
    prompt_version_labels: version.label_id === null ? [] : [version.label_id],
    variable_components: componentsOf(version.string),
  };
}

/** A version as the list of versions shows it: no model, no parameters, no tools. */
export function presentVersionItem(prompt: PortkeyPrompt, version: PromptVersion): Wire {
  return {
    id: version.id,
    prompt_id: prompt.id,
    prompt_template: { string: version.string },
    prompt_version: version.number,
    prompt_description: version.description,
    label_id: version.label_id,
    created_at: version.created_at,
    status: statusOf(prompt, version),
    object: 'prompt',
  };
}

function statusOf(of: { published: number }, version: { number: number }): string {
  return version.number === of.published ? 'active' : 'archived';
}

export function presentCollection(state: PortkeyState, collection: Collection): Wire {
  const { owner: _owner, is_default, ...shown } = collection;
  return {
    ...shown,
    is_default: is_default ? 1 : 0,
    collection_details: collectionDetails(state, collection),
  };
}

/** One collection by its id, with the collections in it. */
export function presentFullCollection(state: PortkeyState, collection: Collection): Wire {
  const children = childrenOf(state, collection).map((child) => ({
    id: child.id,
    name: child.name,
    last_updated_at: child.last_updated_at,
    collection_details: collectionDetails(state, child),
  }));
  return { ...presentCollection(state, collection), child_collections: children };
}

function collectionDetails(state: PortkeyState, collection: Collection): Wire {
  const children = childrenOf(state, collection);
  const prompts = [...state.prompts.values()].filter(({ collection_id }) => collection_id === collection.id);
  return {
    child_collections_count: children.length,
    prompts_count: prompts.length,
    child_collections_last_updated_at: lastUpdate(children),
    prompts_last_updated_at: lastUpdate(prompts),
  };
}

function childrenOf(state: PortkeyState, { id }: Collection): Collection[] {
  return [...state.collections.values()].filter(({ parent_collection_id }) => parent_collection_id === id);
}

function lastUpdate(items: { last_updated_at: string }[]): string | null {
  return items.map((item) => item.last_updated_at).reduce<string | null>(later, null);
}

function later(a: string | null, b: string): string {
  return a !== null && a > b ? a : b;
}

/** Fields that may be absent are left out where they are null. */
export function presentLabel(label: Label): Wire {
  const { owner, description, color_code, workspace_id, ...shown } = label;
  const optional = Object.entries({ description, color_code, workspace_id });
  return {
    ...shown,
    ...Object.fromEntries(optional.filter(([, value]) => value !== null)),
    organisation_id: organisationId(owner),
    status: 'active',
  };
}

function organisationId(owner: Owner): string {
  return uuidFor(`organisation/${owner}`);
}

export function presentPartialSummary(partial: PromptPartial): Wire {
  const { owner: _owner, versions: _versions, published: _published, workspace_id: _id, ...shown } = partial;
  return { ...shown, object: 'partial' };
}

export function presentPartial(partial: PromptPartial, version: PartialVersion): Wire {
  const { object: _object, ...summary } = presentPartialSummary(partial);
  return {
    ...summary,
    string: version.string,
    version: version.number,
    version_description: version.description,
    prompt_partial_version_id: version.id,
    prompt_partial_version_status: statusOf(partial, version),
  };
}

export function presentPartialVersionItem(partial: PromptPartial, version: PartialVersion): Wire {
  return {
    prompt_partial_id: partial.id,
    prompt_partial_version_id: version.id,
    slug: partial.slug,
    version: version.number,
    string: version.string,
    description: version.description,
    created_at: version.created_at,
    prompt_version_status: statusOf(partial, version),
    object: 'partial',
  };
}
