import type { KnownPrompt } from '../../backplane/create-store.js';
import type {
  ExtraAttributes,
  Prompt,
  PromptAttributesInput,
  PromptImage,
  PromptImages,
} from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import { isAstriaId } from '../../sources/keyset.js';
import type { PromptSource } from '../../sources/prompts.js';
import type { AstriaApi, PromptContent } from '../../upstream/astria/client.js';
import type { CallbackTargets } from '../callbacks/callback-targets.js';
import { fingerprintOf } from '../idempotency/once.js';
import type { PromptAccount } from './account.js';
import { checkAttributes, needsOriginal, type PromptInput } from './attribute-rules.js';
import type { Draft } from './creation.js';
import { expectedDuplicate } from './expected-duplicate.js';
import { checkExtra, checkExtraOverride } from './extra-rules.js';
import { type CheckedImages, checkImages } from './images.js';
import type { OncePrompts, PromptRequest, PromptResult } from './once-prompts.js';

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

/** Checked input of a duplicate whose original is not known yet. */
interface DuplicateChecks {
  readonly checked: CheckedImages;
  readonly images: string;
  readonly noPrompt: UserError;
  readonly extra: ExtraAttributes | undefined;
  readonly extraErrors: readonly UserError[];
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
  async create(tuneId: string, input: PromptInput, key: string | null): Promise<PromptResult> {
    const { astria, owner, creation, targets, signal } = this.#options;
    const noTune: UserError = { code: 'NOT_FOUND', message: 'there is no such tune', field: ['tuneId'] };
    const { images, faults } = await checkImages(input, ['input']);
    // To a create, null and omitted are the same: Astria's default.
    const attributes = withoutNull(attributesOf(input));
    const { extra, extraErrors } = extraOf(input, ['input']);
    const content = contentOf(images, extra);
    const known: KnownPrompt = { tuneId, attributes, newerThan: null, images: fingerprintOf(content), extra };
    const userErrors = [
      ...(isAstriaId(tuneId) ? [] : [noTune]),
      ...checkAttributes(input, ['input'], undefined),
      ...targets.faults(input.callback, ['input', 'callback']),
      ...extraErrors,
      ...faults,
    ];
    const draft: Draft = {
      owner,
      send: (api, callback) =>
        api.createPrompt(tuneId, sentContent({ attributes, images: withoutNull(images), extra }, callback)),
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
    overrides: PromptInput,
    imageIndex: number | null,
    key: string | null,
  ): Promise<PromptResult> {
    const { astria, owner, creation, signal } = this.#options;
    const noPrompt: UserError = { code: 'NOT_FOUND', message: 'there is no such prompt', field: ['id'] };
    const checked = await checkImages(overrides, ['overrides']);
    const attributes = attributesOf(overrides);
    const { extra, extraErrors } = extraOf(overrides, ['overrides']);
    const content = contentOf(checked.images, extra);
    const images = fingerprintOf(content);
    const draft: Draft = {
      owner,
      send: (api, callback) =>
        api.duplicatePrompt(
          id,
          sentContent({ attributes, images: checked.images, extra }, callback),
          imageIndex,
        ),
      complete: async () =>
        expectedDuplicate(await owner.astriaInBackground.getPrompt(id), attributes, images, extra),
    };
    return creation.create({
      ...{ draft, key, astria, signal, argument: 'overrides', notFound: noPrompt },
      input: ['duplicate', id, attributes, content, imageIndex],
      prepare: () =>
        this.#prepareDuplicate(id, overrides, imageIndex, { checked, images, noPrompt, extra, extraErrors }),
    });
  }

  async #prepareDuplicate(
    id: string,
    overrides: PromptInput,
    imageIndex: number | null,
    { checked, images, noPrompt, extra, extraErrors }: DuplicateChecks,
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
      ...checkExtraOverride(overrides.extra),
      ...extraErrors,
      ...checked.faults,
      ...imageIndexFaults(imageIndex, original),
    ];
    const target = inheritsCallback ? await targets.inherited(owner, original) : (overrides.callback ?? null);
    const unread: KnownPrompt = { tuneId: null, attributes, newerThan: id, images, extra };
    return {
      userErrors,
      prospect: { known: expectedDuplicate(original, attributes, images, extra) ?? unread, target },
    };
  }
}

function attributesOf({
  inputImage: _input,
  maskImage: _mask,
  extra: _extra,
  ...attributes
}: PromptInput): PromptAttributesInput {
  return attributes;
}

/** Returns `extra` when it is valid and not empty, and its errors. */
function extraOf(
  { extra }: PromptInput,
  path: readonly string[],
): { extra: ExtraAttributes | undefined; extraErrors: readonly UserError[] } {
  const extraErrors = checkExtra(extra, [...path, 'extra']);
  const isUsable = extra && extraErrors.length === 0 && Object.keys(extra).length > 0;
  return { extra: isUsable ? extra : undefined, extraErrors };
}

/** Adds the gateway's callback URL, if there is one. */
function sentContent(
  { attributes, images, extra = {} }: Omit<PromptContent, 'extra'> & { extra: ExtraAttributes | undefined },
  callback: string | undefined,
): PromptContent {
  return { attributes: callback === undefined ? attributes : { ...attributes, callback }, images, extra };
}

/** Content of the images without their file names, and `extra`. */
function contentOf({ inputImage, maskImage }: PromptImages, extra: ExtraAttributes | undefined): unknown {
  const content = (image: PromptImage | null | undefined) =>
    image && 'file' in image ? { sha256: image.file.sha256 } : image;
  return { inputImage: content(inputImage), maskImage: content(maskImage), extra };
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
