import type { ExtraAttributes, PromptAttributesInput } from '../domain/prompt.js';

/** What is known of a prompt that is being created, without having seen it. */
export interface KnownPrompt {
  /** Null: not known (of a duplicate whose original was not read). */
  readonly tuneId: string | null;
  /** What was given, or is inherited. */
  readonly attributes: PromptAttributesInput;
  /** It is newer than the prompt with this id; null for none. */
  readonly newerThan: string | null;
  /** Attributes beyond the schema; undefined when there are none. */
  readonly extra?: ExtraAttributes | undefined;
  /** A fingerprint of its images and `extra`: Astria may not tell those of two prompts apart. */
  readonly images: string;
}

/** Stands for a prompt whose record is damaged: it may be like any other one, and is never taken to be the same. */
export const UNREADABLE_PROMPT: KnownPrompt = {
  tuneId: null,
  attributes: {},
  newerThan: null,
  images: 'unreadable',
};

/** A create that was sent, or is about to be. Times are by the clock of the record. */
export interface SentCreate {
  readonly id: string;
  /** A fingerprint of the account at Astria. */
  readonly account: string;
  readonly known: KnownPrompt;
  /** The id of the gateway's own callback that it carries. */
  readonly callback: string | null;
  readonly sentAt: number;
  /** When its answer was lost; null: that is not known, or it is under way. */
  readonly lostAt: number | null;
}

/** Another create that is not known to have become a prompt. */
export interface OtherCreate extends SentCreate {
  /** A living process waits for its answer. */
  readonly isUnderWay: boolean;
  /** The prompt in its response, which may be another create's; null: there was none. */
  readonly answeredId: string | null;
}

/**
 * Decision on the prompt in the response to a create: the create's own, another one's, or not to be known; `WAIT` until
 * other creates are decided.
 */
export type Claim = 'CLAIMED' | 'TAKEN' | 'UNCLEAR' | 'WAIT';

/** What else there is when a prompt is to be claimed. */
export interface Rest {
  /** Those with the same text, and those whose text is not known. To be read before the transaction ends. */
  readonly others: readonly OtherCreate[];
  /** Reads those with other texts, for prompts whose text is not known. Absent where `others` holds all. */
  readonly withOtherTexts?: (() => readonly OtherCreate[]) | undefined;
  /** The prompts that are known to be of a create. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Remembers for an hour which creates were sent and which prompts they became, for all processes that share it, so that a
 * prompt is given to one create only. All methods throw a StoreError when the store cannot be used.
 */
export interface CreateStore {
  /** Clock of the record: Unix milliseconds, but never set. */
  readonly now: () => number;
  /** To be called before it is sent. */
  begin(create: SentCreate): Promise<void>;
  /** Null when it is not remembered. */
  get(id: string): Promise<{ readonly create: SentCreate; readonly promptId: string | null } | null>;
  /** Its answer was lost. @param known All that is known of it by now. */
  lose(id: string, known: KnownPrompt): Promise<void>;
  /** Its answer has come. */
  finish(id: string, promptId: string): Promise<void>;
  /** It has certainly created nothing. */
  forget(id: string): Promise<void>;
  /**
   * Decides in one transaction whether the prompt in the response to a create is that create's. Others see the response
   * from then on.
   */
  answer(create: SentCreate, promptId: string, decide: (rest: Rest) => Claim): Promise<Claim>;
  /** Claims the prompt among these that `choose` gives, in one transaction; null when it gives none. */
  claim(
    create: SentCreate,
    among: readonly string[],
    choose: (rest: Rest) => string | null,
  ): Promise<string | null>;
}
