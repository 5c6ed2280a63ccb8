import { z } from 'zod';
import { jsonObject, slugOrUuid, workspace } from './common.js';
import { toolChoice } from './prompt-objects.js';

const rawFlag = z.literal([0, 1]);
const text = z.string();
const objects = z.array(jsonObject);

export const createPrompt = z.strictObject({
  ...workspace,
  name: z.string().min(1),
  collection_id: slugOrUuid,
  string: text,
  parameters: jsonObject,
  /** The OpenAPI document requires it. Both SDKs make it optional. */
  virtual_key: z.string().optional(),
  model: z.string().optional(),
  functions: objects.optional(),
  tools: objects.optional(),
  tool_choice: toolChoice.optional(),
  version_description: z.string().optional(),
  template_metadata: jsonObject.optional(),
  is_raw_template: rawFlag.optional(),
});

const metadata = {
  ...workspace,
  name: z.string().min(1).optional(),
  collection_id: slugOrUuid.optional(),
};

const versionFields = {
  string: text,
  parameters: jsonObject,
  model: z.string(),
  virtual_key: z.string(),
  version_description: z.string().nullable(),
  functions: objects.nullable(),
  tools: objects.nullable(),
  tool_choice: toolChoice.nullable(),
  is_raw_template: rawFlag,
  prompt_metadata: jsonObject.nullable(),
};

const optionalVersionFields = {
  version_description: versionFields.version_description.optional(),
  functions: versionFields.functions.optional(),
  tools: versionFields.tools.optional(),
  tool_choice: versionFields.tool_choice.optional(),
  prompt_metadata: versionFields.prompt_metadata.optional(),
};

/** Update with `patch`, or with every version field, or of metadata only. */
export const updatePrompt = z.union([
  z.strictObject({ patch: z.literal(true), ...metadata, ...z.strictObject(versionFields).partial().shape }),
  // Terraform sends only these fields, always together.
  z.strictObject({
    patch: z.literal(false).optional(),
    ...metadata,
    ...versionFields,
    ...optionalVersionFields,
  }),
  z.strictObject({
    patch: z.literal(false).optional(),
    ...metadata,
    version_description: z.string().nullable().optional(),
    virtual_key: z.string().optional(),
  }),
]);
