import type { GatewayResult } from '../gateway/gateway.js';

/** Callbacks for the results of an operation. */
interface ResultCallbacks {
  /** Receives each result, errors included. */
  readonly onResult: (result: GatewayResult) => void;
  /** Cancels the operation. */
  readonly stop: () => void;
  /** True if a stopped operation may still have an effect, so that its result is awaited. */
  readonly continuesAfterStop: boolean;
}

const DONE = { value: undefined, done: true } as const;

/** Converts an error to a result. */
export const errorsOf = (error: unknown): GatewayResult => ({
  errors: [{ message: error instanceof Error ? error.message : String(error) }],
});

/**
 * Passes results to GraphiQL, which ends them when the user stops the run or opens another tab. An async generator could
 * only be ended between two results.
 */
export function resultIterator(
  results: AsyncIterator<GatewayResult>,
  { onResult, stop, continuesAfterStop }: ResultCallbacks,
): AsyncIterableIterator<GatewayResult> {
  let isStopped = false;
  let isReported = false;
  let hasFailed = false;
  const report = (result: GatewayResult) => {
    isReported = true;
    onResult(result);
  };
  return {
    async next() {
      // A failed operation would fail again on each call.
      if (hasFailed) return DONE;
      const result = await results.next().catch((error) => {
        hasFailed = true;
        return { value: errorsOf(error), done: false };
      });
      if (isStopped && !continuesAfterStop) return DONE;
      if (!result.done) report(result.value);
      else if (!isReported) report({});
      return isStopped ? DONE : result;
    },
    async return() {
      isStopped = true;
      if (continuesAfterStop) return DONE;
      if (!isReported) report({});
      stop();
      return DONE;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Wraps an operation with a single result. */
export function singleResult(send: () => Promise<GatewayResult>): AsyncIterator<GatewayResult> {
  let isSent = false;
  return {
    async next() {
      if (isSent) return DONE;
      isSent = true;
      return { value: await send(), done: false };
    },
  };
}
