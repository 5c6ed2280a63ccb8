import { ExitStatus } from './failure.js';

/** Handles writes to standard output and standard error that fail: a process must not end with a stack trace for them. */
export class OutputGuard {
  readonly #process: NodeJS.Process;
  #hasFailed = false;

  constructor(process: NodeJS.Process) {
    this.#process = process;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => this.#report(error));
    // There is nowhere left to report it.
    process.stderr.on('error', () => {});
  }

  /** Ends the process once its output is written; with status 1 in place of 0 if some of it is lost. */
  async exit(status: number): Promise<never> {
    const { stdout } = this.#process;
    await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
    return this.#process.exit(this.#hasFailed && status === ExitStatus.done ? ExitStatus.failed : status);
  }

  #report({ code = 'unknown error' }: NodeJS.ErrnoException): void {
    // A reader that has enough, such as `head`, is expected.
    if (code === 'EPIPE' || this.#hasFailed) return;
    this.#hasFailed = true;
    // For a command that does not end through `exit`.
    this.#process.exitCode = ExitStatus.failed;
    this.#process.stderr.write(`The output is incomplete: standard output cannot be written (${code}).\n`);
  }
}
