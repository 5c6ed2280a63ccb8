import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Answer, post, until } from './gateway.js';
import { spawnProgram } from './program.js';

/** On a machine that is busy with other tests as well. */
const STARTS_WITHIN_MS = 30_000;

/** Runs a GraphQL operation at a gateway. */
export async function runAt(
  url: string,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return post(url, { query, variables }, headers);
}

/** A gateway in a process of its own, which emulates its upstreams unless `env` names one, with a temporary folder to itself. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #tmp: string;
  #stdout = '';
  #stderr = '';

  private constructor(child: ChildProcess, tmp: string) {
    this.#child = child;
    this.#tmp = tmp;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  static async start(env: Record<string, string> = {}): Promise<GatewayProcess> {
    const gateway = await GatewayProcess.launch(env);
    const awaited = 'ASTRIA_BASE_URL' in env ? 'listening' : '/_sandbox';
    await gateway.#said(awaited);
    return gateway;
  }

  /** Starts it without waiting until it listens; `under` is a command that it is an argument of. */
  static async launch(
    env: Record<string, string> = {},
    under: readonly string[] = [],
  ): Promise<GatewayProcess> {
    const tmp = await mkdtemp(path.join(tmpdir(), 'promptgate-test-'));
    const child = spawnProgram([], {
      env: { PORT: '0', TMPDIR: tmp, DATA_DIR: tmp, LOG_LEVEL: 'error', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      under,
    });
    return new GatewayProcess(child, tmp);
  }

  /** Resolves once it listens, or has ended. */
  listening(): Promise<void> {
    return this.#said('listening');
  }

  /** Runs a GraphQL operation. */
  graphql(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    return runAt(this.url, query, variables, headers);
  }

  get url(): string {
    return this.#match(/listening on (http:\/\/[^\s/]+)/);
  }

  get sandboxUrl(): string {
    return this.#match(/emulated at (http:\/\/[^\s/]+)/);
  }

  /** All that it has written so far, but for complaints that were taken. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** What it has complained about since this was last asked: its log from `error` on, and what Node says of a crash. */
  takeComplaints(): string {
    const complaints = this.#stderr;
    this.#stderr = '';
    return complaints;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Names of the uploads that lie on the disk now, or that are open after their names were removed. */
  async temporaryFiles(): Promise<string[]> {
    const folder = `/proc/${this.#child.pid}/fd`;
    const descriptors = await readdir(folder).catch(() => []);
    const targets = descriptors.map((name) => readlink(path.join(folder, name)).catch(() => ''));
    const open = (await Promise.all(targets)).flatMap((target) => /capacitor-\w+\.tmp/.exec(target) ?? []);
    return [...new Set([...open, ...(await this.namedFiles())])];
  }

  /** Names of the uploads that lie on the disk now, also after the end of the process. */
  async namedFiles(): Promise<string[]> {
    return (await readdir(this.#tmp)).filter((name) => name.startsWith('capacitor-'));
  }

  /** Resident memory in MiB: now and at its highest so far; null where the system does not tell. */
  async memory(): Promise<{ now: number; peak: number } | null> {
    try {
      const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
      const mebibytes = (name: string) =>
        Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
      return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
    } catch {
      return null;
    }
  }

  /** Of the process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Null while it is running. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it as a crash would: nothing of it runs any more. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await until(
      () => this.isAlive,
      (isAlive) => !isAlive,
    );
    await rm(this.#tmp, { recursive: true, force: true });
  }

  async #said(words: string): Promise<void> {
    await until(
      () => this.#stdout.includes(words) || !this.isAlive,
      (isUp) => isUp,
      STARTS_WITHIN_MS,
    );
  }

  #match(pattern: RegExp): string {
    const found = pattern.exec(this.#stdout)?.[1];
    if (found === undefined) throw new Error(`the gateway did not start: ${this.#stderr}`);
    return found;
  }
}
