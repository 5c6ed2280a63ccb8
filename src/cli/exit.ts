import { CommanderError } from 'commander';
import { CommandFailure, ExitStatus } from './failure.js';
import { escapeControlCharacters } from './terminal.js';

/** Advice by error code of `listen`. */
const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EADDRINUSE: 'The port is in use. Set PORT (sandbox: --port) to another port, or to 0 for any free port.',
  EACCES: 'This port requires elevated privileges. Set PORT (sandbox: --port) to a port above 1023.',
  EADDRNOTAVAIL:
    'This machine does not have that address. Set HOST (sandbox: --host) to one that it has, such as 127.0.0.1.',
  ENOTFOUND: 'The host does not exist. Set HOST (sandbox: --host) to an address of this machine.',
};

interface ErrorDescription {
  /** Exit status: 2 for an invalid command line or environment, that of a CommandFailure, or 1. */
  readonly status: number;
  /** Message for stderr, or null if it is already printed. */
  readonly message: string | null;
}

/** Returns the exit status and the message for an error of `runProgram`. */
export function describeError(error: unknown): ErrorDescription {
  if (error instanceof CommanderError)
    return { status: error.exitCode === 0 ? ExitStatus.done : ExitStatus.usage, message: null };
  if (!(error instanceof Error)) return { status: ExitStatus.failed, message: 'Promptgate could not start.' };
  // A message can contain upstream strings and file names, so control characters are replaced in each line.
  const shown = error.message.split('\n').map(escapeControlCharacters).join('\n');
  if (error instanceof CommandFailure) return { status: error.status, message: shown };
  // Errors of other layers are recognized by name, because importing their classes is slow.
  if (error.name === 'ConfigError' || error.name === 'TokensFileError')
    return { status: ExitStatus.usage, message: shown };
  if (error.name === 'UnusableStoreError') return { status: ExitStatus.failed, message: shown };
  const advice = 'code' in error ? LISTEN_ADVICE[String(error.code)] : undefined;
  const message = advice ? `Promptgate could not start: ${error.message}.\n${advice}` : error.stack;
  return { status: ExitStatus.failed, message: message ?? error.message };
}

/**
 * Handles failed writes to standard output and standard error, which would otherwise end the process with a stack trace.
 * @returns A function that ends the process once its output is written, with status 1 instead of 0 if output was lost.
 */
export function guardOutput(process: NodeJS.Process): (status: number) => Promise<never> {
  const { stdout, stderr } = process;
  let hasFailed = false;
  stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    // It is normal for a reader such as `head` to stop early.
    if (code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    // Some commands do not end through the returned function.
    process.exitCode = ExitStatus.failed;
    stderr.write(`The output is incomplete: standard output cannot be written (${code}).\n`);
  });
  // There is nowhere to report a failed write to stderr.
  stderr.on('error', () => {});
  return async (status) => {
    await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
    return process.exit(hasFailed && status === ExitStatus.done ? ExitStatus.failed : status);
  };
}
