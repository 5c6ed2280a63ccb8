/** Status of the delivery of one callback. See `CallbackRelayStatus` in the schema. */
export type CallbackStatus = 'WAITING' | 'PENDING' | 'DELIVERED' | 'FAILED';

/** Call to a caller's own URL. `at` is RFC 3339 in UTC. */
export interface CallbackAttempt {
  readonly at: string;
  readonly status: number | null;
  readonly error: string | null;
}

/** Form of a callback body: the prompt itself, or `{"prompt": {...}}`. */
export type CallbackEnvelope = 'BARE' | 'PROMPT';

/** Longest wait for a prompt to settle, in milliseconds. */
export const SETTLING_PATIENCE_MS = 7 * 24 * 60 * 60 * 1000;

/** Callback URL of the gateway, before it is sent to Astria. */
export interface NewCallback {
  readonly id: string;
  readonly account: string;
  /** SHA-256 of the secret in the URL. */
  readonly secretHash: string;
  /** Caller's own URL, or null if the caller gave none and there is nothing to relay. */
  readonly target: string | null;
}

/** Record of one callback URL of the gateway. Times are on the store's clock. */
export interface CallbackRecord extends NewCallback {
  readonly createdAt: number;
  readonly promptId: string | null;
  readonly status: CallbackStatus;
  /** Time of Astria's call, or null if Astria has not called. */
  readonly calledAt: number | null;
  /** Unverified prompt id in the body of that call. */
  readonly reportedPromptId: string | null;
  /** Form of the body of that call. Null without a call, or if the body has neither form. */
  readonly envelope: CallbackEnvelope | null;
  /** JSON to relay. Set after the prompt has settled, until it is delivered. */
  readonly payload: string | null;
  readonly attempts: readonly CallbackAttempt[];
  /** Time of the next call to the caller's URL. */
  readonly nextAt: number | null;
}

export type CallbackChanges = Partial<
  Pick<CallbackRecord, 'promptId' | 'status' | 'payload' | 'attempts' | 'nextAt'>
>;

/** Call that the gateway received from Astria. `number` grows with every call. */
export interface CallbackCall {
  readonly number: number;
  readonly id: string;
  readonly account: string;
  readonly promptId: string | null;
}

/**
 * Stores callback URLs for all processes that share the store. Its writes survive the end of the process, even after a crash.
 * Each relay belongs to one living process. All methods throw a StoreError while the store cannot be used.
 */
export interface CallbackStore {
  /** Returns Unix milliseconds on the store's clock. Changes of the system clock do not affect it. */
  readonly now: () => number;
  /** Adds a callback. Its relay belongs to this process. */
  add(callback: NewCallback): Promise<void>;
  /** Removes a callback that Astria has never called. */
  remove(id: string): Promise<void>;
  get(id: string): Promise<CallbackRecord | null>;
  /** Returns the newest callback of a prompt. */
  ofPrompt(account: string, promptId: string): Promise<CallbackRecord | null>;
  change(id: string, changes: CallbackChanges): Promise<void>;
  /** Records Astria's first call. Ignores later ones. */
  call(id: string, reportedPromptId: string | null, envelope: CallbackEnvelope | null): Promise<void>;
  /** Returns the calls after this number, in order. */
  callsAfter(number: number): Promise<readonly CallbackCall[]>;
  /** Returns the number of the last call, or 0 if there was none. */
  lastCall(): Promise<number>;
  /** Returns the accounts with prompts that dead processes were waiting for. */
  abandonedAccounts(): Promise<readonly string[]>;
  /** Moves the waiting callbacks of dead processes, for one account, to this process. @returns Their ids. */
  takeWaiting(account: string): Promise<readonly string[]>;
  /** Moves the pending relays of dead processes to this process. @returns Their ids. */
  takePending(): Promise<readonly string[]>;
  /** Deletes the oldest callbacks of accounts with too many. The numbers of calls still continue from the last one. */
  forget(): Promise<void>;
}
