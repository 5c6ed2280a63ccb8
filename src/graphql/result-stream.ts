import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { RequestContext } from './context.js';

/** The caller of a stream. */
export interface SubscriptionContext {
  /** Creates the context of one event. */
  newContext(): RequestContext;
  /** Returns false when the caller's token has expired: a stream can last longer than a token. */
  isAdmitted(): boolean;
  /** Ends the stream when it is aborted, and is aborted when the stream has ended. The contexts have its signal. */
  readonly abortController: AbortController;
}

/** A result with errors as GraphQL has them, or as the client sees them. */
export type RawResult = ExecutionResult | FormattedExecutionResult;

export interface ResultStreamOptions<R> {
  readonly context: Pick<SubscriptionContext, 'abortController'>;
  /** Ends the stream of a subscription when it returns false. */
  readonly isAdmitted?: () => boolean;
  readonly open: () => Promise<AsyncIterable<RawResult>>;
  readonly format: (result: RawResult) => R;
  /** Formats what `open` or the source throws. Default: the stream throws it. */
  readonly onError?: (error: unknown) => R;
}

/** Milliseconds between two checks of the token of a caller that gets no results. */
const TOKEN_CHECK_MS = 2_000;
/** Shown to a caller whose token has expired during an operation. */
export const NOT_ADMITTED = {
  message: 'The token has expired or was revoked. Send another token.',
  extensions: { code: 'UNAUTHENTICATED' },
};
const DONE: IteratorReturnResult<void> = { value: undefined, done: true };

/**
 * The results of an operation. That of a subscription ends immediately when it is returned or aborted: `return` of an async
 * generator function would wait for the next event, which may never come.
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
    const { isAdmitted, format, onError } = this.#options;
    try {
      this.#source ??= await this.#open();
      const { value, done } = await this.#source.next();
      if (this.#signal.aborted) return DONE;
      if (isAdmitted?.() === false) return this.#last(format({ errors: [NOT_ADMITTED] }));
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
    const { open, isAdmitted } = this.#options;
    this.#source = (await open())[Symbol.asyncIterator]();
    if (this.#signal.aborted) this.#close();
    else if (isAdmitted)
      this.#tokenCheck = setInterval(() => {
        if (!isAdmitted()) this.#returnSource();
      }, TOKEN_CHECK_MS);
    return this.#source;
  }

  #returnSource(): void {
    // It may fail because of the end.
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
