import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Block of shell commands in a document. */
export interface CommandBlock {
  readonly commands: string;
  /** Exit status of the last command. The text after the block states it unless it is 0. */
  readonly status: number;
}

/** Returns the documents for users. */
export function userDocuments(): string[] {
  const pages = readdirSync(path.join(ROOT, 'docs')).filter((name) => /^[a-z-]+\.md$/.test(name));
  return ['README.md', ...pages.map((name) => `docs/${name}`)];
}

/** Returns the shell blocks of a document in order. */
export function commandBlocks(document: string): CommandBlock[] {
  const text = readFileSync(path.join(ROOT, document), 'utf8');
  return [...text.matchAll(/^```sh\n(.*?)^```\n\n?([^\n]*(?:\n[^\n]+)?)/gms)].map(
    ([, commands = '', next = '']) => ({
      commands,
      status: /\bstatus is 1\b|\bwith status 1\b/.test(next) ? 1 : 0,
    }),
  );
}

/** Splits commands at the lines that need a value of an earlier response, such as `ID=...`. */
export function splitAtPlaceholders(commands: string): string[] {
  return commands.split(/^(?=(?:ID|TOKEN|SANDBOX_URL)=|.*REPLICATION_ID)/m).filter((part) => part !== '');
}
