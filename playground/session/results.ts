import type { Answer } from '../gateway/gateway.js';

/** Callbacks for the results of an operation. */
interface Telling {
  /** Receives each result, errors included. */
  readonly answered: (answer: Answer) => void;
  /** Cancels the operation. */
  readonly stop: () => void;
  /** True if a stopped operation may still have an effect, so that its result is awaited. */
  readonly goesOn: boolean;
}

const DONE = { value: undefined, done: true } as const;

/** Converts an error to a result. */
export const errorsOf = (error: unknown): Answer => ({
  errors: [{ message: error instanceof Error ? error.message : String(error) }],
});

/**
 * Passes results to GraphiQL, which ends them when the user stops the run or opens another tab. An async generator could
 * only be ended between two results.
 */
export function resultIterator(
  results: AsyncIterator<Answer>,
  { answered, stop, goesOn }: Telling,
): AsyncIterableIterator<Answer> {
  let isStopped = false;
  let isAnswered = false;
  let hasFailed = false;
  const tell = (answer: Answer) => {
    isAnswered = true;
    answered(answer);
  };
  return {
    async next() {
      // A failed operation would fail again on each call.
      if (hasFailed) return DONE;
      const result = await results.next().catch((error) => {
        hasFailed = true;
        return { value: errorsOf(error), done: false };
      });
      if (isStopped && !goesOn) return DONE;
      if (!result.done) tell(result.value);
      else if (!isAnswered) tell({});
      return isStopped ? DONE : result;
    },
    async return() {
      isStopped = true;
      if (goesOn) return DONE;
      if (!isAnswered) tell({});
      stop();
      return DONE;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Wraps an operation with a single result. */
export function once(ask: () => Promise<Answer>): AsyncIterator<Answer> {
  let isAsked = false;
  return {
    async next() {
      if (isAsked) return DONE;
      isAsked = true;
      return { value: await ask(), done: false };
    },
  };
}
