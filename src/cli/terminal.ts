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

/** Standard streams of a command. Results go to stdout, everything else to stderr. */
export interface Terminal {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Characters that move the cursor, set colors or reverse the text. Names in a shared library can contain them. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/** Replaces characters that a terminal would interpret with spaces. */
export function escapeControlCharacters(text: string): string {
  return text.replace(CONTROLS, ' ');
}

/** Writes lines to stderr. */
export function info({ stderr }: Pick<Terminal, 'stderr'>, ...lines: readonly string[]): void {
  for (const line of lines) stderr.write(`${escapeControlCharacters(line)}\n`);
}

/** Asks a question on stderr. Returns true only for `y` or `yes`. @throws Interrupted */
export async function confirm(
  { stdin, stderr }: Pick<Terminal, 'stdin' | 'stderr'>,
  question: string,
  interrupted: AbortSignal,
): Promise<boolean> {
  // With `terminal: true`, readline would catch Ctrl-C, and the process would not receive SIGINT.
  const lines = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const ended = once(lines, 'close').then(() => null);
    const reply = Promise.race([lines.question(`${escapeControlCharacters(question)} [y/N] `), ended]);
    const answer = await unlessInterrupted(reply, interrupted);
    if (answer === null) stderr.write('\n');
    return /^\s*y(es)?\s*$/i.test(answer ?? '');
  } catch (error) {
    stderr.write('\n');
    throw error;
  } finally {
    lines.close();
  }
}
