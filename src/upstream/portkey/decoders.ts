import type { PortkeyCollection, PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import { type FieldError, type FieldResult, UpstreamError } from '../../domain/upstream-error.js';
import {
  type Decoder,
  type FieldReader,
  isMissing,
  isRecord,
  isShallow,
  type JsonObject,
} from '../decode.js';
import { parseJson } from '../json.js';

/** Identifiers of a created or updated prompt in the response. */
export interface WrittenPrompt {
  readonly id: string;
  readonly slug: string | null;
  readonly versionId: string | null;
}

/** Decodes a prompt in a list. */
const summary: Decoder<PortkeyPromptSummary> = (value, reader) => {
  const raw = reader.object(value);
  return {
    id: reader.nonEmptyString(raw.id, 'id'),
    slug: reader.string(raw.slug, 'slug') ?? null,
    name: reader.string(raw.name, 'name') ?? null,
    model: reader.string(raw.model, 'model') ?? null,
    collectionId: reader.string(raw.collection_id, 'collection_id') ?? null,
    status: reader.string(raw.status, 'status') ?? null,
    createdAt: reader.time(raw.created_at, 'created_at'),
    updatedAt: reader.time(raw.last_updated_at, 'last_updated_at'),
  };
};

/** Decodes a page of `GET /prompts`. */
export const promptList: Decoder<{ total: number; items: PortkeyPromptSummary[] }> = (value, reader) => {
  const { total, data } = reader.object(value);
  return {
    total: reader.natural(total, 'total'),
    items: reader.within('data', () => reader.list(data, summary)),
  };
};

/** Decodes a prompt of `GET /prompts/:id` and `GET /prompts/:id/versions/:versionId`. */
export const prompt: Decoder<PortkeyPrompt> = (value, reader) => {
  const raw = flatten(reader.object(value), reader);
  const components = templateNames(raw.variable_components, reader);
  // Repeats the fields of a summary, because spreading a summary takes eight times as long.
  return {
    id: reader.nonEmptyString(raw.id, 'id'),
    slug: reader.string(raw.slug, 'slug') ?? null,
    name: reader.string(raw.name, 'name') ?? null,
    model: reader.string(raw.model, 'model') ?? null,
    collectionId: reader.string(raw.collection_id, 'collection_id') ?? null,
    status: reader.string(raw.status, 'status') ?? null,
    createdAt: reader.time(raw.created_at, 'created_at'),
    updatedAt: reader.time(raw.last_updated_at, 'last_updated_at'),
    template: reader.string(raw.string, 'string') ?? null,
    variables: components instanceof UpstreamError ? components : components.variables,
    partials: components instanceof UpstreamError ? components : components.partials,
    parameters: jsonObject(raw.parameters, 'parameters', reader),
    virtualKey: reader.string(raw.virtual_key, 'virtual_key') ?? null,
    functions: jsonList(raw.functions, 'functions', reader),
    tools: jsonList(raw.tools, 'tools', reader),
    toolChoice: toolChoice(raw.tool_choice, reader),
    metadata: jsonObject(raw.template_metadata, 'template_metadata', reader),
    isRawTemplate: isRawTemplate(raw.is_raw_template, reader),
    version: reader.int32(raw.prompt_version, 'prompt_version') ?? null,
    versionId: reader.string(raw.prompt_version_id, 'prompt_version_id') ?? null,
    versionDescription: reader.string(raw.prompt_version_description, 'prompt_version_description') ?? null,
    versionStatus: reader.string(raw.prompt_version_status, 'prompt_version_status') ?? null,
  };
};

/** Returns the value of a field that may hold JSON or a string of JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

function jsonObject(input: unknown, field: string, reader: FieldReader): FieldResult<JsonObject | null> {
  const value = parsed(input);
  if (isMissing(value)) return null;
  return isRecord(value) && isShallow(value) ? value : reader.invalid(value, field, 'not a JSON object');
}

function jsonList(
  input: unknown,
  field: string,
  reader: FieldReader,
): FieldResult<readonly unknown[] | null> {
  const value = parsed(input);
  if (isMissing(value)) return null;
  return Array.isArray(value) && isShallow(value) ? value : reader.invalid(value, field, 'not a JSON list');
}

function toolChoice(value: unknown, reader: FieldReader): unknown {
  return isShallow(value) ? (value ?? null) : reader.invalid(value, 'tool_choice', 'nested too deeply');
}

function isRawTemplate(value: unknown, reader: FieldReader): FieldResult<boolean | null> {
  // Portkey documents 0 and 1.
  const flag = typeof value === 'number' ? value !== 0 : reader.boolean(value, 'is_raw_template');
  return flag ?? null;
}

interface TemplateNames {
  readonly variables: readonly string[] | null;
  readonly partials: readonly string[] | null;
}

/** Reads the names in a template. Their format is barely documented. */
function templateNames(input: unknown, reader: FieldReader): FieldResult<TemplateNames> {
  const value = parsed(input) ?? {};
  const variables = isRecord(value) ? names(value.variables) : undefined;
  const partials = isRecord(value) ? names(value.partials) : undefined;
  if (variables !== undefined && partials !== undefined) return { variables, partials };
  return reader.invalid(value, 'variable_components', 'not lists of names');
}

/** Returns undefined if the value is not a list of names. */
function names(value: unknown): readonly string[] | null | undefined {
  if (isMissing(value)) return null;
  if (!Array.isArray(value)) return undefined;
  const found = value.map((each: unknown) => (isRecord(each) ? each.name : each));
  return found.every((each) => typeof each === 'string') ? found : undefined;
}

/** Wire names of the fields that belong to a version. */
const VERSION_FIELDS = [
  'string',
  'parameters',
  'functions',
  'tools',
  'tool_choice',
  'template_metadata',
  'virtual_key',
  'is_raw_template',
  'prompt_version',
  'prompt_version_id',
  'prompt_version_status',
  'prompt_version_description',
  'variable_components',
];

/** Merges the version that some deployments nest in `current_version` or `versions` into its prompt. */
function flatten(raw: JsonObject, reader: FieldReader): JsonObject {
  if (isMissing(raw.current_version) && isMissing(raw.versions)) return raw;
  const version = nestedVersion(raw, reader);
  if (version === undefined) return raw;
  if (version instanceof UpstreamError) {
    // A prompt with a template is already flat.
    if (typeof raw.string === 'string') return raw;
    return { ...Object.fromEntries(VERSION_FIELDS.map((field) => [field, version])), ...present(raw) };
  }
  const { id: _id, slug: _slug, name: _name, status: _status, created_at: _createdAt, ...fields } = version;
  return { ...fields, ...present(raw) };
}

function present(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => !isMissing(value)));
}

