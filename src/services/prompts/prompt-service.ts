import type { Prompt, PromptAttributesInput } from '../../domain/prompt.js';
import type { ImagesInput } from '../../domain/uploaded-file.js';
import { UpstreamError, userErrorCode } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import { isAstriaId } from '../../sources/keyset.js';
import type { PromptSource } from '../../sources/prompts.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import { checkAttributes, needsOriginal } from './attribute-rules.js';
import { checkImages } from './images.js';

export interface PromptResult {
  readonly prompt: Prompt | null;
  readonly userErrors: readonly UserError[];
}

type Input = PromptAttributesInput & ImagesInput;

/**
 * Creates image prompts. Everything is checked before anything is sent, and all faults are reported together; a create is
 * sent once.
 */
export class PromptService {
  readonly #astria: AstriaApi;
  readonly #prompts: PromptSource;

  constructor(astria: AstriaApi, prompts: PromptSource) {
    this.#astria = astria;
    this.#prompts = prompts;
  }

  /** @throws UpstreamError for what the caller cannot mend. */
  async create(tuneId: string, input: Input): Promise<PromptResult> {
    const noTune: UserError = { code: 'NOT_FOUND', message: 'there is no such tune', field: ['tuneId'] };
    const { images, faults } = await checkImages(input, ['input']);
    const userErrors = [...checkAttributes(input, ['input'], undefined), ...faults];
    if (!isAstriaId(tuneId)) userErrors.unshift(noTune);
    if (userErrors.length > 0) return { prompt: null, userErrors };
    // To a create, null and omitted are the same: Astria's default.
    return this.#send(
      () => this.#astria.createPrompt(tuneId, withoutNull(input), withoutNull(images)),
      'input',
      noTune,
    );
  }

  /** @throws UpstreamError for what the caller cannot mend. */
  async duplicate(id: string, overrides: Input, imageIndex: number | null): Promise<PromptResult> {
    const noPrompt: UserError = { code: 'NOT_FOUND', message: 'there is no such prompt', field: ['id'] };
    const mustRead = imageIndex !== null || needsOriginal(overrides);
    const [original, { images, faults }] = await Promise.all([
      mustRead ? this.#prompts.load(id) : null,
      checkImages(overrides, ['overrides']),
    ]);
    const userErrors = [
      ...((mustRead && !original) || !isAstriaId(id) ? [noPrompt] : []),
      ...checkAttributes(overrides, ['overrides'], original),
      ...faults,
      ...imageIndexFaults(imageIndex, original),
    ];
    if (userErrors.length > 0) return { prompt: null, userErrors };
    return this.#send(
      () => this.#astria.duplicatePrompt(id, overrides, images, imageIndex),
      'overrides',
      noPrompt,
    );
  }

  async #send(send: () => Promise<Prompt>, argument: string, notFound: UserError): Promise<PromptResult> {
    try {
      return { prompt: await send(), userErrors: [] };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return { prompt: null, userErrors: userErrorsOf(error, argument, notFound) };
    }
  }
}

/** What the caller can mend of a failed create. @throws the error itself when that is nothing. */
function userErrorsOf(error: UpstreamError, argument: string, notFound: UserError): UserError[] {
  const code = userErrorCode(error);
  if (code === null) throw error;
  if (code === 'NOT_FOUND') return [notFound];
  if (code === 'OUTCOME_UNKNOWN') return [{ code, message: SENT_WITHOUT_ANSWER, field: null }];
  if (error.faults.length === 0) return [{ code, message: error.message, field: null }];
  return error.faults.map(({ field, message }) => ({
    code,
    message: field === null ? message : `${field} ${message}`,
    field: field === null ? null : [argument, field],
  }));
}

const SENT_WITHOUT_ANSWER =
  'the prompt was sent, but no answer came: it may have been created. Look for it in prompts (newest first) before you send it again';

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
