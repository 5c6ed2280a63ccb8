import type { UploadedFile } from '../form.js';
import { json, type SandboxResponse } from '../response.js';
import { TUNE_RULES } from './attributes.js';
import { type Call, workspaceOf } from './call.js';
import { existingTune } from './deduplication.js';
import { attachFiles } from './prompt-create.js';
import { readNestedPrompt } from './prompt-fields.js';
import { presentTune, type Tune } from './records.js';
import { RequestFields } from './request-fields.js';
import { isFilled, isRecord } from './values.js';

/** POST /tunes */
export function createTune(call: Call): SandboxResponse {
  const fields = new RequestFields(call.request.body);
  const { prompts_attributes: nested, ...given } = fields.object('tune');
  const { values, files } = fields.read(TUNE_RULES, given);
  checkTune(call, values, fields);
  const prompts = listOf(nested, fields).map((raw, n) =>
    readNestedPrompt(fields, raw, `prompts_attributes[${n}].`),
  );
  fields.throwIfAny();
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

/** Starts training a tune from checked values. Tunes that only reference pictures count as trained immediately. */
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

/** Adds default values. The branch defaults to that of the base tune. SDXL ignores the model type and trains pti. */
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

/** Checks the required fields of a new tune. */
export function checkTune(call: Call, values: Record<string, unknown>, fields: RequestFields): void {
  fields.requireFilled(values, 'title', 'name');
  const hasFiles = fields.has('images') || isFilled(values.images);
  const hasUrls = fields.has('image_urls') || isFilled(values.image_urls);
  if (!hasFiles && !hasUrls) fields.add('images', "can't be blank: images or image_urls is required");
  if (hasFiles && hasUrls) fields.add('images', 'cannot be combined with image_urls');
  checkImageUrls(values.image_urls, fields);
  const base = values.base_tune_id;
  if (typeof base !== 'number') return;
  const owner = call.state.tunes.get(base)?.owner;
  if (owner !== call.owner && owner !== 'gallery') fields.add('base_tune_id', 'does not exist');
}

/** Rejects URLs that are not percent-encoded, because they cannot be downloaded. */
function checkImageUrls(urls: unknown, fields: RequestFields): void {
  if (!Array.isArray(urls)) return;
  if (urls.some((url) => /[^\x21-\x7e]/.test(String(url)))) fields.add('image_urls', 'could not download');
}

/** Returns the elements of a list. A form numbers them: {'0': ..., '1': ...}. */
function listOf(nested: unknown, fields: RequestFields): unknown[] {
  if (nested === undefined || nested === null) return [];
  if (Array.isArray(nested)) return nested;
  if (isRecord(nested) && Object.keys(nested).every((key) => /^\d+$/.test(key))) return Object.values(nested);
  fields.add('prompts_attributes', 'must be a list');
  return [];
}

function settings(values: Record<string, unknown>): Partial<Tune> {
  const { images: _images, image_urls: _urls, ...rest } = values;
  // The values have passed TUNE_RULES, which has the names and types of a tune.
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
