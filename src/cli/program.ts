import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addCancelCommand } from './cancel.js';
import { addReplicateCommand } from './replicate.js';
import { addReplicationsCommand } from './replications.js';
import { addResumeCommand } from './resume.js';
import { addSandboxCommand } from './sandbox.js';
import type { Host } from './session.js';
import { addTokenCommand } from './token.js';
import { addUndoCommand } from './undo.js';

/** What runs when no command is named. */
export const DEFAULT_COMMAND = 'serve';

/** The `promptgate` command. @throws CommanderError from its parsing, with what is wrong already printed. */
export function createProgram(host: Host): Command {
  const program = new Command('promptgate')
    .description("One GraphQL endpoint over Astria's image prompts and Portkey's prompt library.")
    .version(readVersion())
    .showHelpAfterError('(--help after a command shows its options)')
    .exitOverride();
  addServeCommand(program, host);
  addSandboxCommand(program, host);
  addReplicateCommand(program, host);
  addReplicationsCommand(program, host);
  addResumeCommand(program, host);
  addCancelCommand(program, host);
  addUndoCommand(program, host);
  addTokenCommand(program, host);
  return program;
}

function addServeCommand(program: Command, { env, terminal, keep }: Host): void {
  const print = (line: string) => terminal.stdout.write(`${line}\n`);
  program
    .command(DEFAULT_COMMAND)
    .description(
      'start the gateway, as without a command; it is configured by environment variables (see the README)',
    )
    .action(async () => {
      const { parseConfig } = await import('../config.js');
      const config = parseConfig(env);
      const { createLog } = await import('../log.js');
      const { startGateway } = await import('../gateway.js');
      const gateway = await startGateway(config, createLog(config.logLevel));
      keep(gateway);
      print(`Promptgate is listening on ${gateway.url}`);
      if (gateway.sandbox)
        print(`Sandbox: Astria and Portkey are emulated at ${gateway.sandbox.url} (more at /_sandbox)`);
    });
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return String(version);
}
