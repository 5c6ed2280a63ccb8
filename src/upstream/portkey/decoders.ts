import { z } from 'zod';
import type { PortkeyPrompt, PortkeyPromptSummary } from '../../domain/portkey-prompt.js';
import { type Told, UpstreamError, type UpstreamFault } from '../../domain/upstream-error.js';
import { integer, isShallow, record, text, time, tolerant } from '../decode.js';
import { parseJson } from '../json.js';

const id = z.string().min(1);
const optionalRecord = record
  .nullish()
  .refine(isShallow)
  .transform((value) => value ?? null);
const optionalList = z
  .array(z.unknown())
  .nullish()
  .refine(isShallow)
  .transform((value) => value ?? null);

/** Where a value that should be JSON arrives as its text, the value. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return parseJson(value);
  } catch {
    return value;
  }
}

const summaryShape = {
  id,
  slug: text,
  name: text,
  model: text,
  collection_id: text,
  status: text,
  created_at: time,
  last_updated_at: time,
};
const wireSummary = tolerant('portkey', z.object(summaryShape), ['id']);

function toSummary(wire: z.output<typeof wireSummary>) {
  return {
    id: wire.id,
    slug: wire.slug,
    name: wire.name,
    model: wire.model,
    collectionId: wire.collection_id,
    status: wire.status,
    createdAt: wire.created_at,
    updatedAt: wire.last_updated_at,
  };
}

/** A page of `GET /prompts`. */
export const promptList = z
  .object({ total: z.int().nonnegative(), data: z.array(wireSummary) })
  .transform(({ total, data }): { total: number; items: PortkeyPromptSummary[] } => ({
    total,
    items: data.map(toSummary),
  }));

const named = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);
/** Their notation is hardly documented. */
const components = record
  .pipe(z.object({ variables: z.array(named).nullish(), partials: z.array(named).nullish() }))
  .nullish();

/** The names in a template. */
function namesIn(
  found: Told<z.output<typeof components>>,
  kind: 'variables' | 'partials',
): Told<readonly string[] | null> {
  return found instanceof UpstreamError ? found : (found?.[kind] ?? null);
}

const versionShape = {
  string: text,
  parameters: z.preprocess(parsed, optionalRecord),
  functions: z.preprocess(parsed, optionalList),
  tools: z.preprocess(parsed, optionalList),
  tool_choice: z.unknown().optional().refine(isShallow),
  template_metadata: z.preprocess(parsed, optionalRecord),
  virtual_key: text,
  is_raw_template: z
    .union([z.boolean(), z.number()])
    .nullish()
    .transform((value) => (value === null || value === undefined ? null : Boolean(value))),
  prompt_version: integer,
  prompt_version_id: text,
  prompt_version_status: text,
  prompt_version_description: text,
  variable_components: z.preprocess(parsed, components),
};

/** Names of a version's fields where it stands by itself, to those that it has on a flat prompt. */
function versionFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const version: Record<string, unknown> = { ...value };
  return {
    ...version,
    prompt_version: version.prompt_version ?? version.version ?? version.version_number,
    prompt_version_id: version.prompt_version_id ?? version.version_id ?? version.id,
    prompt_version_status: version.prompt_version_status ?? version.version_status ?? version.status,
    prompt_version_description:
      version.prompt_version_description ?? version.version_description ?? version.description,
  };
}

const wirePrompt = tolerant('portkey', z.object({ ...summaryShape, ...versionShape }), ['id']);

const nestedVersion = z.preprocess(versionFields, record);
type Version = z.output<typeof nestedVersion>;

const nested = tolerant(
  'portkey',
  z.looseObject({
    current_version: nestedVersion.nullish(),
    versions: z
      .union([
        z.array(nestedVersion),
        z.object({ data: z.array(nestedVersion) }).transform(({ data }) => data),
      ])
      .nullish(),
  }),
  [],
);

