import { z } from 'zod';
import type { Dialect } from '../dialect.js';
import { type Call, jsonObject, nonEmptyString, readBody } from './call.js';
import { refusal } from './errors.js';
import { EMPTY_VERSION, type VersionFields } from './records.js';
import { virtualKeySlug } from './virtual-keys.js';

const rawFlag = z.union([z.literal(0), z.literal(1), z.boolean()]).transform((flag): 0 | 1 => (flag ? 1 : 0));
const toolChoices = {
  object: jsonObject,
  text: z.union([z.string(), jsonObject], 'must be a string or an object'),
};

function versionShape(toolChoice: Dialect['toolChoice']) {
  return {
    string: z.string(),
    parameters: jsonObject,
    virtual_key: nonEmptyString,
    model: z.string().optional(),
    functions: z.array(jsonObject).optional(),
    tools: z.array(jsonObject).optional(),
    tool_choice: toolChoices[toolChoice].optional(),
    version_description: z.string().optional(),
    is_raw_template: rawFlag.optional(),
  };
}

function createSchema(toolChoice: Dialect['toolChoice']) {
  return z.strictObject({
    name: nonEmptyString,
    collection_id: nonEmptyString,
    workspace_id: nonEmptyString.optional(),
    ...versionShape(toolChoice),
    template_metadata: jsonObject.optional(),
  });
}

function updateSchema(toolChoice: Dialect['toolChoice']) {
  const { parameters, tool_choice, ...version } = versionShape(toolChoice);
  const fields = {
    name: nonEmptyString,
    collection_id: nonEmptyString,
    workspace_id: nonEmptyString,
    ...version,
    // Portkey's Terraform provider sends `"parameters": null` when it renames a prompt.
    parameters: parameters.nullable().transform((given) => given ?? undefined),
    tool_choice: tool_choice.nullable(),
    prompt_metadata: jsonObject,
    patch: z.boolean(),
  };
  return z.object(fields).partial();
}

const CREATE = { object: createSchema('object'), text: createSchema('text') };
const UPDATE = { object: updateSchema('object'), text: updateSchema('text') };
const UPDATE_ACCEPTING = {
  object: UPDATE.object.extend({ template_metadata: jsonObject.optional() }),
  text: UPDATE.text.extend({ template_metadata: jsonObject.optional() }),
};

type CreateBody = z.infer<(typeof CREATE)['text']>;
export type UpdateBody = z.infer<(typeof UPDATE)['text']>;
type VersionBody = {
  [K in Exclude<keyof CreateBody, 'name' | 'collection_id' | 'workspace_id'>]?:
    | CreateBody[K]
    | (K extends 'tool_choice' ? null : never)
    | undefined;
};

export function readCreate(call: Call): CreateBody {
  return readBody(call, CREATE[call.state.dialect.toolChoice]);
}

/** Reads the documented fields of an update. The dialect determines the treatment of others. @throws Refusal */
export function readUpdate(call: Call): UpdateBody {
  const { toolChoice, updateFields } = call.state.dialect;
  if (updateFields === 'refuse') return readBody(call, UPDATE[toolChoice].strict());
  if (updateFields === 'drop') return readBody(call, UPDATE[toolChoice]);
  const { template_metadata, ...body } = readBody(call, UPDATE_ACCEPTING[toolChoice]);
  return template_metadata === undefined ? body : { prompt_metadata: template_metadata, ...body };
}

/** Requires the fields of a complete version, for an update without `patch`. @throws Refusal */
export function requireWholeVersion(call: Call, body: UpdateBody): void {
  const always = ['string', 'parameters'] as const;
  const strictly = ['is_raw_template', 'model', 'virtual_key'] as const;
  const required = call.state.dialect.updateFields === 'refuse' ? [...always, ...strictly] : always;
  const missing = required.filter((name) => body[name] === undefined);
  if (missing.length === 0) return;
  throw refusal('AB01', `Validation failed: ${missing.map((name) => `${name} is required`).join('; ')}`);
}

/** Builds a new version from the given fields and the base. The model is also copied into the parameters. */
export function newVersion(body: VersionBody, base: Partial<VersionFields> = {}): VersionFields {
  const named = body.parameters?.model;
  const fields = {
    string: body.string,
    parameters: body.parameters,
    virtual_key: body.virtual_key === undefined ? undefined : virtualKeySlug(body.virtual_key),
    model: body.model ?? (base.model === undefined && typeof named === 'string' ? named : undefined),
    functions: body.functions,
    tools: body.tools,
    tool_choice: body.tool_choice,
    template_metadata: body.template_metadata,
    is_raw_template: body.is_raw_template,
    description: body.version_description,
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const version: VersionFields = { ...EMPTY_VERSION, ...base, ...given };
  if (version.model === null || Object.hasOwn(version.parameters, 'model')) return version;
  return { ...version, parameters: { ...version.parameters, model: version.model } };
}
