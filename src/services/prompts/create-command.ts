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
import type { KnownPrompt } from '../../storage/create-store.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import { fingerprintOf } from '../idempotency/idempotency.js';
import type { PromptAccount } from './account.js';
import { checkAttributes, needsOriginal, type PromptInput } from './attribute-rules.js';
import { checkExtra, checkExtraOverride } from './extra-rules.js';
import { checkImages } from './images.js';

/** A new prompt of a tune, or a duplicate of a prompt. `imageIndex` reuses that image of the original. */
export type CreateTarget =
  | { readonly type: 'TUNE'; readonly tuneId: string }
  | { readonly type: 'PROMPT'; readonly promptId: string; readonly imageIndex: number | null };

/** A request for one new prompt. */
export interface CreateCommand {
  readonly account: PromptAccount;
  readonly target: CreateTarget;
  /** Attributes and images as the caller sends them. */
  readonly input: PromptInput;
  /** Attributes to send. Null clears an inherited one. */
  readonly attributes: PromptAttributesInput;
  readonly images: PromptImages;
  /** Attributes beyond the schema; undefined if there are none. */
  readonly extra: ExtraAttributes | undefined;
  /** Images and extra attributes as JSON, with hashes for the files. */
  readonly content: unknown;
  /** Errors of the images and extra attributes. */
  readonly contentErrors: readonly UserError[];
  /** The prompt to duplicate, if it was read. */
  readonly original: Prompt | null;
  /** The caller's callback URL. */
  readonly callbackTarget: string | null;
}

/** Builds a command from the arguments of a mutation. Waits until the files have been received. */
export async function createCommand(
  account: PromptAccount,
  target: CreateTarget,
  input: PromptInput,
): Promise<CreateCommand> {
  const path = [argumentOf(target)];
  const { images, errors } = await checkImages(input, path);
  const isNew = target.type === 'TUNE';
  const { inputImage: _input, maskImage: _mask, extra: extraInput, ...attributes } = input;
  const extraErrors = checkExtra(extraInput, [...path, 'extra']);
  const isUsable = extraInput && extraErrors.length === 0 && Object.keys(extraInput).length > 0;
  const extra = isUsable ? extraInput : undefined;
  return {
    account,
    target,
    input,
    // For a new prompt, a null attribute and an omitted one both mean Astria's default.
    attributes: isNew ? withoutNull(attributes) : attributes,
    images: isNew ? withoutNull(images) : images,
    extra,
    content: { inputImage: contentOf(images.inputImage), maskImage: contentOf(images.maskImage), extra },
    contentErrors: [...extraErrors, ...errors],
    original: null,
    callbackTarget: attributes.callback ?? null,
  };
}

/** Returns everything that distinguishes the request from others, as JSON. */
export function identityOf({ target, attributes, content }: CreateCommand): unknown {
  return target.type === 'TUNE'
    ? ['create', target.tuneId, attributes, content]
    : ['duplicate', target.promptId, attributes, content, target.imageIndex];
}

/** Argument of the mutation that holds the attributes. */
export function argumentOf({ type }: CreateTarget): string {
  return type === 'TUNE' ? 'input' : 'overrides';
}

/** Returns the error for a tune or prompt that Astria does not know. */
export function notFoundError({ type }: CreateTarget): UserError {
  return type === 'TUNE'
    ? { code: 'NOT_FOUND', message: 'There is no tune with this id.', field: ['tuneId'] }
    : { code: 'NOT_FOUND', message: 'There is no prompt with this id.', field: ['id'] };
}

/** Returns true if the duplicate inherits the target of the original's callback. */
export function inheritsCallback({ target, input }: CreateCommand, callbacks: PromptCallbacks): boolean {
  return target.type === 'PROMPT' && callbacks.isReachable && input.callback === undefined;
}

/** Returns true if the original has to be read before the command can be checked or executed. */
export function mustReadOriginal(command: CreateCommand, callbacks: PromptCallbacks): boolean {
  const { target, input } = command;
  if (target.type === 'TUNE') return false;
  return target.imageIndex !== null || inheritsCallback(command, callbacks) || needsOriginal(input);
}

