import { type Answer, json } from '../answer.js';
import type { UploadedFile } from '../form.js';
import { TUNE_PATCH_RULES, TUNE_RULES } from './attributes.js';
import { type Call, requireOwnTune } from './call.js';
import { FieldErrors } from './field-errors.js';
import { refuseUnknownQuery } from './paging.js';
import { attachFiles, checkNestedPrompt } from './prompt-create.js';
import { readParams, requireObject } from './rails-params.js';
import { presentTune, type Tune } from './records.js';
import { isRecord, readFields } from './values.js';

/** POST /tunes */
export function createTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const params = readParams(call.request.body);
  const { prompts_attributes: nested, ...given } = requireObject(params, 'tune');
  const errors = new FieldErrors();
  const { values, files } = readFields(TUNE_RULES, given, params.isForm, errors);
  checkTune(call, values, errors);
  const prompts = listOf(nested, errors).map((raw, n) =>
    checkNestedPrompt(raw, params.isForm, errors, `prompts_attributes[${n}].`),
  );
  errors.throwIfAny();
  const tune = call.state.trainTune({
    ...settings(values),
    owner: call.owner,
    workspace_id: call.workspaceId,
  });
  storeImages(call, tune, values.image_urls, files.get('images') ?? []);
  for (const prompt of prompts) {
    if (!prompt) continue;
    const made = call.state.renderPrompt({ ...prompt.attributes, owner: call.owner, tune_id: tune.id });
    attachFiles(call.state, made, prompt.files);
  }
  return json(201, presentTune(tune));
}

/** PATCH /tunes/:id */
export function updateTune(call: Call): Answer {
  refuseUnknownQuery(call.request.query, []);
  const tune = requireOwnTune(call);
  const params = readParams(call.request.body);
  const errors = new FieldErrors();
  const { values } = readFields(TUNE_PATCH_RULES, requireObject(params, 'tune'), params.isForm, errors);
  for (const field of ['title', 'name']) {
    if (field in values && !isFilled(values[field])) errors.add(field, "can't be blank");
  }
  errors.throwIfAny();
  Object.assign(tune, values, { updated_at: new Date().toISOString() });
  return json(200, presentTune(tune));
}

function checkTune(call: Call, values: Record<string, unknown>, errors: FieldErrors): void {
  for (const field of ['title', 'name']) {
    if (!errors.has(field) && !isFilled(values[field])) errors.add(field, "can't be blank");
  }
  const hasFiles = errors.has('images') || isFilled(values.images);
  const hasUrls = errors.has('image_urls') || isFilled(values.image_urls);
  if (!hasFiles && !hasUrls) errors.add('images', "can't be blank: images or image_urls is required");
  if (hasFiles && hasUrls) errors.add('images', 'cannot be combined with image_urls');
  const base = values.base_tune_id;
  if (typeof base !== 'number') return;
  const owner = call.state.tunes.get(base)?.owner;
  if (owner !== call.owner && owner !== 'gallery') errors.add('base_tune_id', 'does not exist');
}

function isFilled(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() !== '';
  return Array.isArray(value) && value.length > 0;
}

/** A form numbers the elements of a list: {'0': ..., '1': ...}. */
function listOf(nested: unknown, errors: FieldErrors): unknown[] {
  if (nested === undefined || nested === null) return [];
  if (Array.isArray(nested)) return nested;
  if (isRecord(nested) && Object.keys(nested).every((key) => /^\d+$/.test(key))) return Object.values(nested);
  errors.add('prompts_attributes', 'must be a list');
  return [];
}

function settings(values: Record<string, unknown>): Partial<Tune> {
  const { images: _images, image_urls: _urls, ...rest } = values;
  // The values have passed TUNE_RULES, whose names and types are the tune's own.
  return rest as Partial<Tune>;
}

function storeImages(call: Call, tune: Tune, urls: unknown, files: UploadedFile[]): void {
  if (files.length > 0) {
    call.state.uploads.keep(`tunes/${tune.id}`, 'images', files);
    tune.orig_images = files.map((_, n) => `${call.state.imagesUrl}/uploads/tunes/${tune.id}/images/${n}`);
  } else if (Array.isArray(urls)) {
    tune.orig_images = urls.map(String);
  }
}
