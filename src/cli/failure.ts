/** What the process says with its exit status. */
export const ExitStatus = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Ends a command. The message is for the person at the terminal and all that is shown: no stack, nothing secret. */
export class CommandFailure extends Error {
  override readonly name: string = 'CommandFailure';
  constructor(
    message: string,
    readonly status: number = ExitStatus.failed,
  ) {
    super(message);
  }
}

/** Ctrl-C before there was anything to cancel. */
export class Interrupted extends CommandFailure {
  override readonly name = 'Interrupted';
  constructor(message = 'Interrupted. Nothing was started.') {
    super(message, ExitStatus.interrupted);
  }
}

/** Waits for something unless Ctrl-C comes first. @throws Interrupted */
export async function unlessInterrupted<T>(
  work: Promise<T>,
  interrupted: AbortSignal,
  message?: string,
): Promise<T> {
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
