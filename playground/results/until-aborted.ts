/** Gives what `updates` give until they end or the signal is aborted; then they are ended as well. @throws what they throw, unless aborted. */
export async function* untilAborted<T>(
  updates: AsyncIterableIterator<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void> {
  // A `return` that waits for the next update would keep the subscription alive.
  const end = () => void updates.return?.();
  signal.addEventListener('abort', end, { once: true });
  try {
    for await (const update of updates) {
      if (signal.aborted) return;
      yield update;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** The words of what was thrown: an Error, an event of a socket, or errors of GraphQL. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.message) return thrown.message;
  if (Array.isArray(thrown)) return thrown.map(reasonOf).join(' ');
  const { reason, message } = Object(thrown) as { reason?: unknown; message?: unknown };
  return (
    [reason, message].find((words) => typeof words === 'string' && words !== '')?.toString() ??
    'no connection'
  );
}
