/** Yields updates until they end or the signal is aborted, which ends them. @throws Errors of the updates unless aborted. */
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
    // Several subscriptions may share the signal.
    signal.removeEventListener('abort', end);
  }
}

/** Returns the message of a thrown value. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
