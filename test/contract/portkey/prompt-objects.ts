import { z } from 'zod';
import { jsonObject, numericBoolean, slugOrUuid, status, time, uuid } from './common.js';

const documented = {
  id: uuid,
  slug: slugOrUuid,
  name: z.string(),
  /** Every recorded prompt has a value. The vendor's draft guide warns of null. */
  collection_id: uuid.nullable(),
  /** Null if the create request omitted it. */
  model: z.string().nullable(),
  status,
  created_at: time,
  last_updated_at: time,
  object: z.literal('prompt'),
};

/** Fields that are recorded but missing in the OpenAPI document. */
const recorded = {
  access_level: z.string().optional(),
  allow_all_workspaces: numericBoolean.optional(),
  prompt_owning_workspace_id: z.string().nullish(),
  share_organisation_id: z.string().nullish(),
  shared_at: time.nullish(),
  shared_by_user_id: z.string().nullish(),
  shared_from_version_id: z.string().nullish(),
  forked_from_prompt_id: z.string().nullish(),
  forked_from_prompt_version_id: z.string().nullish(),
};

export const toolChoice = z.union([jsonObject, z.enum(['auto', 'none'])]);

const variableComponents = z.strictObject({
  variables: z.array(z.string()),
  partials: z.array(z.string()),
  sections: z.array(z.string()),
  sectionVariables: jsonObject,
  variablePartials: z.array(z.string()),
});

const version = {
  string: z.string(),
  parameters: jsonObject,
  /** Null if the create request omitted it, which only the SDKs document. */
  virtual_key: z.string().nullable(),
  functions: z.array(jsonObject).nullable(),
  tools: z.array(jsonObject).nullable(),
  tool_choice: toolChoice.nullable(),
  template_metadata: jsonObject.nullable(),
  is_raw_template: numericBoolean,
  prompt_version: z.int(),
  prompt_version_id: uuid,
  prompt_version_status: status,
  prompt_version_description: z.string().nullable(),
  prompt_version_label_id: uuid.nullish(),
  prompt_version_label_name: z.string().nullish(),
  prompt_version_labels: z.array(z.unknown()).optional(),
  variable_components: variableComponents.optional(),
};

/** A model belongs to a version, so a nested version may contain it. */
const nestedVersion = z.strictObject({ ...version, model: documented.model.optional() });
const summary = { ...documented, ...recorded };

export const promptSummary = z.strictObject(summary);

/** Prompt with a version. The vendor's draft guide warns of deployments that nest the version fields. */
export const fullPrompt = z.union([
  z.strictObject({ ...summary, ...version }),
  z.strictObject({ ...summary, current_version: nestedVersion }),
  z.strictObject({ ...summary, versions: z.array(nestedVersion).min(1) }),
]);
