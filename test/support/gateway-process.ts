import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type GatewayClient, gatewayClient, until } from './gateway.js';
import { spawnProgram } from './program.js';

/** Time limit for a start while other tests keep the machine busy. */
const STARTS_WITHIN_MS = 30_000;

/** Gateway in a separate process with a temporary folder. It emulates its upstreams unless `env` sets them. */
export class GatewayProcess implements GatewayClient {
  readonly graphql: GatewayClient['graphql'] = (...operation) =>
    gatewayClient(this.url).graphql(...operation);
  readonly run: GatewayClient['run'] = (...operation) => gatewayClient(this.url).run(...operation);
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

  /** Starts the process without waiting until it listens. @param under Command that runs the program. */
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

  /** Resolves when the gateway listens or has ended. */
  listening(): Promise<void> {
    return this.#said('listening');
  }

  get url(): string {
    return this.#match(/listening on (http:\/\/[^\s/]+)/);
  }

  get sandboxUrl(): string {
    return this.#match(/emulated at (http:\/\/[^\s/]+)/);
  }

  /** Output so far, without the complaints that were taken. */
  get output(): string {
    return this.#stdout + this.#stderr;
  }

  /** Returns and clears the complaints so far: its log lines of level `error`, and the output of a crash. */
  takeComplaints(): string {
    const complaints = this.#stderr;
    this.#stderr = '';
    return complaints;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Returns the names of the uploads that are on the disk, or that are still open after their removal. */
  async temporaryFiles(): Promise<string[]> {
    const folder = `/proc/${this.#child.pid}/fd`;
    const descriptors = await readdir(folder).catch(() => []);
    const targets = descriptors.map((name) => readlink(path.join(folder, name)).catch(() => ''));
    const open = (await Promise.all(targets)).flatMap((target) => /capacitor-\w+\.tmp/.exec(target) ?? []);
    return [...new Set([...open, ...(await this.namedFiles())])];
  }

  /** Returns the names of the uploads that are on the disk, even after the end of the process. */
  async namedFiles(): Promise<string[]> {
    return (await readdir(this.#tmp)).filter((name) => name.startsWith('capacitor-'));
  }

  /** Returns the current and peak resident memory in MiB, or null if the system does not report it. */
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

  /** Id of the process. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Exit code of the process, or null while it is running. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Kills the process, like a crash. */
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
    if (found === undefined) throw new Error(`The gateway did not start: ${this.#stderr}`);
    return found;
  }
}
