#!/usr/bin/env node
import { createProgram, type Service } from './cli/program.js';
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

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'promptgate could not start';
  if (error instanceof ConfigError) return error.message;
  if ('code' in error && error.code === 'EADDRINUSE')
    return `${error.message}: set PORT to another one, or to 0 for any`;
  return error.stack ?? error.message;
}
