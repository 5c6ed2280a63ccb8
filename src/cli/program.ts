import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import type { CliContext } from './session.js';

/** Command that runs if none is given. */
const DEFAULT_COMMAND = 'serve';

/**
 * Runs the `promptgate` command.
 * @param args Arguments without the name of the program.
 * @throws CommanderError for an invalid command line, after its message is printed.
 */
export async function runProgram(context: CliContext, args: readonly string[]): Promise<void> {
  const program = new Command('promptgate')
    .description("One GraphQL endpoint over Astria's image prompts and Portkey's prompt library.")
    .version(readVersion())
    .showHelpAfterError('(add --help to a command to show its options)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.stdout.write(text),
      writeErr: (text) => context.terminal.stderr.write(text),
    });
  addServeCommand(program, context);
  const [command = DEFAULT_COMMAND, ...rest] = args;
  if (command !== DEFAULT_COMMAND) {
    const { addCommands } = await import('./commands.js');
    addCommands(program, context);
  }
  await program.parseAsync([command, ...rest], { from: 'user' });
}

function addServeCommand(program: Command, { env, terminal, register }: CliContext): void {
  const print = (line: string) => terminal.stdout.write(`${line}\n`);
  program
    .command(DEFAULT_COMMAND)
    .description(
      'start the gateway (the default command), configured by environment variables (see docs/configuration.md)',
    )
    .action(async () => {
      const { parseConfig } = await import('../config.js');
      const config = parseConfig(env);
      const { createLog } = await import('../log.js');
      const { startGateway } = await import('../gateway.js');
      const gateway = await startGateway(config, createLog(config.logLevel));
      register(gateway);
      print(`Promptgate is listening on ${gateway.url}`);
      if (gateway.sandbox)
        print(`Sandbox: Astria and Portkey are emulated at ${gateway.sandbox.url} (more at /_sandbox)`);
    });
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return String(version);
}
