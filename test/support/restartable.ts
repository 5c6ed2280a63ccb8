import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/index.js';
import type { TestGateway } from './gateway.js';
import { GatewayProcess } from './gateway-process.js';

/** A gateway in a process of its own that can be killed. */
export interface KillableGateway extends TestGateway {
  kill(): Promise<void>;
}

/** Emulated upstreams and a DATA_DIR, for gateways in processes of their own that share both. */
export class Premises {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly #processes: GatewayProcess[] = [];

  private constructor(sandbox: Sandbox, dataDir: string) {
    this.sandbox = sandbox;
    this.dataDir = dataDir;
  }

  static async open(options: SandboxOptions = {}): Promise<Premises> {
    const sandbox = await startSandbox({ seed: 'empty', ...options });
    return new Premises(sandbox, await mkdtemp(path.join(tmpdir(), 'promptgate-premises-')));
  }

  /** Starts a gateway with the sandbox's keys as its own, unless `env` says otherwise. */
  async start(env: Record<string, string> = {}): Promise<KillableGateway> {
    const { sandbox, dataDir } = this;
    const started = await GatewayProcess.start({
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      ASTRIA_API_KEY: sandbox.astriaKey,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      PORTKEY_API_KEY: sandbox.portkeyKey,
      DATA_DIR: dataDir,
      OUTCOME_SETTLE_MS: '300',
      ...env,
    });
    this.#processes.push(started);
    return {
      url: started.url,
      sandbox,
      dataDir,
      logLines: [],
      graphql: (...operation) => started.graphql(...operation),
      stop: () => started.stop(),
      close: () => started.stop(),
      kill: () => started.kill(),
    };
  }

  /** The names of the files in DATA_DIR that have these bytes in them. */
  async filesWith(text: string): Promise<string[]> {
    const entries = await readdir(this.dataDir, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    if (files.length === 0) throw new Error('there are no files to search');
    const found = await Promise.all(
      files.map(async ({ parentPath, name }) =>
        (await readFile(path.join(parentPath, name))).includes(text) ? name : null,
      ),
    );
    return found.filter((name) => name !== null);
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.filter(({ isAlive }) => isAlive).map((each) => each.kill()));
    await this.sandbox.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
