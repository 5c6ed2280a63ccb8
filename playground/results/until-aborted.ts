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
    // A panel that follows one thing after the other has one signal for all.
    signal.removeEventListener('abort', end);
  }
}

/** The words of what a gateway has thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
