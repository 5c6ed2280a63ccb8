#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { describeError, guardOutput } from './cli/exit.js';
import { ExitStatus } from './cli/failure.js';
import { runProgram } from './cli/program.js';
import type { Host, Service } from './cli/session.js';

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

const exit = guardOutput(process);

async function conduct(command: (interrupted: AbortSignal) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  interrupt = () => interruption.abort();
  const status = await command(interruption.signal);
  await exit(status);
}

const host: Host = {
  env: process.env,
  terminal: process,
  keep: (service) => services.push(service),
  conduct,
};

try {
  await runProgram(host, process.argv.slice(2));
} catch (error) {
  const { status, message } = describeError(error);
  if (message === null) await exit(status);
  process.stderr.write(`${message}\n`);
  process.exit(status);
}
