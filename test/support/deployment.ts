import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Config, parseConfig } from '../../src/config.js';
import { type Gateway, startGateway } from '../../src/gateway.js';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import { gatewayClient, PATIENT, type TestGateway } from './gateway.js';
import { GatewayProcess } from './gateway-process.js';
import { silentLog } from './store.js';

/** Gateway in a separate process that can be killed. */
export interface KillableGateway extends TestGateway {
  kill(): Promise<void>;
}

/** Emulated upstreams and a DATA_DIR that several gateways share. */
export class Deployment {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly #processes: GatewayProcess[] = [];
  readonly #here: Gateway[] = [];

  private constructor(sandbox: Sandbox, dataDir: string) {
    this.sandbox = sandbox;
    this.dataDir = dataDir;
  }

  static async open(options: SandboxOptions = {}): Promise<Deployment> {
    const sandbox = await startSandbox({ seed: 'empty', ...options });
    return new Deployment(sandbox, await mkdtemp(path.join(tmpdir(), 'promptgate-deployment-')));
  }

  /** Starts a gateway in a separate process, with the sandbox's keys unless `env` overrides them. */
  async start(env: Record<string, string> = {}): Promise<KillableGateway> {
    const started = await GatewayProcess.launch(this.#environment(env));
    this.#processes.push(started);
    await started.listening();
    return {
      ...this.#clientOf(started.url),
      stop: () => started.stop(),
      close: () => started.stop(),
      kill: () => started.kill(),
    };
  }

  /**
   * Starts a gateway in this process, which is much faster. Other gateways see it as a separate process, but it cannot be
   * killed.
   * @param config Settings that have no environment variable.
   */
  async startHere(env: Record<string, string> = {}, config: Partial<Config> = {}): Promise<TestGateway> {
    const configured = parseConfig({ PORT: '0', ...this.#environment(env) });
    const started = await startGateway({ ...configured, overload: PATIENT, ...config }, silentLog);
    this.#here.push(started);
    const close = async () => {
      this.#here.splice(this.#here.indexOf(started), 1);
      await started.close();
    };
    return {
      ...this.#clientOf(started.url),
      stop: close,
      close,
    };
  }

  /** Returns the names of the files in DATA_DIR that contain these bytes. */
  async filesWith(text: string): Promise<string[]> {
    const entries = await readdir(this.dataDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    if (files.length === 0) throw new Error('There are no files to search.');
    const found = await Promise.all(
      files.map(async ({ parentPath, name }) =>
        (await readFile(path.join(parentPath, name))).includes(text) ? name : null,
      ),
    );
    return found.filter((name) => name !== null);
  }

  async close(): Promise<void> {
    const alive = this.#processes.filter(({ isAlive }) => isAlive);
    await Promise.all([...alive.map((each) => each.kill()), ...this.#here.map((each) => each.close())]);
    await this.sandbox.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  #clientOf(url: string) {
    return { url, sandbox: this.sandbox, dataDir: this.dataDir, logLines: [], ...gatewayClient(url) };
  }

  #environment(env: Record<string, string>): Record<string, string> {
    const { sandbox, dataDir } = this;
    return {
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      ASTRIA_API_KEY: sandbox.astriaKey,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      PORTKEY_API_KEY: sandbox.portkeyKey,
      DATA_DIR: dataDir,
      LOST_RESPONSE_TIMEOUT_MS: '300',
      ...env,
    };
  }
}
