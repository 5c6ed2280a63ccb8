/**
 * A generator that can be ended at any moment. `return` of an async generator function waits until what it awaits has come:
 * with a source that is silent for an hour, the client that has gone would keep it for an hour.
 * @param ending Ends it when it is aborted, and is aborted when it has ended.
 */
export function endable<T>(
  inner: AsyncGenerator<T, void, void>,
  ending: AbortController,
): AsyncGenerator<T, void, void> {
  const done: IteratorReturnResult<void> = { value: undefined, done: true };
  const waiting = new Set<() => void>();
  const { signal } = ending;
  const end = () => {
    for (const settle of waiting) settle();
    waiting.clear();
    // It may fail because of the end, which nobody waits for any more.
    inner.return().catch(() => {});
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  const finish = () => {
    if (!signal.aborted) ending.abort(new Error('the stream has ended'));
  };
  const outer: AsyncGenerator<T, void, void> = {
    next: () =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return resolve(done);
        const settle = () => resolve(done);
        waiting.add(settle);
        inner.next().then(
          (result) => {
            waiting.delete(settle);
            if (result.done) finish();
            resolve(signal.aborted ? done : result);
          },
          (error) => {
            waiting.delete(settle);
            finish();
            reject(error);
          },
        );
      }),
    async return() {
      finish();
      return done;
    },
    async throw(error) {
      finish();
      throw error;
    },
    [Symbol.asyncIterator]: () => outer,
    [Symbol.asyncDispose]: async () => finish(),
  };
  return outer;
}
