import type { Prompt } from '../../domain/prompt.js';
import { isOutcomeUnknown } from '../../domain/upstream-error.js';
import type { UserError } from '../../domain/user-error.js';
import type { AstriaApi } from '../../upstream/astria/client.js';
import { checkKey, type Done, keyedRequest, type Once } from '../idempotency/once.js';
import { GONE, likelyReusedPrompt, OUTCOME_UNKNOWN, reusedPrompt, userErrorsOf } from './create-errors.js';
import type { CreateResult, Draft, PromptCreation, Prospect, Way } from './creation.js';

export interface PromptResult {
  readonly prompt: Prompt | null;
  readonly userErrors: readonly UserError[];
}

/** A request for a new prompt. */
export interface PromptRequest {
  readonly draft: Draft;
  /** Its idempotency key. */
  readonly key: string | null;
  /** Everything that makes it another request, as JSON. */
  readonly input: unknown;
  /** Checks it, and says what is known of the prompt. */
  prepare(): Promise<{ readonly userErrors: readonly UserError[]; readonly prospect: Prospect }>;
  /** Astria as the request reads it. */
  readonly astria: AstriaApi;
  /** Aborted when the client hangs up. */
  readonly signal: AbortSignal;
  /** The argument that the attributes stand in. */
  readonly argument: string;
  /** What is said when Astria does not know the object that the create is about. */
  readonly notFound: UserError;
}

/** Creates prompts, and with an idempotency key each of them once. */
export class OncePrompts {
  readonly #creation: PromptCreation;
  readonly #once: Once<PromptResult>;

  constructor(creation: PromptCreation, once: Once<PromptResult>) {
    this.#creation = creation;
    this.#once = once;
  }

  /** @throws UpstreamError for what the caller cannot mend. @throws StoreError where a key cannot be kept. */
  async create(request: PromptRequest): Promise<PromptResult> {
    const { draft, key, input, astria, signal } = request;
    const keyFaults = checkKey(key);
    if (keyFaults.length > 0) {
      const { userErrors } = await request.prepare();
      return { prompt: null, userErrors: [...userErrors, ...keyFaults] };
    }
    if (key === null) {
      const { answer } = await this.#carryOut(request, { astria, signal, begin: null });
      return answer;
    }
    // It goes on when the client hangs up: that one comes again, with the key.
    const { keyOwner, astriaToEnd } = draft.owner;
    const way = (begin: Way['begin']): Way => ({ astria: astriaToEnd, signal: null, begin });
    return this.#once.run(keyedRequest(keyOwner, key, input), {
      carryOut: (begin) => this.#carryOut(request, way(begin)),
      goOn: (begun, begin) =>
        this.#answer(request, () => this.#creation.goOn(draft, way(begin), begun), { mayBeSent: true }),
      async recall(id) {
        const prompt = await astriaToEnd.getPrompt(id);
        return { prompt, userErrors: prompt ? [] : [GONE] };
      },
      refuse: (error) => ({ prompt: null, userErrors: [error] }),
    });
  }

  async #carryOut(request: PromptRequest, way: Way): Promise<Done<PromptResult>> {
    const { userErrors, prospect } = await request.prepare();
    if (userErrors.length > 0) return { answer: { prompt: null, userErrors }, outcome: 'NOTHING' };
    return this.#answer(request, () => this.#creation.create(request.draft, prospect, way));
  }

  /** @param mayBeSent The request may have been sent before, so a failure now does not free its key. */
  async #answer(
    { argument, notFound }: PromptRequest,
    create: () => Promise<CreateResult>,
    { mayBeSent } = { mayBeSent: false },
  ): Promise<Done<PromptResult>> {
    try {
      const result = await create();
      if (result.type === 'UNKNOWN') {
        return { answer: { prompt: null, userErrors: [OUTCOME_UNKNOWN] }, outcome: 'UNKNOWN' };
      }
      const { type, prompt } = result;
      if (type === 'REUSED') {
        return { answer: { prompt: null, userErrors: [reusedPrompt(prompt.id)] }, outcome: 'NOTHING' };
      }
      if (type === 'LIKELY_REUSED') {
        // It may be the new one after all, so the key buys no other.
        return { answer: { prompt: null, userErrors: [likelyReusedPrompt(prompt.id)] }, outcome: 'UNKNOWN' };
      }
      return { answer: { prompt, userErrors: [] }, outcome: { result: prompt.id } };
    } catch (error) {
      const userErrors = userErrorsOf(error, argument, notFound);
      return {
        answer: { prompt: null, userErrors },
        outcome: mayBeSent || isOutcomeUnknown(error) ? 'UNKNOWN' : 'NOTHING',
      };
    }
  }
}
