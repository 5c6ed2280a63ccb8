import { ExitStatus } from './failure.js';

/**
 * Handles writes to standard output and standard error that fail: a process must not end with a stack trace for them.
 * @returns Ends the process once its output is written; with status 1 in place of 0 if some of it is lost.
 */
export function guardOutput(process: NodeJS.Process): (status: number) => Promise<never> {
  const { stdout, stderr } = process;
  let hasFailed = false;
  stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    // A reader that has enough, such as `head`, is expected.
    if (code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    // For a command that ends in another way.
    process.exitCode = ExitStatus.failed;
    stderr.write(`The output is incomplete: standard output cannot be written (${code}).\n`);
  });
  // There is nowhere left to report it.
  stderr.on('error', () => {});
  return async (status) => {
    await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
    return process.exit(hasFailed && status === ExitStatus.done ? ExitStatus.failed : status);
  };
}
