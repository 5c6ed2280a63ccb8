import type {
  ExtraAttributes,
  ImageFile,
  Prompt,
  PromptAttributesInput,
  PromptImages,
} from '../../domain/prompt.js';
import { ATTRIBUTE_LIST } from '../../domain/prompt-attributes.js';
import type { Tune, TuneFilter } from '../../domain/tune.js';
import type { UpstreamRequest } from '../call.js';
import type { Decoder } from '../decode.js';
import { type Caller, type CallerClient, type ConnectionOptions, UpstreamClient } from '../http-client.js';
import { astriaRetryPolicy } from '../retry-policy.js';
import { toWireValue, WIRE_IMAGE_NAMES } from './attributes.js';
import { parseFieldErrors, prompt, prompts, tune, tunes } from './decoders.js';
import { type FormField, multipartBody } from './multipart.js';

/** Largest page that Astria returns. */
export const MAX_PAGE = 120;

/** Page of a list, newest first. It has up to `limit` objects (1 to 120) with ids below `beforeId`. */
export interface Keyset {
  readonly limit: number;
  readonly beforeId?: number | undefined;
}

/** Content of a prompt in a request to create or duplicate it. */
export interface PromptContent {
  readonly attributes: PromptAttributesInput;
  readonly images: PromptImages;
  readonly extra: ExtraAttributes;
}

/**
 * Calls Astria's endpoints for tunes and prompts for one caller. All failures are UpstreamErrors, but a read returns null for
 * a 404.
 */
export class AstriaApi {
  readonly #client: CallerClient;

  constructor(client: UpstreamClient, caller: Caller) {
    this.#client = client.forCaller(caller);
  }

  /** Offset of Astria's clock from the clock of this machine. */
  get clockOffset(): CallerClient['clockOffset'] {
    return this.#client.clockOffset;
  }

  listTunes(keyset: Keyset, filter: TuneFilter = {}): Promise<Tune[]> {
    const query = keysetQuery(keyset);
    if (filter.title) query.set('title', filter.title);
    for (const name of filter.classNames ?? []) query.append('name[]', name);
    if (filter.branch) query.set('branch', filter.branch);
    if (filter.modelType) query.set('model_type', filter.modelType);
    return this.#client.fetch({ endpoint: 'GET /tunes', query }, tunes);
  }

  getTune(id: string): Promise<Tune | null> {
    return this.#client.find({ endpoint: 'GET /tunes/:id', params: [id] }, tune);
  }

  listPrompts(keyset: Keyset): Promise<Prompt[]> {
    return this.#client.fetch({ endpoint: 'GET /prompts', query: keysetQuery(keyset) }, prompts);
  }

  /** Returns null if the tune does not exist. */
  listPromptsOfTune(tuneId: string, keyset: Keyset): Promise<Prompt[] | null> {
    const query = keysetQuery(keyset);
    return this.#client.find({ endpoint: 'GET /tunes/:id/prompts', params: [tuneId], query }, prompts);
  }

  getPrompt(id: string): Promise<Prompt | null> {
    return this.#client.find({ endpoint: 'GET /prompts/:id.json', params: [`${id}.json`] }, prompt);
  }

  createPrompt(tuneId: string, content: PromptContent): Promise<Prompt> {
    return this.#write({ endpoint: 'POST /tunes/:id/prompts', params: [tuneId] }, content);
  }

  /** Duplicates a prompt. @param imageIndex Image of the original to reuse. It is sent next to `prompt[...]`, not inside it. */
  duplicatePrompt(id: string, overrides: PromptContent, imageIndex: number | null): Promise<Prompt> {
    const topLevelFields = imageIndex === null ? {} : { image_index: imageIndex };
    return this.#write({ endpoint: 'POST /prompts/:id/duplicate', params: [id] }, overrides, topLevelFields);
  }

  async #write(
    request: UpstreamRequest,
    content: PromptContent,
    topLevelFields: Record<string, number> = {},
  ): Promise<Prompt> {
    const fields = wireFields(content);
    const hasFile = fields.some(([, value]) => isImageFile(value));
    // Rails rejects an empty `prompt` object.
    const json =
      fields.length > 0 ? { prompt: Object.fromEntries(fields), ...topLevelFields } : topLevelFields;
    const payload = hasFile ? { body: multipartBody(formFields(fields, topLevelFields)) } : { json };
    // Astria's own client also accepts an array.
    const decoder: Decoder<Prompt> = (body, reader) => prompt(Array.isArray(body) ? body[0] : body, reader);
    return this.#client.fetch({ ...request, ...payload }, decoder);
  }
}

/** Creates a client for Astria that all callers share. */
export function astriaClient(options: ConnectionOptions): UpstreamClient {
  return new UpstreamClient({
    ...options,
    upstream: 'astria',
    retryPolicy: astriaRetryPolicy,
    authorize: (key) => ['authorization', `Bearer ${key}`],
    parseFieldErrors,
  });
}

function keysetQuery({ limit, beforeId }: Keyset): URLSearchParams {
  const query = new URLSearchParams({ limit: String(limit) });
  if (beforeId !== undefined) query.set('before_id', String(beforeId));
  return query;
}

type WireField = readonly [name: string, value: unknown];

/** Returns the fields under Astria's names. Null clears a field. */
function wireFields({ attributes, images, extra }: PromptContent): WireField[] {
  const fields: WireField[] = [];
  for (const [name, { wireName }] of ATTRIBUTE_LIST) {
    const value = attributes[name];
    if (value !== undefined) fields.push([wireName, toWireValue(name, value)]);
  }
  for (const [name, wireName] of Object.entries(WIRE_IMAGE_NAMES)) {
    const image = images[name as keyof PromptImages];
    if (image === undefined) continue;
    // Clear both, because the original can have either.
    if (image === null) fields.push([wireName, null], [`${wireName}_url`, null]);
    else if ('file' in image) fields.push([wireName, image.file]);
    else fields.push([`${wireName}_url`, image.url]);
  }
  fields.push(...Object.entries(extra));
  return fields;
}

/** Encodes the fields as form fields. Values become strings, and null becomes an empty string. */
function formFields(fields: readonly WireField[], topLevelFields: Record<string, number>): FormField[] {
  const inside = fields.flatMap(([name, value]) => formField(`prompt[${name}]`, value));
  return [
    ...inside,
    ...Object.entries(topLevelFields).map(([name, value]): FormField => [name, String(value)]),
  ];
}

/** Encodes objects and arrays in the Rails notation: `name[key]` and `name[]`. */
function formField(name: string, value: unknown): FormField[] {
  if (isImageFile(value)) return [[name, value]];
  if (typeof value !== 'object' || value === null) return [[name, String(value ?? '')]];
  const inner = Array.isArray(value)
    ? value.map((each): WireField => [`${name}[]`, each])
    : Object.entries(value).map(([key, each]): WireField => [`${name}[${key}]`, each]);
  // A form has no notation for an empty object or array.
  return inner.length === 0 ? [[name, '']] : inner.flatMap(([key, each]) => formField(key, each));
}

/** Recognizes a file by its function `open`, because JSON values have no functions. */
function isImageFile(value: unknown): value is ImageFile {
  return typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';
}
