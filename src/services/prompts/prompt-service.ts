import type { Prompt } from '../../domain/prompt.js';
import { withFullStop } from '../../domain/text.js';
import { isOutcomeUnknown, UpstreamError, userErrorCode } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import type { PromptSource } from '../../sources/prompts.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import {
  checkKey,
  type Executed,
  type IdempotencyService,
  keyedRequest,
} from '../idempotency/idempotency.js';
import type { PromptAccount } from './account.js';
import type { PromptInput } from './attribute-rules.js';
import {
  argumentOf,
  type CreateCommand,
  checkCommand,
  createCommand,
  identityOf,
  inheritsCallback,
  mustReadOriginal,
  notFoundError,
} from './create-command.js';
import type { CreateOptions, CreateResult, PromptCreator } from './prompt-creator.js';

export interface PromptResult {
  readonly prompt: Prompt | null;
  readonly userErrors: readonly UserError[];
}

export interface PromptServiceOptions {
  /** Astria client of the request. */
  readonly astria: AstriaApi;
  readonly prompts: PromptSource;
  readonly account: PromptAccount;
  readonly creator: PromptCreator;
  readonly idempotency: IdempotencyService<PromptResult>;
  readonly callbacks: PromptCallbacks;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/**
 * Creates image prompts. Checks everything before anything is sent, and executes a request with an idempotency key once.
 * @throws UpstreamError for errors that the caller cannot fix. @throws StoreError if a key cannot be stored.
 */
export class PromptService {
  readonly #options: PromptServiceOptions;

  constructor(options: PromptServiceOptions) {
    this.#options = options;
  }

  async create(tuneId: string, input: PromptInput, key: string | null): Promise<PromptResult> {
    const { account } = this.#options;
    return this.#submit(await createCommand(account, { type: 'TUNE', tuneId }, input), key);
  }

  async duplicate(
    promptId: string,
    overrides: PromptInput,
    imageIndex: number | null,
    key: string | null,
  ): Promise<PromptResult> {
    const { account } = this.#options;
    const target = { type: 'PROMPT', promptId, imageIndex } as const;
    return this.#submit(await createCommand(account, target, overrides), key);
  }

  async #submit(command: CreateCommand, key: string | null): Promise<PromptResult> {
    const { account, astria, creator, idempotency, signal } = this.#options;
    const keyErrors = checkKey(key);
    if (keyErrors.length > 0) {
      const { userErrors } = await this.#prepare(command);
      return rejected(...userErrors, ...keyErrors);
    }
    if (key === null) {
      const { response } = await this.#execute(command, { astria, signal, saveCheckpoint: null });
      return response;
    }
    // Continue if the client disconnects, because it can repeat the request with the key.
    const keyed = { astria: account.uncancellableAstria, signal: null };
    return idempotency.run(keyedRequest(account.keyOwner, key, identityOf(command)), {
      execute: (saveCheckpoint) => this.#execute(command, { ...keyed, saveCheckpoint }),
      async resume(createId, saveCheckpoint) {
        const result = creator.resume(command, createId, { ...keyed, saveCheckpoint });
        return respond(command, result, { mayBeSent: true, isKeyed: true });
      },
      async replay(id) {
        const prompt = await account.uncancellableAstria.getPrompt(id);
        return { prompt, userErrors: prompt ? [] : [GONE] };
      },
      reject: (error) => rejected(error),
    });
  }

  async #execute(command: CreateCommand, options: CreateOptions): Promise<Executed<PromptResult>> {
    const { prepared, userErrors } = await this.#prepare(command);
    if (userErrors.length > 0) return { response: rejected(...userErrors), outcome: 'NO_EFFECT' };
    const result = this.#options.creator.create(prepared, options);
    return respond(prepared, result, { mayBeSent: false, isKeyed: options.saveCheckpoint !== null });
  }

  /** Reads the original of a duplicate if it is needed, and checks the command. */
  async #prepare(command: CreateCommand): Promise<{ prepared: CreateCommand; userErrors: UserError[] }> {
    const { prompts, callbacks, account } = this.#options;
    const { target } = command;
    const mustRead = target.type === 'PROMPT' && mustReadOriginal(command, callbacks);
    const original = mustRead ? await prompts.load(target.promptId) : null;
    const callbackTarget = inheritsCallback(command, callbacks)
      ? original && (await callbacks.shown(account.account, original.callback))
      : command.callbackTarget;
    const prepared = { ...command, original, callbackTarget };
    return { prepared, userErrors: checkCommand(prepared, callbacks) };
  }
}

