import { pause } from '../../../async/pause.js';
import { sharedController } from '../../../async/shutdown-signal.js';

/**
 * Reason why a job stops early. Its owner cancelled it, the gateway closes, or an error prevents it from continuing.
 */
export type StopReason = 'CANCELLED' | 'CLOSING' | Error;

/** Thrown when a stopping job would start something new. */
export class JobStoppedError extends Error {
  override readonly name = 'JobStoppedError';
}

/** Stops a job. Nothing new starts, and requests in progress are awaited. */
export class CancellationToken {
  readonly #controller = sharedController();
  #reason: StopReason | null = null;

  /** First reason; null while the job continues. */
  get reason(): StopReason | null {
    return this.#reason;
  }

  stop(reason: StopReason): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }

  /** @throws JobStoppedError */
  throwIfStopped(): void {
    if (this.#reason) throw new JobStoppedError('The job is stopping.');
  }

  /** Runs work. An error stops the whole job, and the result is then undefined. */
  async run<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JobStoppedError))
        this.stop(error instanceof Error ? error : new Error('Unknown error.'));
      return undefined;
    }
  }

  /** Waits `ms` milliseconds. @throws JobStoppedError as soon as the job stops. */
  async pause(ms: number): Promise<void> {
    await pause(ms, this.#controller.signal);
    this.throwIfStopped();
  }
}
