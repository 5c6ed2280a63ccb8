import type { Dialect } from '../dialect.js';
import { type PortkeyPrompt, type PromptVersion, publishedVersion, statusOf } from './records.js';
import type { PortkeyState } from './state.js';
import { componentsOf } from './template.js';

type ApiObject = Record<string, unknown>;

const NEVER_SHARED: ApiObject = {
  share_organisation_id: null,
  shared_at: null,
  shared_by_user_id: null,
  shared_from_version_id: null,
  forked_from_prompt_id: null,
  forked_from_prompt_version_id: null,
};

/** Returns a prompt as shown in a list. */
export function presentSummary(prompt: PortkeyPrompt): ApiObject {
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

/** Returns the full prompt. `shape` sets the location of the version fields. */
export function presentPrompt(
  state: PortkeyState,
  prompt: PortkeyPrompt,
  version: PromptVersion,
  shape: Dialect['promptShape'] = 'flat',
): ApiObject {
  const summary = { ...presentSummary(prompt), model: version.model };
  if (shape === 'flat') return { ...summary, ...presentVersion(state, prompt, version) };
  if (shape === 'current_version') {
    return { ...summary, current_version: presentVersion(state, prompt, version) };
  }
  const versions = prompt.versions.toReversed().map((each) => presentVersion(state, prompt, each));
  return { ...summary, versions };
}

function presentVersion(state: PortkeyState, prompt: PortkeyPrompt, version: PromptVersion): ApiObject {
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

/** Returns a version as shown in a version list, without model, parameters and tools. */
export function presentVersionItem(prompt: PortkeyPrompt, version: PromptVersion): ApiObject {
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
