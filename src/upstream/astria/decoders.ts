import { type Prompt, RAW } from '../../domain/prompt.js';
import { PROMPT_ATTRIBUTES } from '../../domain/prompt-attributes.js';
import type { Tune } from '../../domain/tune.js';
import { type FieldError, type FieldResult, UpstreamError } from '../../domain/upstream-error.js';
import { type Decoder, type FieldReader, type JsonObject, listOf } from '../decode.js';
import { ourName } from './attributes.js';

/** Maps Astria's words to enum values. */
function valuesByWord<W extends Record<string, string>>({ words }: { readonly words: W }) {
  return new Map(Object.entries(words).map(([value, word]): [string, keyof W & string] => [word, value]));
}

const ASPECT_RATIOS = valuesByWord(PROMPT_ATTRIBUTES.aspectRatio);
const RESOLUTIONS = valuesByWord(PROMPT_ATTRIBUTES.resolution);
const SCHEDULERS = valuesByWord(PROMPT_ATTRIBUTES.scheduler);
const STYLES = valuesByWord(PROMPT_ATTRIBUTES.style);
const COLOR_GRADINGS = valuesByWord(PROMPT_ATTRIBUTES.colorGrading);
const CONTROLNETS = valuesByWord(PROMPT_ATTRIBUTES.controlnet);

function id(value: unknown, reader: FieldReader): string {
  return String(reader.natural(value, 'id'));
}

function optionalId(value: unknown, field: string, reader: FieldReader): FieldResult<string | null> {
  const found = reader.integer(value, field) ?? null;
  return typeof found === 'number' ? String(found) : found;
}

/** Decodes a tune of `GET /tunes` and `GET /tunes/:id`. */
export const tune: Decoder<Tune> = (value, reader) => {
  const raw = reader.object(value);
  const startedTrainingAt = reader.time(raw.started_training_at, 'started_training_at');
  const trainedAt = reader.time(raw.trained_at, 'trained_at');
  return {
    id: id(raw.id, reader),
    title: reader.string(raw.title, 'title') ?? null,
    className: reader.string(raw.name, 'name') ?? null,
    token: reader.string(raw.token, 'token') ?? null,
    status: tuneStatus(startedTrainingAt, trainedAt),
    branch: reader.string(raw.branch, 'branch') ?? null,
    modelType: reader.string(raw.model_type, 'model_type') ?? null,
    baseTuneId: optionalId(raw.base_tune_id, 'base_tune_id', reader),
    steps: reader.int32(raw.steps, 'steps') ?? null,
    args: reader.string(raw.args, 'args') ?? null,
    faceCrop: reader.boolean(raw.face_crop, 'face_crop') ?? null,
    trainingFaceCorrect: reader.boolean(raw.training_face_correct, 'training_face_correct') ?? null,
    isApi: reader.boolean(raw.is_api, 'is_api') ?? null,
    origImages: reader.strings(raw.orig_images, 'orig_images') ?? [],
    checkpointUrls: checkpointUrls(raw, reader),
    url: reader.string(raw.url, 'url') ?? null,
    eta: reader.time(raw.eta, 'eta'),
    startedTrainingAt,
    trainedAt,
    expiresAt: reader.time(raw.expires_at, 'expires_at'),
    createdAt: reader.time(raw.created_at, 'created_at'),
    updatedAt: reader.time(raw.updated_at, 'updated_at'),
  };
};

/** Decodes a page of tunes. */
export const tunes = listOf(tune);

function tuneStatus(
  startedTrainingAt: Tune['startedTrainingAt'],
  trainedAt: Tune['trainedAt'],
): Tune['status'] {
  if (trainedAt instanceof UpstreamError) return trainedAt;
  if (trainedAt !== null) return 'TRAINED';
  if (startedTrainingAt instanceof UpstreamError) return startedTrainingAt;
  return startedTrainingAt === null ? 'QUEUED' : 'TRAINING';
}

/** Reads `ckpt_urls`, or `ckpt_url` for tunes that have only one checkpoint. */
function checkpointUrls(raw: JsonObject, reader: FieldReader): Tune['checkpointUrls'] {
  const urls = reader.strings(raw.ckpt_urls, 'ckpt_urls') ?? [];
  const url = reader.string(raw.ckpt_url, 'ckpt_url') ?? null;
  if (urls instanceof UpstreamError || urls.length > 0 || url === null) return urls;
  return url instanceof UpstreamError ? url : [url];
}

