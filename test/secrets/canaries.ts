import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Unique string that tests search for in all output, whole or in part, in every encoding. */
export interface Canary {
  readonly name: string;
  readonly text: string;
  /** Strings that reveal it, with their notations. */
  readonly traces: readonly (readonly [notation: string, trace: string])[];
}

/** Length of a piece of a secret that no output may contain. */
const PIECE = 12;

/** Creates a canary. `before` and `after` contain characters that notations encode differently. */
export function newCanary(name: string, { before = '', after = '' } = {}): Canary {
  const core = randomBytes(PIECE * 1.5).toString('hex');
  return canaryOf(name, before + core + after, core);
}

/** @param core Unique part of the text. */
export function canaryOf(name: string, text: string, core: string = text): Canary {
  const pieces = Array.from({ length: Math.floor(core.length / PIECE) }, (_, n) =>
    core.slice(n * PIECE, (n + 1) * PIECE),
  );
  const traces: [string, string][] = pieces.map((piece) => ['plain', piece]);
  for (const whole of new Set([text, core, `Bearer ${text}`])) {
    traces.push(['in hexadecimal digits', Buffer.from(whole).toString('hex')]);
    // Base64 depends on the offset within other bytes. The characters at both ends depend on the adjacent bytes.
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

/** Names of the canaries in a string, with their notations. */
export function canariesIn(text: string, canaries: readonly Canary[]): string[] {
  const searched = text.toLowerCase();
  const found = canaries.flatMap(({ name, traces }) =>
    traces.filter(([, trace]) => searched.includes(trace)).map(([notation]) => `${name}, ${notation}`),
  );
  return [...new Set(found)];
}

/** Names of the canaries in the contents and names of the files of a folder. */
export async function canariesInFiles(folder: string, canaries: readonly Canary[]): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(
        async ({ parentPath, name }) => `${name} ${await readFile(path.join(parentPath, name), 'latin1')}`,
      ),
  );
  return canariesIn(texts.join('\n'), canaries);
}
