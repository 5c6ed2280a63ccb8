import { type Command, InvalidArgumentError, Option } from 'commander';
import { DIALECT_DESCRIPTIONS, DIALECT_VALUES, type Dialect, isPartialDialect } from '../sandbox/dialect.js';
import { integerBetween } from './arguments.js';
import type { CliContext } from './session.js';

const SETTINGS = Object.keys(DIALECT_VALUES).filter(isSetting);

interface SandboxFlags extends Partial<Dialect> {
  port: number;
  host: string;
}

/** Adds `promptgate sandbox`. */
export function addSandboxCommand(program: Command, { terminal, register }: CliContext): void {
  const print = (line: string) => terminal.stdout.write(`${line}\n`);
  const command = program
    .command('sandbox')
    .description('start only the emulated upstreams')
    .option('--port <port>', 'port to listen on; 0 picks a free port', integerBetween(0, 65535), 4100)
    .option('--host <host>', 'address to listen on', '127.0.0.1');
  for (const name of SETTINGS) command.addOption(dialectOption(name));
  command.action(async (flags: SandboxFlags) => {
    const { port, host } = flags;
    const { startSandbox } = await import('../sandbox/index.js');
    const sandbox = await startSandbox({ port, host, dialect: dialectOf(flags) });
    register(sandbox);
    print(`The sandbox is listening on ${sandbox.url} (more at /_sandbox)`);
    print('Start a gateway that uses it:');
    print(`  ASTRIA_BASE_URL=${sandbox.astriaUrl} ASTRIA_API_KEY=${sandbox.astriaKey} \\`);
    print(`  PORTKEY_BASE_URL=${sandbox.portkeyUrl} PORTKEY_API_KEY=${sandbox.portkeyKey} npm start`);
  });
}

/** Creates the option of a setting, such as `--read-lag-ms <number>` for `readLagMs`. A boolean setting becomes a flag. */
function dialectOption(name: keyof Dialect): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const values: (typeof DIALECT_VALUES)[keyof Dialect] = DIALECT_VALUES[name];
  const help = DIALECT_DESCRIPTIONS[name];
  if ('min' in values) {
    const option = new Option(`${flag} <number>`, `${help}, ${values.min} to ${values.max}`);
    return option.argParser(integerBetween(values.min, values.max));
  }
  const choices: readonly unknown[] = values;
  if (choices.includes(true)) return new Option(flag, help);
  const list = choices.join(', ');
  return new Option(`${flag} <value>`, `${help}: ${list}`).argParser((text) => {
    const value = choices.find((choice) => String(choice) === text);
    if (value === undefined) throw new InvalidArgumentError(`Must be one of ${list}.`);
    return value;
  });
}

function dialectOf(flags: SandboxFlags): Partial<Dialect> {
  const entries = SETTINGS.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]]));
  const dialect: unknown = Object.fromEntries(entries);
  return isPartialDialect(dialect) ? dialect : {};
}

function isSetting(name: string): name is keyof Dialect {
  return Object.hasOwn(DIALECT_VALUES, name);
}
