import { type Answer, json } from '../answer.js';
import type { UploadedFile } from '../form.js';
import { FILE_OR_URL, type PromptAttributes } from './attributes.js';
import { type Call, requirePrompt, requireTune, workspaceOf } from './call.js';
import { existingPrompt } from './deduplication.js';
import { FieldErrors } from './field-errors.js';
import { refuseUnknownQuery } from './paging.js';
import { checkDependencies } from './prompt-checks.js';
import { attributesOf, readPromptFields } from './prompt-fields.js';
import { type Params, readParams, refuseOtherKeys, requireObject } from './rails-params.js';
import { type Prompt, presentPrompt, promptAttributes } from './records.js';
import type { AstriaState } from './state.js';

/** POST /tunes/:tune_id/prompts */
export function createPrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const tune = requireTune(call, 'tune_id');
  const params = readParams(call.request.body);
  const given = requireObject(params, 'prompt');
  const errors = new FieldErrors();
  const { values, files } = readPromptFields(given, params.isForm, errors);
  const attributes = promptAttributes(values);
  checkDependencies(attributes, errors);
  errors.throwIfAny();
  attributes.workspace_id ??= workspaceOf(call);
  const wanted = { ...attributes, owner: call.owner, tune_id: tune.id };
  const existing = existingPrompt(call.state, wanted);
  if (existing) return json(200, presentPrompt(existing));
  const prompt = call.state.renderPrompt(wanted);
  attachFiles(call.state, prompt, files);
  return json(201, presentPrompt(prompt));
}

/** POST /prompts/:id/duplicate: what is not given is inherited, an explicit null is cleared. */
export function duplicatePrompt(call: Call): Answer {
  refuseUnknownQuery(call.request.query, ['view']);
  const original = requirePrompt(call);
  const params = readParams(call.request.body);
  const overrides = overridesOf(params);
  const errors = new FieldErrors();
  const { values, files } = readPromptFields(overrides, params.isForm, errors);
  const attributes = inherit(original, values);
  checkDependencies(attributes, errors);
  const reusedImage = readImageIndex(params, original, errors);
  errors.throwIfAny();
  const wanted = { ...attributes, owner: call.owner, tune_id: original.tune_id };
  const existing = existingPrompt(call.state, wanted);
  if (existing) return json(200, presentPrompt(existing));
  const prompt = call.state.renderPrompt({
    ...wanted,
    orig_prompt_id: original.id,
    reused_image: reusedImage,
  });
  shareFiles(call.state, original, prompt, files);
  attachFiles(call.state, prompt, files);
  return json(201, presentPrompt(prompt));
}

function overridesOf(params: Params): Record<string, unknown> {
  if (params.root.prompt !== undefined) return requireObject(params, 'prompt', ['image_index']);
  refuseOtherKeys(params, ['image_index']);
  return {};
}

function inherit(original: Prompt, values: Record<string, unknown>): PromptAttributes {
  const attributes = attributesOf(original);
  // The new half of a file-or-URL pair displaces the inherited other half.
  for (const [file, url] of FILE_OR_URL) {
    if ((values[file] ?? null) !== null) attributes[url] = null;
    if ((values[url] ?? null) !== null) attributes[file] = null;
  }
  return promptAttributes({ ...attributes, ...values });
}

function readImageIndex(params: Params, original: Prompt, errors: FieldErrors): string | null {
  const raw = params.root.image_index ?? null;
  if (raw === null || (params.isForm && raw === '')) return null;
  const index = params.isForm && typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw;
  if (typeof index !== 'number' || !Number.isInteger(index)) errors.add('image_index', 'must be an integer');
  else if (!original.images) errors.add('image_index', 'the original has no images');
  else if (index < 0 || index >= original.images.length) {
    errors.add('image_index', `must be between 0 and ${original.images.length - 1}`);
  } else return original.images[index] ?? null;
  return null;
}

/** Stores uploaded files and gives their attributes the URLs they are served under. */
export function attachFiles(state: AstriaState, prompt: Prompt, files: Map<string, UploadedFile[]>): void {
  const served: Record<string, unknown> = {};
  for (const [field, list] of files) {
    state.uploads.keep(`prompts/${prompt.id}`, field, list);
    const urls = list.map((_, n) => `${state.imagesUrl}/uploads/prompts/${prompt.id}/${field}/${n}`);
    served[field] = Object.hasOwn(prompt, field) && field === 'image_references' ? urls : urls[0];
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
