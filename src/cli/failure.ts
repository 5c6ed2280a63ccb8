/** Exit statuses of the process. */
export const ExitStatus = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Error that ends a command. Its message is shown without a stack trace, and must not contain secrets. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  constructor(
    message: string,
    readonly status: number = ExitStatus.failed,
  ) {
    super(message);
  }
}

/** Thrown when Ctrl-C ends a command that has no replication to cancel. */
export class Interrupted extends CommandFailure {
  override readonly name = 'Interrupted';
  constructor(message = 'Interrupted. Nothing was started.') {
    super(message, ExitStatus.interrupted);
  }
}

/** Waits for `work`. @throws Interrupted when Ctrl-C is pressed. */
export async function unlessInterrupted<T>(work: Promise<T>, interrupted: AbortSignal, message?: string) {
  let onAbort = () => {};
  const interruption = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new Interrupted(message));
    if (interrupted.aborted) onAbort();
    else interrupted.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, interruption]);
  } finally {
    interrupted.removeEventListener('abort', onAbort);
  }
}
