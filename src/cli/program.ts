import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { parseConfig } from '../config.js';
import { startGateway } from '../gateway.js';
import { createLog } from '../log.js';
import { startSandbox } from '../sandbox/index.js';

/** Something that was started and goes on until it is closed. */
export interface Service {
  close(): Promise<void>;
}

export interface ProgramOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a line to standard output. */
  readonly print: (line: string) => void;
  /** Takes over what a command has started. */
  readonly keep: (service: Service) => void;
}

/** What runs when no command is named. */
export const DEFAULT_COMMAND = 'serve';

/** The `promptgate` command. @throws CommanderError from its parsing, with what is wrong already printed. */
export function createProgram({ env, print, keep }: ProgramOptions): Command {
  const program = new Command('promptgate')
    .description("One GraphQL endpoint over Astria's image prompts and Portkey's prompt library.")
    .version(readVersion())
    .showHelpAfterError()
    .exitOverride();

  program
    .command(DEFAULT_COMMAND)
    .description(
      'start the gateway, as without a command; it is configured by environment variables (see the README)',
    )
    .action(async () => {
      const config = parseConfig(env);
      const gateway = await startGateway(config, createLog(config.logLevel));
      keep(gateway);
      print(`Promptgate is listening on ${gateway.url}`);
      if (gateway.sandbox)
        print(`Sandbox: Astria and Portkey are emulated at ${gateway.sandbox.url} (more at /_sandbox)`);
    });

  program
    .command('sandbox')
    .description('start the emulated upstreams alone')
    .option('--port <port>', 'where to listen; 0 picks a free port', parsePort, 4100)
    .option('--host <host>', 'the address to listen on', '127.0.0.1')
    .action(async ({ port, host }: { port: number; host: string }) => {
      const sandbox = await startSandbox({ port, host });
      keep(sandbox);
      print(`The sandbox is listening on ${sandbox.url} (more at /_sandbox)`);
      print('To point a gateway at it:');
      print(`  ASTRIA_BASE_URL=${sandbox.astriaUrl} ASTRIA_API_KEY=${sandbox.astriaKey} \\`);
      print(`  PORTKEY_BASE_URL=${sandbox.portkeyUrl} PORTKEY_API_KEY=${sandbox.portkeyKey} npm start`);
    });

  return program;
}

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return String(version);
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new InvalidArgumentError('must be a whole number, 0 to 65535');
}
