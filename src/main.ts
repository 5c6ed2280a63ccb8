#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { CommandFailure, ExitStatus } from './cli/failure.js';
import { OutputGuard } from './cli/output.js';
import { runProgram } from './cli/program.js';
import type { Host, Service } from './cli/session.js';
import { printable } from './cli/terminal.js';

// Objects of many concurrent calls survive a few young collections, so V8 would allocate later ones where they are collected
// late. A replication of 10 000 prompts then grows by 155 MiB instead of 88 MiB (`npm run bench:replicate`).
setFlagsFromString('--no-allocation-site-pretenuring');

const services: Service[] = [];
/** Asks a command that ends by itself to end; null while none is running. */
let interrupt: (() => void) | null = null;
let isStopping = false;
/** A process manager kills what has not ended ten seconds after it was asked to. */
const STOPPING_MS = 9_000;

/**
 * Ends the process in order, or else as it is: what is cut off then is in the record, and goes on later. A second signal
 * ends it at once.
 */
async function stop(): Promise<void> {
  if (isStopping) {
    process.stderr.write('\n');
    process.exit(ExitStatus.interrupted);
  }
  isStopping = true;
  if (interrupt) return interrupt();
  setTimeout(() => process.exit(0), STOPPING_MS);
  await Promise.all(services.map((service) => service.close()));
  process.exit(0);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const output = new OutputGuard(process);

async function conduct(command: (interrupted: AbortSignal) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  interrupt = () => interruption.abort();
  const status = await command(interruption.signal);
  await output.exit(status);
}

const host: Host = {
  env: process.env,
  terminal: process,
  keep: (service) => services.push(service),
  conduct,
};

/** What to do about the addresses that cannot be listened on. */
const LISTENING: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use: set PORT (of the sandbox command: --port) to another one, or to 0 for any',
  EACCES: 'this port needs more rights: set PORT (of the sandbox command: --port) to one over 1023',
  EADDRNOTAVAIL: 'this machine does not have that address: set HOST to one of its own, such as 127.0.0.1',
  ENOTFOUND: 'there is no such host: set HOST to an address of this machine, such as 127.0.0.1',
};

// Exit codes: 2 for a command line or an environment that cannot be used, what a command says, 1 for everything else.
try {
  await runProgram(host, process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) await output.exit(error.exitCode === 0 ? 0 : ExitStatus.usage);
  process.stderr.write(`${explain(error)}\n`);
  process.exit(statusOf(error));
}

/** Errors that are none of the commands' go by their names: with their classes comes much that takes long to load. */
function statusOf(error: unknown): number {
  if (error instanceof CommandFailure) return error.status;
  return error instanceof Error && error.name === 'ConfigError' ? ExitStatus.usage : ExitStatus.failed;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return 'promptgate could not start';
  if (error.name === 'ConfigError' || error.name === 'UnusableStoreError') return error.message;
  // Line by line: a message can hold words of an upstream.
  if (error instanceof CommandFailure) return error.message.split('\n').map(printable).join('\n');
  const advice = 'code' in error ? LISTENING[String(error.code)] : undefined;
  return advice ? `promptgate could not start: ${error.message}\n${advice}` : (error.stack ?? error.message);
}