/**
 * Turns the result of a create request into the response to the client.
 * @param mayBeSent True if the request may have been sent before, so that a failure now does not free its key.
 * @param isKeyed True if the request has an idempotency key.
 */
async function respond(
  { target }: CreateCommand,
  creation: Promise<CreateResult>,
  { mayBeSent, isKeyed }: { readonly mayBeSent: boolean; readonly isKeyed: boolean },
): Promise<Executed<PromptResult>> {
  try {
    const result = await creation;
    if (result.type === 'UNKNOWN') return { response: rejected(outcomeUnknown(isKeyed)), outcome: 'UNKNOWN' };
    const { type, prompt } = result;
    if (type === 'REUSED') return { response: rejected(reusedPrompt(prompt.id)), outcome: 'NO_EFFECT' };
    // It may be the new prompt after all, so the key stays used.
    if (type === 'LIKELY_REUSED')
      return { response: rejected(likelyReusedPrompt(prompt.id)), outcome: 'UNKNOWN' };
    return { response: { prompt, userErrors: [] }, outcome: { result: prompt.id } };
  } catch (error) {
    const userErrors = userErrorsOf(error, target, isKeyed);
    const outcome = mayBeSent || isOutcomeUnknown(error) ? 'UNKNOWN' : 'NO_EFFECT';
    return { response: rejected(...userErrors), outcome };
  }
}

function rejected(...userErrors: UserError[]): PromptResult {
  return { prompt: null, userErrors };
}

/** Returns the user errors of a failed create request. @throws The error itself if the caller cannot fix it. */
function userErrorsOf(error: unknown, target: CreateCommand['target'], isKeyed: boolean): UserError[] {
  if (!(error instanceof UpstreamError)) throw error;
  const code = userErrorCode(error);
  if (code === null) throw error;
  if (code === 'NOT_FOUND') return [notFoundError(target)];
  if (code === 'OUTCOME_UNKNOWN') return [outcomeUnknown(isKeyed)];
  if (error.fieldErrors.length === 0) return [{ code, message: withFullStop(error.message), field: null }];
  return error.fieldErrors.map(({ field, message }) => ({
    code,
    message: withFullStop(
      field === null ? `Astria rejected the request: ${message}` : `Field "${field}" ${message}`,
    ),
    field: field === null ? null : [argumentOf(target), field],
  }));
}

/** Returns the error for a prompt that was searched for and not found. */
function outcomeUnknown(isKeyed: boolean): UserError {
  const next = isKeyed
    ? 'Repeat this request with the same idempotencyKey in a minute. That searches for the prompt and creates nothing. If it is not found then, it was not created: send the request with a new idempotencyKey.'
    : 'Look for it in prompts (newest first) in a minute. If it is not there, it was not created. Send the request again with an idempotencyKey, so that it can be repeated without creating a second prompt.';
  const message = `Astria did not confirm the prompt and does not show it yet. It may still be created. ${next}`;
  return { code: 'OUTCOME_UNKNOWN', message, field: null };
}

/** Returns the error for a request that Astria deduplicated, so that nothing was bought. */
function reusedPrompt(id: string): UserError {
  const message = `Astria returned the prompt ${id}, which existed before or differs from the request. No new prompt was created. Send a different seed to get one.`;
  return { code: 'CONFLICT', message, field: null };
}

/** Like {@link reusedPrompt}, if only a small clock difference indicates it. */
function likelyReusedPrompt(id: string): UserError {
  const message = `Astria returned the prompt ${id}, which seems to be older than this request. Check it first. To get a new prompt, send a different seed.`;
  return { code: 'CONFLICT', message, field: null };
}

/** Error for an idempotency key whose prompt has been deleted since. */
const GONE: UserError = {
  code: 'NOT_FOUND',
  message: 'The prompt that this idempotencyKey created no longer exists.',
  field: ['idempotencyKey'],
};
