import type { Answer } from '../gateway/gateway.js';

/** How the results of an operation go on to those who show them. */
interface Telling {
  /** Called with each result, those of failures included. */
  readonly answered: (answer: Answer) => void;
  /** Ends what is under way. */
  readonly stop: () => void;
  /** What is stopped may have an effect all the same, and is still waited for. */
  readonly goesOn: boolean;
}

const DONE = { value: undefined, done: true } as const;

/** What kept an operation from its answer, told where the answer would be. */
export const errorsOf = (error: unknown): Answer => ({
  errors: [{ message: error instanceof Error ? error.message : String(error) }],
});

/**
 * Results on their way to GraphiQL, which ends them when the person stops the run or goes to another tab. Not an async
 * generator: that could be ended between two results only.
 */
export function told(
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
      // What fails at its beginning would fail again and again.
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

/** The one result of an operation that has one. */
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
