import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Something that is known wherever it turns up, whole or in part, in whatever notation. */
export interface Mark {
  readonly name: string;
  readonly text: string;
  /** What gives it away, by the notation. */
  readonly traces: readonly (readonly [notation: string, trace: string])[];
}

/** As much of a secret as must not be seen. */
const PIECE = 12;

/** A new one; what is around it has characters that notations write in their own ways. */
export function newMark(name: string, { before = '', after = '' } = {}): Mark {
  const core = randomBytes(PIECE * 1.5).toString('hex');
  return markOf(name, before + core + after, core);
}

/** @param core The part of the text that is found nowhere else. */
export function markOf(name: string, text: string, core: string = text): Mark {
  const pieces = Array.from({ length: Math.floor(core.length / PIECE) }, (_, n) =>
    core.slice(n * PIECE, (n + 1) * PIECE),
  );
  const traces: [string, string][] = pieces.map((piece) => ['plain', piece]);
  for (const whole of new Set([text, core, `Bearer ${text}`])) {
    traces.push(['in hexadecimal digits', Buffer.from(whole).toString('hex')]);
    // Within other bytes it can stand in three ways; the characters at its ends depend on what is around.
    for (const shift of [0, 1, 2]) {
      const encoded = Buffer.from('x'.repeat(shift) + whole).toString('base64');
      const inner = encoded.replace(/=+$/, '').slice(shift === 0 ? 0 : 4, -1);
      traces.push(['in base64', inner], ['in base64url', inner.replaceAll('+', '-').replaceAll('/', '_')]);
    }
    const digest = (encoding: 'hex' | 'base64' | 'base64url') =>
      createHash('sha256').update(whole).digest(encoding).replace(/=+$/, '');
    for (const encoding of ['hex', 'base64', 'base64url'] as const)
      traces.push([`as its hash in ${encoding}`, digest(encoding)]);
  }
  return { name, text, traces: traces.map(([notation, trace]) => [notation, trace.toLowerCase()]) };
}

/** The marks that are in a text, with their notations. */
export function marksIn(text: string, marks: readonly Mark[]): string[] {
  const searched = text.toLowerCase();
  const found = marks.flatMap(({ name, traces }) =>
    traces.filter(([, trace]) => searched.includes(trace)).map(([notation]) => `${name}, ${notation}`),
  );
  return [...new Set(found)];
}

/** The marks that are in the bytes and in the names of the files of a folder. */
export async function marksInFiles(folder: string, marks: readonly Mark[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(
        async ({ parentPath, name }) => `${name} ${await readFile(path.join(parentPath, name), 'latin1')}`,
      ),
  );
  return marksIn(texts.join('\n'), marks);
}