/** Returns all errors of a command that the gateway can find. Pure. */
export function checkCommand(command: CreateCommand, callbacks: PromptCallbacks): UserError[] {
  const { target, input, original, contentErrors } = command;
  const path = [argumentOf(target)];
  const isNew = target.type === 'TUNE';
  const isMissing = original === null && mustReadOriginal(command, callbacks);
  const isKnown = isAstriaId(isNew ? target.tuneId : target.promptId) && !isMissing;
  return [
    ...(isKnown ? [] : [notFoundError(target)]),
    ...checkAttributes(input, path, isNew ? undefined : original),
    ...callbacks.targetErrors(input.callback, [...path, 'callback']),
    ...(isNew ? [] : checkExtraOverride(input.extra)),
    ...contentErrors,
    ...(isNew ? [] : checkImageIndex(target.imageIndex, original)),
  ];
}

/** Sends the command. @param callback URL for Astria to call; undefined to use the one in the attributes. */
export function send(
  { target, attributes, images, extra = {} }: CreateCommand,
  astria: AstriaApi,
  callback: string | undefined,
): Promise<Prompt> {
  const sent = callback === undefined ? attributes : { ...attributes, callback };
  const content = { attributes: sent, images, extra };
  return target.type === 'TUNE'
    ? astria.createPrompt(target.tuneId, content)
    : astria.duplicatePrompt(target.promptId, content, target.imageIndex);
}

/** Returns the properties that the prompt will have, as far as they are known. */
export function expectedPrompt(command: CreateCommand): KnownPrompt {
  const { target, attributes, content, extra, original } = command;
  const images = fingerprintOf(content);
  if (target.type === 'TUNE') return { tuneId: target.tuneId, attributes, newerThan: null, images, extra };
  if (original) return expectedDuplicate(original, attributes, images, extra);
  return { tuneId: null, attributes, newerThan: target.promptId, images, extra };
}

/**
 * Like {@link expectedPrompt}, but reads the original of a duplicate. Returns null if the original does not exist, because
 * the overrides alone do not identify the prompt. @throws UpstreamError
 */
export async function readExpectedPrompt(command: CreateCommand): Promise<KnownPrompt | null> {
  const { account, target } = command;
  if (target.type === 'TUNE') return expectedPrompt(command);
  const original = await account.backgroundAstria.getPrompt(target.promptId);
  return original && expectedPrompt({ ...command, original });
}

function expectedDuplicate(
  original: Prompt,
  overrides: PromptAttributesInput,
  images: string,
  extra: ExtraAttributes | undefined,
): KnownPrompt {
  const { id, tuneId, status, images: _images, error, url, costMillicents, ...others } = original;
  const { createdAt, updatedAt, startedTrainingAt, trainedAt, callback: _callback, ...echo } = others;
  const readable = Object.entries(echo).filter(
    ([, value]) => value != null && !(value instanceof UpstreamError),
  );
  const overridden = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const attributes: PromptAttributesInput = Object.fromEntries([...readable, ...overridden]);
  return { tuneId: typeof tuneId === 'string' ? tuneId : null, attributes, newerThan: id, images, extra };
}

/** Returns the content of an image, without its file name. */
function contentOf(image: PromptImage | null | undefined): unknown {
  return image && 'file' in image ? { sha256: image.file.sha256 } : image;
}

function checkImageIndex(imageIndex: number | null, original: Prompt | null): UserError[] {
  if (imageIndex === null) return [];
  const error = (message: string): UserError[] => [{ code: 'INVALID', message, field: ['imageIndex'] }];
  if (imageIndex < 0) return error('Argument "imageIndex" must not be negative.');
  // Astria checks the index if the images of the original cannot be decoded.
  if (!original || original.images instanceof UpstreamError || imageIndex < original.images.length) return [];
  const { length } = original.images;
  if (length === 0) return error('Argument "imageIndex" cannot be used: the original has no images (yet).');
  return error(`Argument "imageIndex" must be less than ${length}, the number of images of the original.`);
}

function withoutNull<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as T;
}
