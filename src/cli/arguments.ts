import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, ExitStatus } from './failure.js';
import type { Terminal } from './terminal.js';

/** Options of every command that uses a gateway. */
export interface GatewayFlags {
  readonly gateway?: string;
}

export function gatewayOption(): Option {
  const description =
    'URL of a running gateway, with your token in PROMPTGATE_TOKEN (default: a gateway in this process)';
  return new Option('--gateway <url>', description);
}

/** Help text of the argument `<id>`. */
export const REPLICATION = 'id of the replication, as listed by `promptgate replications`';

/** Adds `--json` and `--csv`, which exclude each other. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'write the result as JSON').conflicts('csv'))
    .addOption(new Option('--csv', 'write the result as CSV (the default in a pipe)').conflicts('json'));
}

/** @throws CommandFailure without `--yes` if there is no terminal to ask for confirmation. */
export function requireConfirmation({ stdin }: Terminal, { yes }: { readonly yes?: boolean }): void {
  if (yes || stdin.isTTY) return;
  const message = 'There is no terminal to ask for confirmation. Add --yes to proceed without it.';
  throw new CommandFailure(message, ExitStatus.usage);
}

/** Creates a commander parser of whole numbers. Both bounds are inclusive. */
export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max) return Number(text);
    throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
  };
}