/** The published version of several, or else the newest. */
function published(versions: readonly Version[] | null | undefined): Version | undefined {
  const newestFirst = [...(versions ?? [])].sort(
    (a, b) => Number(b.prompt_version) - Number(a.prompt_version),
  );
  return (
    newestFirst.find(({ prompt_version_status }) => prompt_version_status === 'active') ?? newestFirst[0]
  );
}

/** Some deployments nest the version's fields (`current_version` or `versions`); afterwards they are flat. */
function flatten(value: unknown): unknown {
  // Most are flat already: copying so many fields would cost more than all the rest of reading them.
  if (typeof value !== 'object' || value === null || !('current_version' in value || 'versions' in value)) {
    return value;
  }
  const { current_version, versions, ...prompt } = nested.parse(value);
  const version = current_version ?? (versions instanceof UpstreamError ? versions : published(versions));
  if (!version) return prompt;
  if (version instanceof UpstreamError) {
    // Flat already: what stands beside is something else.
    if (typeof prompt.string === 'string') return prompt;
    const errors = Object.fromEntries(Object.keys(versionShape).map((field) => [field, version]));
    return { ...errors, ...withoutNothing(prompt) };
  }
  const { id: _id, slug: _slug, name: _name, status: _status, created_at: _createdAt, ...fields } = version;
  return { ...fields, ...withoutNothing(prompt) };
}

function withoutNothing(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** A prompt as `GET /prompts/:id` and `GET /prompts/:id/versions/:versionId` give it. */
export const prompt = z.preprocess(flatten, wirePrompt).transform(
  // One literal: an object that so many fields are spread into is many times as large, and as slow.
  (wire): PortkeyPrompt => ({
    id: wire.id,
    slug: wire.slug,
    name: wire.name,
    model: wire.model,
    collectionId: wire.collection_id,
    status: wire.status,
    createdAt: wire.created_at,
    updatedAt: wire.last_updated_at,
    template: wire.string,
    variables: namesIn(wire.variable_components, 'variables'),
    partials: namesIn(wire.variable_components, 'partials'),
    parameters: wire.parameters,
    virtualKey: wire.virtual_key,
    functions: wire.functions,
    tools: wire.tools,
    toolChoice: wire.tool_choice ?? null,
    metadata: wire.template_metadata,
    isRawTemplate: wire.is_raw_template,
    version: wire.prompt_version,
    versionId: wire.prompt_version_id,
    versionDescription: wire.prompt_version_description,
    versionStatus: wire.prompt_version_status,
  }),
);

/** The answer to `POST /prompts`. */
export const created = z
  .object({ id, slug: text, version_id: text })
  .transform((wire) => ({ id: wire.id, slug: wire.slug, versionId: wire.version_id }));

/** The answer to `PUT /prompts/:id`. */
export const updated = z
  .object({ id, slug: text, prompt_version_id: text })
  .transform((wire) => ({ id: wire.id, slug: wire.slug, versionId: wire.prompt_version_id }));

const numberedVersion = z.preprocess(
  versionFields,
  z.object({ prompt_version: z.int(), prompt_version_id: id }),
);

/** The answer to `GET /prompts/:id/versions`, seen as a bare array and as a list object. */
export const versions = z
  .union([
    z.array(numberedVersion),
    z.object({ data: z.array(numberedVersion) }).transform(({ data }) => data),
  ])
  .transform((list) =>
    list.map((wire) => ({ number: wire.prompt_version, versionId: wire.prompt_version_id })),
  );

/** A collection as `GET /collections/:id` gives it. */
export const collection = tolerant('portkey', z.object({ id, name: text }), ['id']);

const errorBody = z.object({
  message: z.string().optional(),
  data: z.object({ message: z.string().optional() }).nullish(),
  error: z.union([z.string(), z.object({ message: z.string().optional() })]).nullish(),
});

/** The complaint of a 400 or 409: it names no field in a documented place. */
export function parseFaults(body: unknown): UpstreamFault[] {
  const result = errorBody.safeParse(body);
  if (!result.success) return [];
  const { message, data, error } = result.data;
  const words = data?.message ?? (typeof error === 'string' ? error : error?.message) ?? message;
  return words ? [{ field: null, message: words }] : [];
}
