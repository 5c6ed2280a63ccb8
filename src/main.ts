#!/usr/bin/env node
import { CommanderError } from 'commander';
import { createProgram, DEFAULT_COMMAND, type Service } from './cli/program.js';
import { ConfigError } from './config.js';

const services: Service[] = [];
let isStopping = false;

/** Ends the process in order; a second signal ends it at once. */
async function stop(): Promise<void> {
  if (isStopping) process.exit(130);
  isStopping = true;
  await Promise.all(services.map((service) => service.close()));
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const program = createProgram({
  env: process.env,
  print: (line) => process.stdout.write(`${line}\n`),
  keep: (service) => services.push(service),
});

/** What to do about the addresses that cannot be listened on. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use: set PORT (of the sandbox command: --port) to another one, or to 0 for any',
  EACCES: 'this port needs more rights: set PORT (of the sandbox command: --port) to one over 1023',
  EADDRNOTAVAIL: 'this machine does not have that address: set HOST to one of its own, such as 127.0.0.1',
  ENOTFOUND: 'there is no such host: set HOST to an address of this machine, such as 127.0.0.1',
};

// Exit codes: 2 for a command line or an environment that cannot be used, 1 for everything else.
try {
  const [node = '', script = '', ...args] = process.argv;
  await program.parseAsync([node, script, ...(args.length > 0 ? args : [DEFAULT_COMMAND])]);
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'promptgate could not start';
  if (error instanceof ConfigError) return error.message;
  const advice = 'code' in error ? LISTENING[String(error.code)] : undefined;
  return advice ? `promptgate could not start: ${error.message}\n${advice}` : (error.stack ?? error.message);
}
