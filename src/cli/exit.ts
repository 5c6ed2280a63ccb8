import { CommanderError } from 'commander';
import { CommandFailure, ExitStatus } from './failure.js';
import { printable } from './terminal.js';

/** Advice for addresses that the program cannot listen on. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'The port is in use. Set PORT (for the sandbox command: --port) to another port, or to 0 for any free port.',
  EACCES:
    'This port requires elevated privileges. Set PORT (for the sandbox command: --port) to a port above 1023.',
  EADDRNOTAVAIL:
    'This machine does not have that address. Set HOST (for the sandbox command: --host) to an address of this machine, ' +
    'such as 127.0.0.1.',
  ENOTFOUND:
    'The host does not exist. Set HOST (for the sandbox command: --host) to an address of this machine, such as 127.0.0.1.',
};

interface ProgramEnd {
  /** 2 for a command line or an environment that cannot be used, that of a failed command, 1 for other errors. */
  readonly status: number;
  /** For stderr. Null if it is already printed. */
  readonly message: string | null;
}

/** Describes an error of `runProgram` to the person at the terminal. */
export function describeError(error: unknown): ProgramEnd {
  if (error instanceof CommanderError)
    return { status: error.exitCode === 0 ? ExitStatus.done : ExitStatus.usage, message: null };
  // Line by line: a message can hold words of an upstream.
  if (error instanceof CommandFailure)
    return { status: error.status, message: error.message.split('\n').map(printable).join('\n') };
  if (!(error instanceof Error)) return { status: ExitStatus.failed, message: 'Promptgate could not start.' };
  // Errors of other layers are recognised by their names, because loading their classes takes long.
  if (error.name === 'ConfigError') return { status: ExitStatus.usage, message: error.message };
  if (error.name === 'UnusableStoreError') return { status: ExitStatus.failed, message: error.message };
  const advice = 'code' in error ? LISTENING[String(error.code)] : undefined;
  const message = advice ? `Promptgate could not start: ${error.message}.\n${advice}` : error.stack;
  return { status: ExitStatus.failed, message: message ?? error.message };
}

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
