import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { RequestContext } from './context.js';

/** Caller of a stream. */
export interface SubscriptionContext {
  /** Creates the context of one event. */
  newContext(): RequestContext;
  /** Returns false once the caller's token has expired. A stream can outlive its token. */
  isStillAuthorized(): boolean;
  /** Controller that ends the stream, and that the end of the stream aborts. The contexts use its signal. */
  readonly abortController: AbortController;
}

/** Result whose errors are raw GraphQL errors, or already formatted for the client. */
export type RawResult = ExecutionResult | FormattedExecutionResult;

export interface ResultStreamOptions<R> {
  readonly context: Pick<SubscriptionContext, 'abortController'>;
  /** Ends the stream of a subscription when it returns false. */
  readonly isStillAuthorized?: () => boolean;
  readonly open: () => Promise<AsyncIterable<RawResult>>;
  readonly format: (result: RawResult) => R;
  /** Formats an error of `open` or of the source. By default, the stream throws the error. */
  readonly onError?: (error: unknown) => R;
}

/** Milliseconds between token checks while a stream has no results. */
const TOKEN_CHECK_MS = 2_000;
/** Error for a caller whose token expires during an operation. */
export const TOKEN_EXPIRED = {
  message: 'The token has expired or was revoked. Send another token.',
  extensions: { code: 'UNAUTHENTICATED' },
};
const DONE: IteratorReturnResult<void> = { value: undefined, done: true };

/**
 * Iterates over the results of an operation. `return` ends a subscription immediately, while that of an async generator would
 * wait for the next event.
 */
export class ResultStream<R> implements AsyncIterableIterator<R, void> {
  readonly #options: ResultStreamOptions<R>;
  readonly #signal: AbortSignal;
  #source: AsyncIterator<RawResult> | null = null;
  #tokenCheck: NodeJS.Timeout | null = null;

  constructor(options: ResultStreamOptions<R>) {
    this.#options = options;
    this.#signal = options.context.abortController.signal;
    this.#signal.addEventListener('abort', () => this.#close(), { once: true });
  }

  async next(): Promise<IteratorResult<R, void>> {
    if (this.#signal.aborted) return DONE;
    const { isStillAuthorized, format, onError } = this.#options;
    try {
      this.#source ??= await this.#open();
      const { value, done } = await this.#source.next();
      if (this.#signal.aborted) return DONE;
      if (isStillAuthorized?.() === false) return this.#last(format({ errors: [TOKEN_EXPIRED] }));
      return done ? this.return() : { value: format(value), done: false };
    } catch (error) {
      // Errors after the client has disconnected are ignored.
      if (this.#signal.aborted) return DONE;
      if (onError) return this.#last(onError(error));
      this.#finish();
      throw error;
    }
  }

  async return(): Promise<IteratorReturnResult<void>> {
    this.#finish();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #open(): Promise<AsyncIterator<RawResult>> {
    const { open, isStillAuthorized } = this.#options;
    this.#source = (await open())[Symbol.asyncIterator]();
    if (this.#signal.aborted) this.#close();
    else if (isStillAuthorized)
      this.#tokenCheck = setInterval(() => {
        if (!isStillAuthorized()) this.#returnSource();
      }, TOKEN_CHECK_MS);
    return this.#source;
  }

  #returnSource(): void {
    // Errors while the source is closed are ignored.
    this.#source?.return?.().catch(() => {});
  }

  #last(value: R): IteratorYieldResult<R> {
    this.#finish();
    return { value, done: false };
  }

  #finish(): void {
    if (!this.#signal.aborted)
      this.#options.context.abortController.abort(new Error('The stream has ended.'));
  }

  #close(): void {
    if (this.#tokenCheck) clearInterval(this.#tokenCheck);
    this.#returnSource();
  }
}
