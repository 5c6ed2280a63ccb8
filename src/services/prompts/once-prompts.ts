import type { Prompt } from '../../domain/prompt.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import type { PromptCallbacks } from '../callbacks/prompt-callbacks.js';
import { refusedTarget } from '../callbacks/targets.js';
import { type Done, fingerprintOf, keyedRequest, type Once } from '../idempotency/once.js';
import type { PromptAccount } from './account.js';
import { GONE, OUTCOME_UNKNOWN, userErrorsOf } from './create-errors.js';
import type { Draft, PromptCreation, Way } from './creation.js';

export interface PromptResult {
  readonly prompt: Prompt | null;
  readonly userErrors: readonly UserError[];
}

/** The request that a draft comes from. */
export interface PromptRequest {
  /** Its idempotency key. */
  readonly key: string | null;
  /** Astria as the request reads it. */
  readonly astria: AstriaApi;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
  /** The argument that the attributes stand in. */
  readonly argument: string;
  /** What is said when Astria does not know the object that the create is about. */
  readonly notFound: UserError;
}

export interface OncePromptsOptions {
  readonly creation: PromptCreation;
  readonly once: Once<PromptResult>;
  readonly callbacks: PromptCallbacks | null;
  readonly allowPrivateCallbacks: boolean;
}

/** Creates prompts, and with an idempotency key each of them once. */
export class OncePrompts {
  readonly #options: OncePromptsOptions;

  constructor(options: OncePromptsOptions) {
    this.#options = options;
  }

  /** Whether Astria calls the gateway, and the gateway its callers. */
  get hasCallbacks(): boolean {
    return this.#options.callbacks !== null;
  }

  /** What is wrong with a caller's own address. Without callbacks of the gateway it is Astria that calls it. */
  callbackFaults(target: string | null | undefined, field: readonly string[]): UserError[] {
    const { callbacks, allowPrivateCallbacks } = this.#options;
    const complaint = target && callbacks ? refusedTarget(target, allowPrivateCallbacks) : null;
    return complaint === null ? [] : [{ code: 'INVALID', message: `callback ${complaint}`, field }];
  }

  /** The address that the owner of a prompt has given for it. */
  async inheritedTarget({ account }: PromptAccount, original: Prompt | null): Promise<string | null> {
    const { callbacks } = this.#options;
    const callback = original?.callback;
    if (!callbacks || typeof callback !== 'string') return null;
    return callbacks.shown(account, callback);
  }

  /** @throws UpstreamError for what the caller cannot mend. @throws StoreError where a key cannot be kept. */
  create(draft: Draft, request: PromptRequest): Promise<PromptResult> {
    const { creation, once } = this.#options;
    const { owner, kind, images } = draft;
    const { key, astria, signal } = request;
    if (key === null) {
      const way: Way = { astria, signal, begin: async () => {} };
      return this.#answer(() => creation.create(draft, way), request).then(({ answer }) => answer);
    }
    // It goes on when the client hangs up: that one comes again, with the key.
    const way = (begin: Way['begin']): Way => ({ astria: owner.astriaToEnd, signal: null, begin });
    return once.run(keyedRequest(owner.account, key, fingerprintOf([kind, images])), {
      carryOut: (begin) => this.#answer(() => creation.create(draft, way(begin)), request),
      goOn: (begun, begin) => this.#answer(() => creation.goOn(draft, way(begin), begun), request),
      async recall(id) {
        const prompt = await owner.astriaToEnd.getPrompt(id);
        return { prompt, userErrors: prompt ? [] : [GONE] };
      },
      refuse: (error) => ({ prompt: null, userErrors: [error] }),
    });
  }

  async #answer(
    create: () => Promise<Prompt | null>,
    { argument, notFound }: PromptRequest,
  ): Promise<Done<PromptResult>> {
    try {
      const prompt = await create();
      if (!prompt) return { answer: { prompt, userErrors: [OUTCOME_UNKNOWN] }, outcome: 'UNKNOWN' };
      return { answer: { prompt, userErrors: [] }, outcome: { result: prompt.id } };
    } catch (error) {
      const userErrors = userErrorsOf(error, argument, notFound);
      const isUnknown = error instanceof UpstreamError && error.outcomeUnknown;
      return { answer: { prompt: null, userErrors }, outcome: isUnknown ? 'UNKNOWN' : 'NOTHING' };
    }
  }
}
