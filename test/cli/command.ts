import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describeError } from '../../src/cli/exit.js';
import { runProgram } from '../../src/cli/program.js';
import type { CliContext, Service } from '../../src/cli/session.js';
import { parseConfig } from '../../src/config.js';
import { startGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Fault, type Sandbox, startSandbox } from '../../src/sandbox/index.js';

export interface CommandEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `promptgate` in this process, without a terminal. */
export class Command {
  readonly ended: Promise<CommandEnd>;
  readonly #interruption = new AbortController();
  readonly #stdout = new OutputText();
  readonly #stderr = new OutputText();

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.ended = this.#run(args, env).then((status) => ({
      ...{ status, stdout: this.stdout, stderr: this.stderr },
    }));
  }

  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  /** Simulates Ctrl-C. */
  interrupt(): void {
    this.#interruption.abort();
  }

  async #run(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
    const { signal } = this.#interruption;
    const services: Service[] = [];
    const terminal = { stdin: new PassThrough().end(), stdout: this.#stdout, stderr: this.#stderr };
    let status = 0;
    const run: CliContext['run'] = async (command) => {
      status = await command(signal);
    };
    try {
      await runProgram({ env, terminal, register: (service) => services.push(service), run }, args);
      if (services.length > 0 && !signal.aborted) await once(signal, 'abort');
    } catch (error) {
      const end = describeError(error);
      status = end.status;
      if (end.message !== null) this.#stderr.write(`${end.message}\n`);
    }
    for (const service of services) await service.close();
    return status;
  }
}

/** Collects the text that is written to it. */
class OutputText extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A sandbox with an empty library, a gateway that uses it, and a data folder. */
export interface CliFixture {
  readonly sandbox: Sandbox;
  /** URL of the gateway. */
  readonly url: string;
  /** Environment variables of a gateway that uses the sandbox and the folder. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts a command against the gateway. */
  start(...args: string[]): Command;
  run(...args: string[]): Promise<CommandEnd>;
  /** Starts a command with an in-process gateway. */
  startAlone(...args: string[]): Command;
  runAlone(...args: string[]): Promise<CommandEnd>;
  /** Adds a fault to create requests to Portkey, by default to all of them. */
  onCreates(fault: Pick<Fault, 'kind'> & Partial<Fault>): void;
  close(): Promise<void>;
}

export async function openCliFixture(): Promise<CliFixture> {
  const sandbox = await startSandbox({ seed: 'empty' });
  const folder = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
  const env = {
    DATA_DIR: folder,
    ASTRIA_BASE_URL: sandbox.astriaUrl,
    ASTRIA_API_KEY: sandbox.astriaKey,
    PORTKEY_BASE_URL: sandbox.portkeyUrl,
    PORTKEY_API_KEY: sandbox.portkeyKey,
    LOST_RESPONSE_TIMEOUT_MS: '300',
    LOG_LEVEL: 'silent',
  };
  const gateway = await startGateway(parseConfig({ ...env, PORT: '0' }), createLog('silent'));
  const start: CliFixture['start'] = (...args) => new Command([...args, '--gateway', gateway.url], {});
  const startAlone: CliFixture['startAlone'] = (...args) => new Command(args, env);
  return {
    ...{ sandbox, url: gateway.url, env, start, startAlone },
    run: (...args) => start(...args).ended,
    runAlone: (...args) => startAlone(...args).ended,
    onCreates: (fault) =>
      sandbox.addFault({ upstream: 'portkey', method: 'POST', path: '/prompts', times: 0, ...fault }),
    async close() {
      await gateway.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Adds prompts `p01`, `p02` and so on to the library, which lists the newest first. */
export function addPrompts({ portkey }: Sandbox, count: number): void {
  for (let n = count; n > 0; n -= 1) portkey.addPrompt({ name: `p${String(n).padStart(2, '0')}` });
}

/** Sorted names of the replicas at Portkey, duplicates included. */
export function replicaNames({ portkey }: Sandbox): string[] {
  return [...portkey.prompts.values()]
    .map(({ name }) => name)
    .filter((name) => name.endsWith('-replica'))
    .sort();
}

/** Expected names of the replicas of `addPrompts`. */
export function expectedReplicas(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `p${String(n + 1).padStart(2, '0')}-replica`);
}

/** Number of create requests that reached Portkey. */
export function createsSent(sandbox: Sandbox): number {
  return sandbox.requests({ upstream: 'portkey', method: 'POST', path: '/prompts' }).length;
}

/** Extracts the id from `promptgate resume ID`. */
export function resumedId(text: string): string {
  const id = /promptgate resume (\S+)/.exec(text)?.[1];
  if (id === undefined) throw new Error(`there is no hint in: ${text}`);
  return id;
}

/** Parses CSV (RFC 4180) into one record per row. */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === '\n') rows.push([]);
  }
  const [head = [], ...records] = rows.slice(0, -1);
  return records.map((row) => Object.fromEntries(head.map((name, index) => [name, row[index] ?? ''])));
}
