import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { unlessInterrupted } from './failure.js';

export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean;
}

export interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where a command is given answers and gives its own: results on stdout, all that is said on the way on stderr. */
export interface Terminal {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Names come from a library that many can write to; these would move the cursor, set colours or turn the text around. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/** Text that does nothing to a terminal but to be shown. */
export function printable(text: string): string {
  return text.replace(CONTROLS, ' ');
}

/** Writes lines to stderr. */
export function say({ stderr }: Pick<Terminal, 'stderr'>, ...lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${printable(line)}\n`);
}

/** Asks on stderr. The end of the input is a no, as is everything that is not a yes. @throws Interrupted */
export async function confirm(
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
  question: string,
  interrupted: AbortSignal,
): Promise<boolean> {
  // Not as a terminal: Ctrl-C stays a signal, for the one place that handles it.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const ended = once(lines, 'close').then(() => null);
    const asked = Promise.race([lines.question(`${printable(question)} [y/N] `), ended]);
    const answer = await unlessInterrupted(asked, interrupted);
    if (answer === null) stderr.write('\n');
    return /^\s*y(es)?\s*$/i.test(answer ?? '');
  } catch (error) {
    stderr.write('\n');
    throw error;
  } finally {
    lines.close();
  }
}
