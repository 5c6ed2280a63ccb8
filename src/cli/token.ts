import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { SCOPES, type Scope } from '../domain/principal.js';
import {
  hashOf,
  parseTokens,
  readTokens,
  type TokenEntry,
  TokensFileError,
} from '../http/access/tokens-file.js';
import { CommandFailure, ExitStatus } from './failure.js';
import type { Host } from './session.js';
import { say } from './terminal.js';

interface TokenFlags {
  readonly scope: readonly Scope[];
  readonly file?: string;
}

const TOKEN_BYTES = 32;

/** `promptgate token create` */
export function addTokenCommand(program: Command, { env, terminal }: Host): void {
  const token = program.command('token').description("the gateway's own tokens (see AUTH_TOKENS_FILE)");
  token
    .command('create')
    .description('make a token: it is written to standard output, and its SHA-256 to the file of tokens')
    .argument('<name>', 'who or what it is for')
    .addOption(new Option('--scope <scope...>', 'what it allows').choices(SCOPES).makeOptionMandatory())
    .option(
      '--file <path>',
      'the file of tokens (default: AUTH_TOKENS_FILE; without either it is shown what to add)',
    )
    .action((name: string, { scope, file = env.AUTH_TOKENS_FILE || undefined }: TokenFlags) => {
      const secret = `pg_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
      const entry = { name, sha256: hashOf(secret).toString('hex'), scopes: [...new Set(scope)] };
      checkName(entry);
      if (file === undefined)
        say(terminal, 'To be put into the JSON list of AUTH_TOKENS_FILE:', JSON.stringify(entry));
      else {
        add(entry, file);
        say(terminal, `Added to ${file}. A running gateway knows it within a second or two.`);
      }
      say(terminal, 'This is the only time that the token itself is shown:');
      terminal.stdout.write(`${secret}\n`);
    });
}

/** @throws CommandFailure */
function checkName(entry: TokenEntry): void {
  try {
    parseTokens(JSON.stringify([entry]), '');
  } catch {
    const message = 'the name must be 1 to 100 letters, digits, blanks or any of . _ @ -';
    throw new CommandFailure(message, ExitStatus.usage);
  }
}

/** @throws CommandFailure where the file cannot be used. */
function tokensIn(file: string): readonly TokenEntry[] {
  try {
    return readTokens(file);
  } catch (error) {
    if (!(error instanceof TokensFileError)) throw error;
    throw new CommandFailure(error.message, ExitStatus.usage);
  }
}

/** The file is replaced as a whole, so that a gateway never reads half of it. @throws CommandFailure */
function add(entry: TokenEntry, file: string): void {
  const before = existsSync(file) ? tokensIn(file) : [];
  if (before.some(({ name }) => name.toLowerCase() === entry.name.toLowerCase()))
    throw new CommandFailure(
      `${file} has a token of that name already: take it out, or choose another name`,
      ExitStatus.usage,
    );
  const beside = `${file}.${process.pid}.new`;
  try {
    writeFileSync(beside, `${JSON.stringify([...before, entry], null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(beside, file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new CommandFailure(`${file} cannot be written${code}`);
  }
}
