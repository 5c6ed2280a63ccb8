import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { create } from './prompts/creating.js';
import { commandBlocks, ROOT, splitAtPlaceholders, userDocuments } from './support/document-commands.js';
import { GatewayProcess } from './support/gateway-process.js';
import { png } from './support/upload-pictures.js';

const MAIN = path.join(ROOT, 'dist/bundle/promptgate/main.js');
/** First two commands of the README. `.ci/run` runs the second, and tests start the program like the first. */
const INSTALLS = ['npm ci && npm start\n', 'npm ci && npm test\n'];
const STARTS = /^((?:\w+=\S+ )*)npm start\n$/m;
/** Commands that run until they are stopped. */
const SERVES = /\.listen\(|^npx promptgate sandbox\b/m;
/** Documents whose commands show errors. */
const SHOWS_ERRORS = ['docs/errors.md'];
/** The documents share the processor. */
const PATIENCE_MS = 180_000;

/** Folder and gateway for the commands of one document. */
class Terminal {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'promptgate-commands-'));
  readonly #servers: ChildProcess[] = [];
  gateway: GatewayProcess | null = null;
  /** Variables that the commands have set, like in a user's shell. */
  readonly #variables: Record<string, string> = {};
  #token = '';
  #id = '';

  async open(): Promise<void> {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(this.folder, 'node_modules'));
    for (const name of ['input.png', 'mask.png']) writeFileSync(path.join(this.folder, name), png(10_000));
    await this.start({});
    this.#id = (await create(this.#running(), { text: 'ohwx man' })).id ?? '';
  }

  /** Replaces the running gateway with a new one. */
  async start(env: Record<string, string>): Promise<void> {
    await this.gateway?.stop();
    this.gateway = await GatewayProcess.launch({ ...env, PORT: '0' });
    await this.gateway.listening();
  }

  /** Runs a block of commands. @returns Its output and its exit status. */
  async run(block: string): Promise<{ output: string; status: number | null }> {
    const [, assignments] = STARTS.exec(block) ?? [];
    const result = await this.#runAll(splitAtPlaceholders(block.replace(STARTS, '')));
    if (assignments !== undefined) await this.start(this.#environmentOf(assignments));
    return result;
  }

  async #runAll(parts: readonly string[]): Promise<{ output: string; status: number | null }> {
    let result: { output: string; status: number | null } = { output: '', status: 0 };
    for (const part of parts) {
      this.#setVariable(part);
      result = await this.#bash(part);
      const [id] = [...result.output.matchAll(/"id":"([^"]+)"/g)].map(([, each]) => each).slice(-1);
      this.#id = id ?? this.#id;
      this.#token = /pg_[\w-]+/.exec(result.output)?.[0] ?? this.#token;
    }
    return result;
  }

  async #bash(commands: string): Promise<{ output: string; status: number | null }> {
    const isServer = SERVES.test(commands);
    const child = spawn('bash', ['-c', await this.#fillIn(commands)], {
      cwd: this.folder,
      env: { ...this.#variables, PATH: process.env.PATH, HOME: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (isServer) {
      this.#servers.push(child);
      return { output: '', status: child.exitCode ?? 0 };
    }
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    await once(child, 'close');
    return { output, status: child.exitCode };
  }

  async #fillIn(commands: string): Promise<string> {
    const { url } = this.#running();
    const replicationId = commands.includes('REPLICATION_ID') ? await this.#lastReplication() : '';
    return commands
      .replaceAll('http://127.0.0.1:4000', url)
      .replaceAll('ws://127.0.0.1:4000', url.replace('http', 'ws'))
      .replace(/^(ID|TOKEN|SANDBOX_URL)=.*$/m, '')
      .replaceAll('REPLICATION_ID', replicationId)
      .replace(/npx promptgate sandbox/, 'exec npx promptgate sandbox --port 0')
      .replace(/^node -e/m, 'exec node -e')
      .replaceAll('npx promptgate', `'${process.execPath}' '${MAIN}'`);
  }

  #setVariable(commands: string): void {
    const [, name] = /^(ID|TOKEN|SANDBOX_URL)=/.exec(commands) ?? [];
    if (name === 'ID') this.#variables[name] = this.#id;
    if (name === 'TOKEN') this.#variables[name] = this.#token;
    if (name === 'SANDBOX_URL') this.#variables[name] = this.#running().sandboxUrl;
  }

  async #lastReplication(): Promise<string> {
    // The replicas of a dry run cannot be undone.
    const query = '{ replications(first: 1, filter: { dryRun: false }) { nodes { id } } }';
    const { data } = await this.#running().graphql(query);
    return /"id":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? '';
  }

  #environmentOf(assignments: string): Record<string, string> {
    const pairs = [...assignments.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]);
    const env: Record<string, string> = Object.fromEntries(pairs);
    const { AUTH_TOKENS_FILE: file } = env;
    return file === undefined ? env : { ...env, AUTH_TOKENS_FILE: path.join(this.folder, file) };
  }

  #running(): GatewayProcess {
    if (!this.gateway) throw new Error('no gateway has been started');
    return this.gateway;
  }

  /** Returns the commands that should run until they are stopped, but have ended. */
  ended(): ChildProcess[] {
    return this.#servers.filter(({ exitCode }) => exitCode !== null);
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.kill();
    await this.gateway?.stop();
    rmSync(this.folder, { recursive: true });
  }
}

/** Returns the blocks that run here. */
const blocksOf = (document: string) =>
  commandBlocks(document).filter(({ commands }) => !INSTALLS.includes(commands));

describe('commands', () => {
  it.concurrent.each(userDocuments().filter((document) => blocksOf(document).length > 0))(
    'the commands of %s run unchanged',
    async (document) => {
      const terminal = new Terminal();
      try {
        await terminal.open();
        await runAll(terminal, document);
      } finally {
        await terminal.close();
      }
    },
    PATIENCE_MS,
  );
});

async function runAll(terminal: Terminal, document: string): Promise<void> {
  for (const { commands, status } of blocksOf(document)) {
    const result = await terminal.run(commands);
    expect({ commands, ...result }).toMatchObject({ commands, status });
    if (SHOWS_ERRORS.includes(document)) continue;
    expect(result.output).not.toMatch(/"errors":|"userErrors":\[\{|error:/i);
  }
  expect(terminal.ended()).toEqual([]);
}

it('the README has the commands that start and test the gateway', () => {
  const commands = commandBlocks('README.md').map((block) => block.commands);
  expect(commands).toEqual(expect.arrayContaining(INSTALLS));
});
