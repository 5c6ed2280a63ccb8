import type { KnownPrompt } from '../../backplane/create-store.js';
import type { Prompt, PromptAttributesInput, PromptImage, PromptImages } from '../../domain/prompt.js';
import type { ImagesInput } from '../../domain/uploaded-file.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import { isAstriaId } from '../../sources/keyset.js';
import type { PromptSource } from '../../sources/prompts.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { CallbackTargets } from '../callbacks/callback-targets.js';
import { fingerprintOf } from '../idempotency/once.js';
import type { PromptAccount } from './account.js';
import { checkAttributes, needsOriginal } from './attribute-rules.js';
import type { Draft } from './creation.js';
import { expectedDuplicate } from './expected-duplicate.js';
import { type CheckedImages, checkImages } from './images.js';
import type { OncePrompts, PromptRequest, PromptResult } from './once-prompts.js';

type Input = PromptAttributesInput & ImagesInput;
type Prepared = Awaited<ReturnType<PromptRequest['prepare']>>;

export interface PromptServiceOptions {
  /** Astria as the request reads it. */
  readonly astria: AstriaApi;
  readonly prompts: PromptSource;
  readonly owner: PromptAccount;
  readonly creation: OncePrompts;
  readonly targets: CallbackTargets;
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
    const { astria, owner, creation, targets, signal } = this.#options;
    const noTune: UserError = { code: 'NOT_FOUND', message: 'there is no such tune', field: ['tuneId'] };
    const { images, faults } = await checkImages(input, ['input']);
    // To a create, null and omitted are the same: Astria's default.
    const attributes = withoutNull(attributesOf(input));
    const content = contentOf(images);
    const known: KnownPrompt = { tuneId, attributes, newerThan: null, images: fingerprintOf(content) };
    const userErrors = [
      ...(isAstriaId(tuneId) ? [] : [noTune]),
      ...checkAttributes(input, ['input'], undefined),
      ...targets.faults(input.callback, ['input', 'callback']),
      ...faults,
    ];
    const draft: Draft = {
      owner,
      send: (api, callback) =>
        api.createPrompt(tuneId, withCallback(attributes, callback), withoutNull(images)),
      complete: async () => known,
    };
    return creation.create({
      ...{ draft, key, astria, signal, argument: 'input', notFound: noTune },
      input: ['create', tuneId, attributes, content],
      prepare: async () => ({ userErrors, prospect: { known, target: attributes.callback ?? null } }),
    });
  }

  /** @throws UpstreamError for what the caller cannot mend. */
  async duplicate(
    id: string,
    overrides: Input,
    imageIndex: number | null,
    key: string | null,
  ): Promise<PromptResult> {
    const { astria, owner, creation, signal } = this.#options;
    const noPrompt: UserError = { code: 'NOT_FOUND', message: 'there is no such prompt', field: ['id'] };
    const checked = await checkImages(overrides, ['overrides']);
    const attributes = attributesOf(overrides);
    const content = contentOf(checked.images);
    const images = fingerprintOf(content);
    const draft: Draft = {
      owner,
      send: (api, callback) =>
        api.duplicatePrompt(id, withCallback(attributes, callback), checked.images, imageIndex),
      complete: async () =>
        expectedDuplicate(await owner.astriaInBackground.getPrompt(id), attributes, images),
    };
    return creation.create({
      ...{ draft, key, astria, signal, argument: 'overrides', notFound: noPrompt },
      input: ['duplicate', id, attributes, content, imageIndex],
      prepare: () => this.#prepareDuplicate(id, overrides, imageIndex, { checked, images, noPrompt }),
    });
  }

  async #prepareDuplicate(
    id: string,
    overrides: Input,
    imageIndex: number | null,
    { checked, images, noPrompt }: { checked: CheckedImages; images: string; noPrompt: UserError },
  ): Promise<Prepared> {
    const { prompts, owner, targets } = this.#options;
    // Of the gateway's own addresses each is one prompt's: the duplicate gets another one for the same target.
    const inheritsCallback = targets.areCalledHere && overrides.callback === undefined;
    const mustRead = imageIndex !== null || inheritsCallback || needsOriginal(overrides);
    const original = mustRead ? await prompts.load(id) : null;
    const attributes = attributesOf(overrides);
    const userErrors = [
      ...((mustRead && !original) || !isAstriaId(id) ? [noPrompt] : []),
      ...checkAttributes(overrides, ['overrides'], original),
      ...targets.faults(overrides.callback, ['overrides', 'callback']),
      ...checked.faults,
      ...imageIndexFaults(imageIndex, original),
    ];
    const target = inheritsCallback ? await targets.inherited(owner, original) : (overrides.callback ?? null);
    const unread: KnownPrompt = { tuneId: null, attributes, newerThan: id, images };
    return {
      userErrors,
      prospect: { known: expectedDuplicate(original, attributes, images) ?? unread, target },
    };
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
