import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { SCOPES, type Scope } from '../domain/principal.js';
import { hashOf, parseTokens, readTokens, type TokenEntry } from '../http/access/tokens-file.js';
import { CommandFailure, ExitStatus } from './failure.js';
import type { CliContext } from './session.js';
import { info } from './terminal.js';

interface TokenFlags {
  readonly scope: readonly Scope[];
  readonly file?: string;
}

const TOKEN_BYTES = 32;

/** Adds `promptgate token create`. */
export function addTokenCommand(program: Command, { env, terminal }: CliContext): void {
  const token = program.command('token').description("manage the gateway's tokens (see AUTH_TOKENS_FILE)");
  token
    .command('create')
    .description('create a token: writes it to standard output, and its SHA-256 to the tokens file')
    .argument('<name>', 'name of the person or program that uses the token')
    .addOption(new Option('--scope <scope...>', 'scopes of the token').choices(SCOPES).makeOptionMandatory())
    .option(
      '--file <path>',
      'the tokens file (default: AUTH_TOKENS_FILE; if neither is set, shows the entry to add)',
    )
    .action((name: string, { scope, file = env.AUTH_TOKENS_FILE || undefined }: TokenFlags) => {
      const secret = `pg_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      const entry = { name, sha256: hashOf(secret).toString('hex'), scopes: [...new Set(scope)] };
      checkName(entry);
      if (file === undefined)
        info(terminal, 'Add this entry to the JSON array in AUTH_TOKENS_FILE:', JSON.stringify(entry));
      else {
        add(entry, file);
        info(terminal, `Added to ${file}. A running gateway accepts it within a second or two.`);
      }
      info(terminal, 'Save the token now. It is not shown again:');
      terminal.stdout.write(`${secret}\n`);
    });
}

/** @throws CommandFailure */
function checkName(entry: TokenEntry): void {
  try {
    parseTokens(JSON.stringify([entry]), '');
  } catch {
    const message = 'The name must have 1 to 100 characters: letters, digits, spaces, ".", "_", "@" or "-".';
    throw new CommandFailure(message, ExitStatus.usage);
  }
}

/**
 * Adds an entry. Replaces the file atomically, so that a gateway never reads half of it.
 * @throws CommandFailure, or TokensFileError if the file is invalid.
 */
function add(entry: TokenEntry, file: string): void {
  const existing = existsSync(file) ? readTokens(file) : [];
  const message = `${file} already has a token of this name. Remove that token or choose another name.`;
  if (existing.some(({ name }) => name.toLowerCase() === entry.name.toLowerCase()))
    throw new CommandFailure(message, ExitStatus.usage);
  const temporaryFile = `${file}.${process.pid}.new`;
  try {
    writeFileSync(temporaryFile, `${JSON.stringify([...existing, entry], null, 2)}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
    renameSync(temporaryFile, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new CommandFailure(`${file} cannot be written${code}.`);
  }
}
