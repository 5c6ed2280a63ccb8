import type { ExtraAttributes, PromptAttributesInput } from '../domain/prompt.js';

/** Expected properties of a prompt that is being created, before Astria has shown it. */
export interface KnownPrompt {
  /** Null if unknown, for a duplicate whose original was not read. */
  readonly tuneId: string | null;
  /** Attributes from the request, or inherited from the original. */
  readonly attributes: PromptAttributesInput;
  /** Id of a prompt that is older than the created one. Null if no such prompt is known. */
  readonly newerThan: string | null;
  /** Attributes that are not in the schema. Undefined if there are none. */
  readonly extra?: ExtraAttributes | undefined;
  /** Fingerprint of its images and `extra`. Prompts that differ only in these may look the same in Astria's responses. */
  readonly images: string;
}

/** Placeholder for a prompt whose record is damaged. It may match any other prompt, but never counts as equal to one. */
export const UNREADABLE_PROMPT: KnownPrompt = {
  tuneId: null,
  attributes: {},
  newerThan: null,
  images: 'unreadable',
};

/** Create request that was sent or is about to be sent. Times are on the store's clock. */
export interface SentCreate {
  readonly id: string;
  /** Fingerprint of the Astria account. */
  readonly account: string;
  readonly known: KnownPrompt;
  /** Id of the gateway's own callback in the request. */
  readonly callback: string | null;
  readonly sentAt: number;
  /** Time at which its response was lost. Null if that is unknown, or if the request is in progress. */
  readonly lostAt: number | null;
}

/** Another create request whose prompt is not known. */
export interface OtherCreate extends SentCreate {
  /** True if a living process waits for its response. */
  readonly isInProgress: boolean;
  /** Prompt in its response, which may belong to another create request. Null without a response. */
  readonly responsePromptId: string | null;
}

/**
 * Decision about the prompt in the response to a create request: it belongs to that request (`CLAIMED`), to another one
 * (`TAKEN`), or this cannot be determined (`UNCLEAR`). `WAIT` means to wait for the decisions on other create requests.
 */
export type Claim = 'CLAIMED' | 'TAKEN' | 'UNCLEAR' | 'WAIT';

/** Competing create requests and claimed prompts. */
export interface CompetingCreates {
  /** Requests with the same or an unknown text. Read them before the transaction ends. */
  readonly others: readonly OtherCreate[];
  /** Reads the requests with other texts, for prompts with an unknown text. Absent if `others` has all requests. */
  readonly withOtherTexts?: (() => readonly OtherCreate[]) | undefined;
  /** Prompts that are known to belong to a create request. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Stores for an hour which create requests were sent and which prompts they created, for all processes that share the store.
 * This ensures that a prompt belongs to only one request. All methods throw a StoreError while the store cannot be used.
 */
export interface CreateStore {
  /** Returns Unix milliseconds on the store's clock. Changes of the system clock do not affect it. */
  readonly now: () => number;
  /** Records a create request. Call it before the request is sent. */
  begin(create: SentCreate): Promise<void>;
  /** Returns null if the request is not on record. */
  get(id: string): Promise<{ readonly create: SentCreate; readonly promptId: string | null } | null>;
  /** Records that the response was lost. @param known Everything that is known about the prompt by now. */
  lose(id: string, known: KnownPrompt): Promise<void>;
  /** Records the prompt that the request created. */
  finish(id: string, promptId: string): Promise<void>;
  /** Deletes a request that certainly created nothing. */
  forget(id: string): Promise<void>;
  /**
   * Decides in one transaction whether the prompt in the response to a create request belongs to that request. Other
   * requests can see the response from then on.
   */
  answer(create: SentCreate, promptId: string, decide: (rest: CompetingCreates) => Claim): Promise<Claim>;
  /** Claims the prompt that `choose` returns from `among`, in one transaction. Returns its id, or null if there is none. */
  claim(
    create: SentCreate,
    among: readonly string[],
    choose: (rest: CompetingCreates) => string | null,
  ): Promise<string | null>;
}
