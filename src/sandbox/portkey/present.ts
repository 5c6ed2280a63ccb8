import type { Dialect } from '../dialect.js';
import type {
  Collection,
  Label,
  PartialVersion,
  PortkeyPrompt,
  PromptPartial,
  PromptVersion,
} from './records.js';
import { publishedVersion } from './records.js';
import { componentsOf } from './template.js';

type Wire = Record<string, unknown>;

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
    prompt_owning_workspace_id: prompt.workspace_id,
    is_shared: false,
  };
}

/** The full prompt, with its version's fields where the deployment's shape puts them. */
export function presentPrompt(
  prompt: PortkeyPrompt,
  version: PromptVersion,
  shape: Dialect['promptShape'],
): Wire {
  const summary = { ...presentSummary(prompt), model: version.model };
  if (shape === 'flat') return { ...summary, ...presentVersion(prompt, version) };
  if (shape === 'current_version') return { ...summary, current_version: presentVersion(prompt, version) };
  const versions = prompt.versions.toReversed().map((each) => presentVersion(prompt, each));
  return { ...summary, versions };
}

function presentVersion(prompt: PortkeyPrompt, version: PromptVersion): Wire {
  return {
    string: version.string,
    parameters: version.parameters,
    model: version.model,
    functions: version.functions,
    tools: version.tools,
    tool_choice: version.tool_choice,
    template_metadata: version.template_metadata,
    virtual_key: version.virtual_key,
    is_raw_template: version.is_raw_template,
    prompt_version: version.number,
    prompt_version_id: version.id,
    prompt_version_status: version.number === prompt.published ? 'active' : 'archived',
    prompt_version_description: version.description,
    prompt_version_label_id: version.label_id,
    prompt_version_labels: version.label_id === null ? [] : [version.label_id],
    prompt_version_created_at: version.created_at,
    variable_components: componentsOf(version.string),
  };
}

export function presentCollection(collection: Collection): Wire {
  const { owner: _owner, ...shown } = collection;
  return { ...shown, object: 'collection' };
}

export function presentLabel(label: Label): Wire {
  const { owner: _owner, ...shown } = label;
  return { ...shown, status: 'active', object: 'label' };
}

export function presentPartialSummary(partial: PromptPartial): Wire {
  const { owner: _owner, versions: _versions, published: _published, ...shown } = partial;
  return { ...shown, object: 'partial' };
}

export function presentPartial(partial: PromptPartial, version: PartialVersion): Wire {
  return {
    ...presentPartialSummary(partial),
    string: version.string,
    version: version.number,
    prompt_partial_version_id: version.id,
    version_description: version.description,
    prompt_version_label_id: version.label_id,
    version_status: version.number === partial.published ? 'active' : 'archived',
  };
}
