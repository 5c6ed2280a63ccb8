import type { UploadedFile } from '../form.js';
import { json, type SandboxResponse } from '../response.js';
import {
  attributesOf,
  attributesWhere,
  FILE_OR_URL,
  type PromptAttributes,
  promptAttributes,
} from './attributes.js';
import { type Call, requirePrompt, requireReadable, workspaceOf } from './call.js';
import { existingPrompt } from './deduplication.js';
import { checkDependencies } from './prompt-checks.js';
import { readPromptFields } from './prompt-fields.js';
import { type Prompt, presentPrompt } from './records.js';
import { RequestFields } from './request-fields.js';
import type { AstriaState } from './state.js';

const LISTS: readonly string[] = attributesWhere(({ kind }) => kind === 'files');

/** POST /tunes/:tune_id/prompts */
export function createPrompt(call: Call): SandboxResponse {
  const tune = requireReadable(call, call.state.tunes, 'tune_id');
  const fields = new RequestFields(call.request.body);
  const { values, files } = readPromptFields(fields, fields.object('prompt'));
  const attributes = promptAttributes(values);
  checkDependencies(attributes, fields);
  fields.throwIfAny();
  attributes.workspace_id ??= workspaceOf(call);
  const wanted = { ...attributes, owner: call.owner, tune_id: tune.id };
  const existing = existingPrompt(call.state, wanted);
  if (existing) return json(200, presentPrompt(existing));
  const prompt = call.state.renderPrompt(wanted);
  attachFiles(call.state, prompt, files);
  return json(201, presentPrompt(prompt));
}

/** POST /prompts/:id/duplicate. Omitted attributes are inherited, an explicit null clears an attribute. */
export function duplicatePrompt(call: Call): SandboxResponse {
  const original = requirePrompt(call);
  const fields = new RequestFields(call.request.body);
  const { values, files } = readPromptFields(fields, overridesOf(fields));
  const attributes = inherit(original, values);
  checkDependencies(attributes, fields);
  const reused_image = readImageIndex(fields, original);
  fields.throwIfAny();
  const wanted = { ...attributes, owner: call.owner, tune_id: original.tune_id };
  const existing = existingPrompt(call.state, wanted);
  if (existing) return json(200, presentPrompt(existing));
  const prompt = call.state.renderPrompt({ ...wanted, orig_prompt_id: original.id, reused_image });
  shareFiles(call.state, original, prompt, files);
  attachFiles(call.state, prompt, files);
  return json(201, presentPrompt(prompt));
}

function overridesOf(fields: RequestFields): Record<string, unknown> {
  if (fields.root.prompt !== undefined) return fields.object('prompt', ['image_index']);
  fields.refuseOtherKeys(['image_index']);
  return {};
}

function inherit(original: Prompt, values: Record<string, unknown>): PromptAttributes {
  const attributes: Record<string, unknown> = attributesOf(original);
  // A new file replaces an inherited URL of the same pair, and vice versa.
  for (const { file, url } of FILE_OR_URL) {
    if ((values[file] ?? null) !== null) attributes[url] = null;
    if ((values[url] ?? null) !== null) attributes[file] = null;
  }
  return promptAttributes({ ...attributes, ...values });
}

function readImageIndex(fields: RequestFields, original: Prompt): string | null {
  const { isForm, root } = fields;
  const raw = root.image_index ?? null;
  if (raw === null || (isForm && raw === '')) return null;
  const index = isForm && typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw;
  if (typeof index !== 'number' || !Number.isInteger(index)) fields.add('image_index', 'must be an integer');
  else if (!original.images) fields.add('image_index', 'the original has no images');
  else if (index < 0 || index >= original.images.length) {
    fields.add('image_index', `must be between 0 and ${original.images.length - 1}`);
  } else return original.images[index] ?? null;
  return null;
}

/** Stores uploaded files and sets their attributes to the URLs that serve them. */
export function attachFiles(state: AstriaState, prompt: Prompt, files: Map<string, UploadedFile[]>): void {
  const served: Record<string, unknown> = {};
  for (const [field, list] of files) {
    state.uploads.keep(`prompts/${prompt.id}`, field, list);
    const urls = list.map((_, n) => `${state.imagesUrl}/uploads/prompts/${prompt.id}/${field}/${n}`);
    served[field] = LISTS.includes(field) ? urls : urls[0];
  }
  Object.assign(prompt, served);
}

function shareFiles(
  state: AstriaState,
  original: Prompt,
  copy: Prompt,
  files: Map<string, UploadedFile[]>,
): void {
  for (const field of new Set(state.findUploads(original.id).map((upload) => upload.field))) {
    const kept = Object.entries(copy).some(([name, value]) => name === field && value !== null);
    if (kept && !files.has(field)) state.uploads.share(`prompts/${original.id}`, `prompts/${copy.id}`, field);
  }
}
