import { type Prompt, type PromptAttributesEcho, RAW } from '../../domain/prompt.js';
import { ATTRIBUTE_LIST } from '../../domain/prompt-attributes.js';
import type { Tune } from '../../domain/tune.js';
import { type Told, UpstreamError, type UpstreamFault } from '../../domain/upstream-error.js';
import { type Decoder, type FieldReader, type JsonObject, listOf } from '../decode.js';
import { ourName } from './attributes.js';

type FieldDecoder = (raw: JsonObject, reader: FieldReader) => unknown;

/** A decoder for each attribute of a prompt. */
const ATTRIBUTES = ATTRIBUTE_LIST.map(([name, { wireName, type, words }]): [string, FieldDecoder] => {
  if (type !== 'enum') return [name, (raw, reader) => reader[type](raw[wireName], wireName)];
  const values = new Map(Object.entries(words ?? {}).map(([ours, wire]) => [wire, ours]));
  return [name, (raw, reader) => reader.word(raw[wireName], wireName, values)];
});
/** A copy of an object that has all fields is filled much faster than one that gets them one after the other. */
const EMPTY_PROMPT: Prompt = {
  ...(Object.fromEntries(ATTRIBUTES.map(([name]) => [name, undefined])) as PromptAttributesEcho),
  ...{ id: '', tuneId: null, status: 'RUNNING', images: [], error: null, url: null, costMillicents: null },
  ...{ createdAt: null, updatedAt: null, startedTrainingAt: null, trainedAt: null },
  [RAW]: {},
};

function id(value: unknown, reader: FieldReader): string {
  return String(reader.natural(value, 'id'));
}

function optionalId(value: unknown, field: string, reader: FieldReader): Told<string | null> {
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

/** Some tunes have several checkpoints, some one, under another name. */
function checkpointUrls(raw: JsonObject, reader: FieldReader): Tune['checkpointUrls'] {
  const several = reader.strings(raw.ckpt_urls, 'ckpt_urls') ?? [];
  const one = reader.string(raw.ckpt_url, 'ckpt_url') ?? null;
  if (several instanceof UpstreamError || several.length > 0 || one === null) return several;
  return one instanceof UpstreamError ? one : [one];
}

/** Decodes a prompt of `GET /prompts`, `GET /prompts/:id.json` and the create requests. */
export const prompt: Decoder<Prompt> = (value, reader) => {
  const raw = reader.object(value);
  const images = reader.strings(raw.images, 'images') ?? [];
  const error = reader.string(raw.user_error, 'user_error') || null;
  const decoded: { -readonly [K in keyof Prompt]: Prompt[K] } & Record<string, unknown> = { ...EMPTY_PROMPT };
  decoded.id = id(raw.id, reader);
  decoded.tuneId = optionalId(raw.tune_id, 'tune_id', reader);
  decoded.status = promptStatus(images, error);
  decoded.images = images;
  decoded.error = error;
  decoded.url = reader.string(raw.url, 'url') ?? null;
  decoded.costMillicents = reader.integer(raw.cost_mc, 'cost_mc') ?? null;
  decoded.createdAt = reader.time(raw.created_at, 'created_at');
  decoded.updatedAt = reader.time(raw.updated_at, 'updated_at');
  decoded.startedTrainingAt = reader.time(raw.started_training_at, 'started_training_at');
  decoded.trainedAt = reader.time(raw.trained_at, 'trained_at');
  decoded[RAW] = raw;
  for (const [name, decode] of ATTRIBUTES) decoded[name] = decode(raw, reader);
  return decoded;
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