/** Decodes a prompt of `GET /prompts`, `GET /prompts/:id.json` and the responses to create requests. */
export const prompt: Decoder<Prompt> = (value, reader) => {
  const raw = reader.object(value);
  const images = reader.strings(raw.images, 'images') ?? [];
  const error = reader.string(raw.user_error, 'user_error') || null;
  // The compiler checks that this literal has every attribute of the table. A loop over the table takes four times as long.
  return {
    id: id(raw.id, reader),
    tuneId: optionalId(raw.tune_id, 'tune_id', reader),
    status: promptStatus(images, error),
    images,
    error,
    url: reader.string(raw.url, 'url') ?? null,
    costMillicents: reader.integer(raw.cost_mc, 'cost_mc') ?? null,
    createdAt: reader.time(raw.created_at, 'created_at'),
    updatedAt: reader.time(raw.updated_at, 'updated_at'),
    startedTrainingAt: reader.time(raw.started_training_at, 'started_training_at'),
    trainedAt: reader.time(raw.trained_at, 'trained_at'),
    text: reader.string(raw.text, 'text'),
    negativePrompt: reader.string(raw.negative_prompt, 'negative_prompt'),
    theme: reader.string(raw.theme, 'theme'),
    callback: reader.string(raw.callback, 'callback'),
    numImages: reader.int32(raw.num_images, 'num_images'),
    seed: reader.integer(raw.seed, 'seed'),
    superResolution: reader.boolean(raw.super_resolution, 'super_resolution'),
    inpaintFaces: reader.boolean(raw.inpaint_faces, 'inpaint_faces'),
    hiresFix: reader.boolean(raw.hires_fix, 'hires_fix'),
    faceCorrect: reader.boolean(raw.face_correct, 'face_correct'),
    faceSwap: reader.boolean(raw.face_swap, 'face_swap'),
    useLpw: reader.boolean(raw.use_lpw, 'use_lpw'),
    filmGrain: reader.boolean(raw.film_grain, 'film_grain'),
    promptExpansion: reader.boolean(raw.prompt_expansion, 'prompt_expansion'),
    community: reader.boolean(raw.community, 'community'),
    cfgScale: reader.number(raw.cfg_scale, 'cfg_scale'),
    steps: reader.int32(raw.steps, 'steps'),
    aspectRatio: reader.enumValue(raw.aspect_ratio, 'aspect_ratio', ASPECT_RATIOS),
    resolution: reader.enumValue(raw.resolution, 'resolution', RESOLUTIONS),
    width: reader.int32(raw.w, 'w'),
    height: reader.int32(raw.h, 'h'),
    scheduler: reader.enumValue(raw.scheduler, 'scheduler', SCHEDULERS),
    backendVersion: reader.int32(raw.backend_version, 'backend_version'),
    style: reader.enumValue(raw.style, 'style', STYLES),
    colorGrading: reader.enumValue(raw.color_grading, 'color_grading', COLOR_GRADINGS),
    controlnet: reader.enumValue(raw.controlnet, 'controlnet', CONTROLNETS),
    denoisingStrength: reader.number(raw.denoising_strength, 'denoising_strength'),
    controlnetConditioningScale: reader.number(
      raw.controlnet_conditioning_scale,
      'controlnet_conditioning_scale',
    ),
    controlnetTxt2img: reader.boolean(raw.controlnet_txt2img, 'controlnet_txt2img'),
    // Last, as a computed key slows down the keys after it.
    [RAW]: raw,
  };
};

/** Decodes a page of prompts. */
export const prompts = listOf(prompt);

function promptStatus(images: Prompt['images'], error: Prompt['error']): Prompt['status'] {
  if (error instanceof UpstreamError) return error;
  if (error !== null) return 'FAILED';
  if (images instanceof UpstreamError) return images;
  return images.length > 0 ? 'SUCCEEDED' : 'RUNNING';
}

/**
 * Returns the errors in a 400 or 422 response, which are lists of messages by field, or `{"error": ...}`. Only messages about a
 * prompt's fields have a field.
 */
export function parseFieldErrors(body: unknown): FieldError[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.entries(body).flatMap(([wireName, value]): FieldError[] => {
    const messages = (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string');
    const field = ourName(wireName);
    const named = field === null && !['error', 'base', 'errors', 'message'].includes(wireName);
    return messages.map((message) => ({ field, message: named ? `${wireName} ${message}` : message }));
  });
}
