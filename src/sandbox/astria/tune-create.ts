import { type Answer, json } from '../answer.js';
import type { UploadedFile } from '../form.js';
import { TUNE_RULES } from './attributes.js';
import { type Call, workspaceOf } from './call.js';
import { existingTune } from './deduplication.js';
import { FieldErrors } from './field-errors.js';
import { refuseUnknownQuery } from './paging.js';
import { attachFiles } from './prompt-create.js';
import { checkNestedPrompt } from './prompt-fields.js';
import { readParams, requireObject } from './rails-params.js';
import { presentTune, type Tune } from './records.js';
import { isFilled, isRecord, readFields } from './values.js';

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
  const existing = existingTune(call.state, call.owner, values.title);
  if (existing) return json(200, presentTune(existing));
  const tune = trainTune(call, values, files.get('images') ?? []);
  for (const prompt of prompts) {
    if (!prompt) continue;
    const made = call.state.renderPrompt({
      ...prompt.attributes,
      workspace_id: prompt.attributes.workspace_id ?? tune.workspace_id,
      owner: call.owner,
      tune_id: tune.id,
    });
    attachFiles(call.state, made, prompt.files);
  }
  return json(201, presentTune(tune));
}

/** Starts to train a tune from checked values. Those that only refer to pictures are trained immediately. */
export function trainTune(call: Call, values: Record<string, unknown>, images: UploadedFile[]): Tune {
  const wanted: Partial<Tune> = {
    ...withDefaults(call, settings(values)),
    owner: call.owner,
    workspace_id: workspaceOf(call),
    auto_extend: values.auto_extend === true,
  };
  const needsNoTraining = wanted.model_type === 'faceid' || wanted.branch?.startsWith('gemini');
  const tune = needsNoTraining ? call.state.addTune(wanted) : call.state.trainTune(wanted);
  storeImages(call, tune, values.image_urls, images);
  return tune;
}

/** The branch is the base tune's unless it is given. SDXL ignores the model type and trains pti. */
function withDefaults(call: Call, given: Partial<Tune>): Partial<Tune> {
  const base = call.state.tunes.get(given.base_tune_id ?? 0);
  const branch = given.branch ?? base?.branch ?? 'sd15';
  return {
    ...given,
    branch,
    base_tune_id: base?.id ?? null,
    model_type: branch === 'sdxl1' ? 'pti' : (given.model_type ?? null),
    token: given.token ?? (branch === 'sd15' ? 'sks' : 'ohwx'),
  };
}

/** Checks what a new tune needs. */
export function checkTune(call: Call, values: Record<string, unknown>, errors: FieldErrors): void {
  for (const field of ['title', 'name']) {
    if (!errors.has(field) && !isFilled(values[field])) errors.add(field, "can't be blank");
  }
  const hasFiles = errors.has('images') || isFilled(values.images);
  const hasUrls = errors.has('image_urls') || isFilled(values.image_urls);
  if (!hasFiles && !hasUrls) errors.add('images', "can't be blank: images or image_urls is required");
  if (hasFiles && hasUrls) errors.add('images', 'cannot be combined with image_urls');
  checkImageUrls(values.image_urls, errors);
  const base = values.base_tune_id;
  if (typeof base !== 'number') return;
  const owner = call.state.tunes.get(base)?.owner;
  if (owner !== call.owner && owner !== 'gallery') errors.add('base_tune_id', 'does not exist');
}

/** A URL that is not percent-encoded cannot be downloaded. */
function checkImageUrls(urls: unknown, errors: FieldErrors): void {
  if (!Array.isArray(urls)) return;
  if (urls.some((url) => /[^\x21-\x7e]/.test(String(url)))) errors.add('image_urls', 'could not download');
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
