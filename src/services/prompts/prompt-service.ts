import type { Prompt, PromptAttributesInput, PromptImage, PromptImages } from '../../domain/prompt.js';
import type { ImagesInput } from '../../domain/uploaded-file.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import { isAstriaId } from '../../sources/keyset.js';
import type { PromptSource } from '../../sources/prompts.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import { checkKey, fingerprintOf } from '../idempotency/once.js';
import type { PromptAccount } from './account.js';
import { checkAttributes, needsOriginal } from './attribute-rules.js';
import type { Draft } from './creation.js';
import { expectedDuplicate } from './expected-duplicate.js';
import { checkImages } from './images.js';
import type { OncePrompts, PromptResult } from './once-prompts.js';

type Input = PromptAttributesInput & ImagesInput;

export interface PromptServiceOptions {
  /** Astria as the request reads it. */
  readonly astria: AstriaApi;
  readonly prompts: PromptSource;
  readonly owner: PromptAccount;
  readonly creation: OncePrompts;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
}

/**
 * Creates image prompts. Everything is checked before anything is sent, and all faults are reported together.
 */
export class PromptService {
  readonly #options: PromptServiceOptions;

  constructor(options: PromptServiceOptions) {
    this.#options = options;
  }

  /** @throws UpstreamError for what the caller cannot mend. */
  async create(tuneId: string, input: Input, key: string | null): Promise<PromptResult> {
    const { owner, creation } = this.#options;
    const noTune: UserError = { code: 'NOT_FOUND', message: 'there is no such tune', field: ['tuneId'] };
    const { images, faults } = await checkImages(input, ['input']);
    const userErrors = [
      ...checkAttributes(input, ['input'], undefined),
      ...creation.callbackFaults(input.callback, ['input', 'callback']),
      ...faults,
      ...checkKey(key),
    ];
    if (!isAstriaId(tuneId)) userErrors.unshift(noTune);
    if (userErrors.length > 0) return { prompt: null, userErrors };
    // To a create, null and omitted are the same: Astria's default.
    const attributes = withoutNull(attributesOf(input));
    const draft: Draft = {
      owner,
      kind: fingerprintOf([owner.account, 'create', tuneId, attributes]),
      images: fingerprintOf(contentOf(images)),
      target: attributes.callback ?? null,
      send: (astria, callback) =>
        astria.createPrompt(tuneId, withCallback(attributes, callback), withoutNull(images)),
      expect: async () => ({ tuneId, attributes, newerThan: null }),
    };
    return creation.create(draft, { ...this.#request(key), argument: 'input', notFound: noTune });
  }

  /** @throws UpstreamError for what the caller cannot mend. */
  async duplicate(
    id: string,
    overrides: Input,
    imageIndex: number | null,
    key: string | null,
  ): Promise<PromptResult> {
    const { prompts, owner, creation } = this.#options;
    const noPrompt: UserError = { code: 'NOT_FOUND', message: 'there is no such prompt', field: ['id'] };
    // Of the gateway's own addresses each is one prompt's: the duplicate gets another one for the same target.
    const inheritsCallback = creation.hasCallbacks && overrides.callback === undefined;
    const mustRead = imageIndex !== null || inheritsCallback || needsOriginal(overrides);
    const [original, { images, faults }] = await Promise.all([
      mustRead ? prompts.load(id) : null,
      checkImages(overrides, ['overrides']),
    ]);
    const userErrors = [
      ...((mustRead && !original) || !isAstriaId(id) ? [noPrompt] : []),
      ...checkAttributes(overrides, ['overrides'], original),
      ...creation.callbackFaults(overrides.callback, ['overrides', 'callback']),
      ...faults,
      ...imageIndexFaults(imageIndex, original),
      ...checkKey(key),
    ];
    if (userErrors.length > 0) return { prompt: null, userErrors };
    const attributes = attributesOf(overrides);
    const draft: Draft = {
      owner,
      kind: fingerprintOf([owner.account, 'duplicate', id, attributes, imageIndex]),
      images: fingerprintOf(contentOf(images)),
      target: inheritsCallback
        ? await creation.inheritedTarget(owner, original)
        : (overrides.callback ?? null),
      send: (astria, callback) =>
        astria.duplicatePrompt(id, withCallback(attributes, callback), images, imageIndex),
      expect: async () => expectedDuplicate(await owner.astriaInBackground.getPrompt(id), attributes),
    };
    return creation.create(draft, { ...this.#request(key), argument: 'overrides', notFound: noPrompt });
  }

  #request(key: string | null) {
    const { astria, signal } = this.#options;
    return { key, astria, signal };
  }
}

function attributesOf({ inputImage: _input, maskImage: _mask, ...attributes }: Input): PromptAttributesInput {
  return attributes;
}

function withCallback(
  attributes: PromptAttributesInput,
  callback: string | undefined,
): PromptAttributesInput {
  return callback === undefined ? attributes : { ...attributes, callback };
}

/** What images are made of, without the names of their files. */
function contentOf({ inputImage, maskImage }: PromptImages): unknown {
  const content = (image: PromptImage | null | undefined) =>
    image && 'file' in image ? { sha256: image.file.sha256 } : image;
  return { inputImage: content(inputImage), maskImage: content(maskImage) };
}

function imageIndexFaults(imageIndex: number | null, original: Prompt | null): UserError[] {
  if (imageIndex === null) return [];
  const fault = (message: string): UserError[] => [{ code: 'INVALID', message, field: ['imageIndex'] }];
  if (imageIndex < 0) return fault('imageIndex must not be negative');
  // What the original does not tell is Astria's to judge.
  if (!original || original.images instanceof UpstreamError || imageIndex < original.images.length) return [];
  if (original.images.length === 0)
    return fault('imageIndex cannot be used: the original has no images (yet)');
  return fault(`imageIndex must be 0 to ${original.images.length - 1}: that many images the original has`);
}

function withoutNull<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as T;
}
