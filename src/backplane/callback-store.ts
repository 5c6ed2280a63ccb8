/** How far the relay of one callback is: see `CallbackRelayStatus` in the schema. */
export type CallbackStatus = 'WAITING' | 'PENDING' | 'DELIVERED' | 'FAILED';

/** One call to a caller's own address. `at` is RFC 3339 in UTC. */
export interface CallbackAttempt {
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
}

/** The form of a callback body: the prompt itself, or `{"prompt": {...}}`. */
export type CallbackEnvelope = 'BARE' | 'PROMPT';

/** For how long a prompt is waited for that does not settle, in milliseconds. */
export const SETTLING_PATIENCE_MS = 7 * 24 * 60 * 60 * 1000;

/** A callback address that Astria is about to be given. */
export interface NewCallback {
  readonly id: string;
  readonly account: string;
  /** SHA-256 of the secret in the address. */
  readonly secretHash: string;
  /** The caller's own address, null where it has given none: then there is nothing to relay. */
  readonly target: string | null;
}

/** Record of one callback URL of the gateway. Times are by the clock of the record. */
export interface CallbackRecord extends NewCallback {
  readonly createdAt: number;
  readonly promptId: string | null;
  readonly status: CallbackStatus;
  /** When Astria has called; null: not yet. */
  readonly calledAt: number | null;
  /** The prompt that the call was about by its own account. */
  readonly claimedId: string | null;
  /** Form of the body of that call; null without a call, or when the body has neither form. */
  readonly envelope: CallbackEnvelope | null;
  /** The JSON text that is relayed, once the prompt has settled and until it is delivered. */
  readonly payload: string | null;
  readonly attempts: readonly CallbackAttempt[];
  /** When the caller's address is called. */
  readonly nextAt: number | null;
}

export type CallbackChanges = Partial<
  Pick<CallbackRecord, 'promptId' | 'status' | 'payload' | 'attempts' | 'nextAt'>
>;

/** A call of Astria's. `number` grows with every call. */
export interface CallbackCall {
  readonly number: number;
  readonly id: string;
  readonly account: string;
  readonly promptId: string | null;
}

/**
 * Remembers callback addresses, for all processes that share it. What it has written survives the end of the process,
 * however that comes. Each relay is one living process's. All methods throw a StoreError when the store cannot be used.
 */
export interface CallbackStore {
  /** Clock of the record: Unix milliseconds, but never set. */
  readonly now: () => number;
  /** Adds one; its relay is this process's. */
  add(callback: NewCallback): Promise<void>;
  /** Removes one that was never called. */
  remove(id: string): Promise<void>;
  get(id: string): Promise<CallbackRecord | null>;
  /** That of a prompt, the newest one. */
  ofPrompt(account: string, promptId: string): Promise<CallbackRecord | null>;
  change(id: string, changes: CallbackChanges): Promise<void>;
  /** Records the first call of Astria. */
  call(id: string, claimedId: string | null, envelope: CallbackEnvelope | null): Promise<void>;
  /** The calls after the one with this number, in their order. */
  callsAfter(number: number): Promise<readonly CallbackCall[]>;
  /** The number of the last call; 0: there was none. */
  lastCall(): Promise<number>;
  /** Whose prompts are waited for by dead processes. */
  abandonedAccounts(): Promise<readonly string[]>;
  /** Takes what dead processes wait for, of one account, for this one. @returns The ids. */
  takeWaiting(account: string): Promise<readonly string[]>;
  /** Takes what dead processes were to relay for this one. @returns The ids. */
  takePending(): Promise<readonly string[]>;
  /** Forgets the oldest ones, where an account has too many. The numbers of the calls go on from the last one all the same. */
  forget(): Promise<void>;
}
