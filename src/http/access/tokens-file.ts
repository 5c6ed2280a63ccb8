import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { monotonicMs } from '../../domain/clock.js';
import type { Log } from '../../domain/log.js';
import { type Principal, SCOPES } from '../../domain/principal.js';

/** Thrown if the tokens file cannot be used. The message contains no hash. */
export class TokensFileError extends Error {
  override readonly name = 'TokensFileError';
}

const RECHECK_MS = 1_000;

const tokens = z
  .array(
    z.strictObject(
      {
        name: z
          .string()
          .regex(/^[\w.@ -]{1,100}$/, 'must be 1 to 100 letters, digits, spaces or any of . _ @ -'),
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 hash of a token, as 64 hexadecimal digits'),
        scopes: z.array(z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`)),
      },
      // Zod's message would show the name of an unknown member, which may be a misplaced token.
      'must have exactly the members name, sha256 and scopes',
    ),
    'must be a list of tokens',
  )
  .superRefine((entries, { addIssue }) => {
    for (const key of ['name', 'sha256'] as const) {
      const values = entries.map((entry) => entry[key].toLowerCase());
      const duplicate = values.findIndex((value, index) => values.indexOf(value) !== index);
      if (duplicate >= 0)
        addIssue({ code: 'custom', path: [duplicate, key], message: 'is also used by another token' });
    }
  });

/** Entry of the file, with the hash of a token, never the token. */
export type TokenEntry = z.infer<typeof tokens>[number];

/** Parses the content of a tokens file. @throws TokensFileError with every error. */
export function parseTokens(text: string, file: string): readonly TokenEntry[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new TokensFileError(`${file} is not valid JSON.`);
  }
  const { data, error } = tokens.safeParse(content);
  if (data) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`);
  throw new TokensFileError(`${file} is invalid: ${problems.join('; ')}.`);
}

export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

/**
 * Creates a function that returns the principal of a token, or null for an unknown token. It notices changes of the file.
 * @throws TokensFileError if the file cannot be used.
 */
export function openTokensFile(file: string, log: Log): (token: string) => Principal | null {
  let version = versionOf(file);
  let entries = readTokens(file);
  let checkedAt = monotonicMs();

  /** Reloads a changed file. Ignores an invalid or missing file, so that an editing mistake does not lock out all callers. */
  const reloadIfChanged = (): void => {
    const now = monotonicMs();
    if (now - checkedAt < RECHECK_MS) return;
    checkedAt = now;
    const newVersion = versionOf(file);
    if (newVersion === version) return;
    version = newVersion;
    try {
      entries = readTokens(file);
      log.info({ tokens: entries.length }, 'The tokens file has changed and was reloaded.');
    } catch (error) {
      if (!(error instanceof TokensFileError)) throw error;
      const reason = error.message;
      log.error(
        { reason },
        'The tokens file has changed but cannot be used. The previous tokens remain valid.',
      );
    }
  };

  /** Compares all entries, each in constant time, so that the duration reveals nothing. */
  const findEntry = (hash: Buffer): TokenEntry | null => {
    reloadIfChanged();
    let found: TokenEntry | null = null;
    for (const entry of entries) if (timingSafeEqual(hash, Buffer.from(entry.sha256, 'hex'))) found = entry;
    return found;
  };

  return (token) => {
    const hash = hashOf(token);
    const entry = findEntry(hash);
    if (!entry) return null;
    const isCurrent = () => {
      const now = findEntry(hash);
      return now?.name === entry.name && entry.scopes.every((scope) => now.scopes.includes(scope));
    };
    return { id: `token ${entry.name}`, scopes: new Set(entry.scopes), isCurrent };
  };
}

/** Reads a tokens file. @throws TokensFileError with every error. */
export function readTokens(file: string): readonly TokenEntry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new TokensFileError(`${file} cannot be read${code}.`);
  }
  return parseTokens(text, file);
}

/** Returns a string that changes when the file is modified or replaced. */
function versionOf(file: string): string {
  const { mtimeMs, ino, size } = statSync(file, { throwIfNoEntry: false }) ?? {};
  return `${mtimeMs} ${ino} ${size}`;
}
