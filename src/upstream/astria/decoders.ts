import { z } from 'zod';
import { type Prompt, RAW, type RawPrompt } from '../../domain/prompt.js';
import type { Tune } from '../../domain/tune.js';
import { UpstreamError, type UpstreamFault } from '../../domain/upstream-error.js';
import {
  flag,
  integer,
  isRecord,
  longInteger,
  noteUnknownWord,
  text,
  texts,
  time,
  tolerant,
} from '../decode.js';
import { ourName, WIRE_NAMES, WIRE_WORDS } from './attributes.js';

const id = z.int().nonnegative().transform(String);
const optionalId = z
  .int()
  .nullish()
  .transform((value) => (value === null || value === undefined ? null : String(value)));
/** Maps Astria's words to enum values. A word that the schema lacks is null, and reported to the log. */
function word<F extends keyof typeof WIRE_WORDS>(field: F) {
  const words: Record<string, string> = WIRE_WORDS[field];
  const ours = new Map(
    Object.entries(words).map(([our, wire]) => [wire, our as keyof (typeof WIRE_WORDS)[F] & string]),
  );
  return z
    .string()
    .nullish()
    .transform((value) => {
      // An attribute that was never set comes back as empty text from multipart forms.
      if (value === null || value === undefined) return value;
      const our = ours.get(value) ?? null;
      if (our === null && value !== '') noteUnknownWord(WIRE_NAMES[field], value);
      return our;
    });
}

const wireTune = tolerant(
  'astria',
  z.object({
    id,
    title: text,
    name: text,
    token: text,
    base_tune_id: optionalId,
    args: text,
    steps: integer,
    face_crop: flag,
    training_face_correct: flag,
    ckpt_urls: texts,
    ckpt_url: text,
    eta: time,
    trained_at: time,
    started_training_at: time,
    expires_at: time,
    created_at: time,
    updated_at: time,
    branch: text,
    model_type: text,
    url: text,
    orig_images: texts,
    is_api: flag,
  }),
  ['id'],
);

type WireTune = z.output<typeof wireTune>;

function tuneStatus({ trained_at, started_training_at }: WireTune): Tune['status'] {
  if (trained_at instanceof UpstreamError) return trained_at;
  if (trained_at !== null) return 'TRAINED';
  if (started_training_at instanceof UpstreamError) return started_training_at;
  return started_training_at === null ? 'QUEUED' : 'TRAINING';
}

function checkpoints({ ckpt_urls, ckpt_url }: WireTune): Tune['checkpointUrls'] {
  if (ckpt_urls instanceof UpstreamError || ckpt_urls.length > 0) return ckpt_urls;
  if (ckpt_url instanceof UpstreamError) return ckpt_url;
  return ckpt_url === null ? [] : [ckpt_url];
}

/** A tune as `GET /tunes` and `GET /tunes/:id` give it. */
export const tune = wireTune.transform(
  (wire): Tune => ({
    id: wire.id,
    title: wire.title,
    className: wire.name,
    token: wire.token,
    status: tuneStatus(wire),
    branch: wire.branch,
    modelType: wire.model_type,
    baseTuneId: wire.base_tune_id,
    steps: wire.steps,
    args: wire.args,
    faceCrop: wire.face_crop,
    trainingFaceCorrect: wire.training_face_correct,
    isApi: wire.is_api,
    origImages: wire.orig_images,
    checkpointUrls: checkpoints(wire),
    url: wire.url,
    eta: wire.eta,
    startedTrainingAt: wire.started_training_at,
    trainedAt: wire.trained_at,
    expiresAt: wire.expires_at,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
  }),
);