/** Returns `current_version` or else the published or newest version. Returns undefined if there is none. */
function nestedVersion(
  { current_version, versions }: JsonObject,
  reader: FieldReader,
): FieldResult<JsonObject> | undefined {
  if (isRecord(current_version)) return withFlatNames(current_version);
  if (!isMissing(current_version)) return reader.invalid(current_version, 'current_version', 'not an object');
  const list = isRecord(versions) ? versions.data : versions;
  if (!Array.isArray(list) || !list.every(isRecord))
    return reader.invalid(versions, 'versions', 'not a list of objects');
  const newestFirst = list.map(withFlatNames).sort((a, b) => versionNumber(b) - versionNumber(a));
  return newestFirst.find((version) => version.prompt_version_status === 'active') ?? newestFirst[0];
}

/** Avoids Number() for objects, because it throws for some of them. */
function versionNumber({ prompt_version }: JsonObject): number {
  return typeof prompt_version === 'object' ? Number.NaN : Number(prompt_version);
}

/** Renames the fields of a version to their names in a flat prompt. */
function withFlatNames(version: JsonObject): JsonObject {
  return {
    ...version,
    prompt_version: version.prompt_version ?? version.version ?? version.version_number,
    prompt_version_id: version.prompt_version_id ?? version.version_id ?? version.id,
    prompt_version_status: version.prompt_version_status ?? version.version_status ?? version.status,
    prompt_version_description:
      version.prompt_version_description ?? version.version_description ?? version.description,
  };
}

/** Decodes the response to `POST /prompts`. */
export const created: Decoder<WrittenPrompt> = (value, reader) =>
  writtenPrompt(reader.object(value), 'version_id', reader);

/** Decodes the response to `PUT /prompts/:id`. */
export const updated: Decoder<WrittenPrompt> = (value, reader) =>
  writtenPrompt(reader.object(value), 'prompt_version_id', reader);

function writtenPrompt(raw: JsonObject, versionId: string, reader: FieldReader): WrittenPrompt {
  const id = reader.nonEmptyString(raw.id, 'id');
  const optional = (field: string) => {
    const found = reader.string(raw[field], field) ?? null;
    if (found instanceof UpstreamError) throw reader.refusal('not a string', field);
    return found;
  };
  return { id, slug: optional('slug'), versionId: optional(versionId) };
}

/** Decodes the response to `GET /prompts/:id/versions`, which is a list or an object with a list in `data`. */
export const versions: Decoder<{ number: number; versionId: string }[]> = (value, reader) =>
  isRecord(value)
    ? reader.within('data', () => reader.list(value.data, numberedVersion))
    : reader.list(value, numberedVersion);

const numberedVersion: Decoder<{ number: number; versionId: string }> = (value, reader) => {
  const { prompt_version, prompt_version_id } = withFlatNames(reader.object(value));
  return {
    number: reader.natural(prompt_version, 'prompt_version'),
    versionId: reader.nonEmptyString(prompt_version_id, 'prompt_version_id'),
  };
};

/** Decodes a collection of `GET /collections/:id`. */
export const collection: Decoder<PortkeyCollection> = (value, reader) => {
  const raw = reader.object(value);
  return { id: reader.nonEmptyString(raw.id, 'id'), name: reader.string(raw.name, 'name') ?? null };
};

/** Returns the error message of a 400 or 409 response. Portkey documents no place for the name of a field. */
export function parseFieldErrors(body: unknown): FieldError[] {
  if (!isRecord(body)) return [];
  const { data, error, message } = body;
  const found = [isRecord(data) && data.message, isRecord(error) ? error.message : error, message];
  const text = found.find((each) => typeof each === 'string');
  return text ? [{ field: null, message: text }] : [];
}