const wirePrompt = tolerant(
  'astria',
  z.object({
    id,
    tune_id: optionalId,
    images: texts,
    user_error: text,
    url: text,
    cost_mc: longInteger,
    created_at: time,
    updated_at: time,
    started_training_at: time,
    trained_at: time,
    text: z.string().nullish(),
    negative_prompt: z.string().nullish(),
    theme: z.string().nullish(),
    callback: z.string().nullish(),
    num_images: z.int32().nullish(),
    seed: z.int().nullish(),
    super_resolution: z.boolean().nullish(),
    inpaint_faces: z.boolean().nullish(),
    hires_fix: z.boolean().nullish(),
    face_correct: z.boolean().nullish(),
    face_swap: z.boolean().nullish(),
    use_lpw: z.boolean().nullish(),
    film_grain: z.boolean().nullish(),
    prompt_expansion: z.boolean().nullish(),
    community: z.boolean().nullish(),
    cfg_scale: z.number().nullish(),
    steps: z.int32().nullish(),
    aspect_ratio: word('aspectRatio'),
    resolution: word('resolution'),
    w: z.int32().nullish(),
    h: z.int32().nullish(),
    scheduler: word('scheduler'),
    backend_version: z.int32().nullish(),
    style: word('style'),
    color_grading: word('colorGrading'),
    controlnet: word('controlnet'),
    denoising_strength: z.number().nullish(),
    controlnet_conditioning_scale: z.number().nullish(),
    controlnet_txt2img: z.boolean().nullish(),
  }),
  ['id'],
);

function promptStatus({ images, user_error }: z.output<typeof wirePrompt>): Prompt['status'] {
  if (user_error instanceof UpstreamError) return user_error;
  if (user_error !== null && user_error !== '') return 'FAILED';
  if (images instanceof UpstreamError) return images;
  return images.length > 0 ? 'SUCCEEDED' : 'RUNNING';
}

/** A prompt as `GET /prompts`, `GET /prompts/:id.json` and the creates give it. */
export const prompt = z.unknown().transform((given, context): Prompt => {
  const result = wirePrompt.safeParse(given);
  if (result.success && isRecord(given)) return toPrompt(result.data, given);
  context.issues.push(...((result.error?.issues ?? []) as z.core.$ZodRawIssue[]));
  return z.NEVER;
});

function toPrompt(wire: z.output<typeof wirePrompt>, raw: RawPrompt): Prompt {
  // One literal, not spread together: an object of this size that grows is several times slower to make.
  return {
    [RAW]: raw,
    id: wire.id,
    tuneId: wire.tune_id,
    status: promptStatus(wire),
    images: wire.images,
    error: wire.user_error || null,
    url: wire.url,
    costMillicents: wire.cost_mc,
    createdAt: wire.created_at,
    updatedAt: wire.updated_at,
    startedTrainingAt: wire.started_training_at,
    trainedAt: wire.trained_at,
    text: wire.text,
    negativePrompt: wire.negative_prompt,
    theme: wire.theme,
    callback: wire.callback,
    numImages: wire.num_images,
    seed: wire.seed,
    superResolution: wire.super_resolution,
    inpaintFaces: wire.inpaint_faces,
    hiresFix: wire.hires_fix,
    faceCorrect: wire.face_correct,
    faceSwap: wire.face_swap,
    useLpw: wire.use_lpw,
    filmGrain: wire.film_grain,
    promptExpansion: wire.prompt_expansion,
    community: wire.community,
    cfgScale: wire.cfg_scale,
    steps: wire.steps,
    aspectRatio: wire.aspect_ratio,
    resolution: wire.resolution,
    width: wire.w,
    height: wire.h,
    scheduler: wire.scheduler,
    backendVersion: wire.backend_version,
    style: wire.style,
    colorGrading: wire.color_grading,
    controlnet: wire.controlnet,
    denoisingStrength: wire.denoising_strength,
    controlnetConditioningScale: wire.controlnet_conditioning_scale,
    controlnetTxt2img: wire.controlnet_txt2img,
  };
}

/**
 * The complaints of a 400 or 422: a field to a list of messages, or `{"error": ...}`. What Astria says of other things
 * than a prompt's fields is kept without a field.
 */
export function parseFaults(body: unknown): UpstreamFault[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.entries(body).flatMap(([wireName, value]): UpstreamFault[] => {
    const messages = (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string');
    const field = ourName(wireName);
    const named = field === null && !['error', 'base', 'errors', 'message'].includes(wireName);
    return messages.map((message) => ({ field, message: named ? `${wireName} ${message}` : message }));
  });
}
