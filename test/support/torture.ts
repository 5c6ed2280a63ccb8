import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { numberFor } from '../../src/sandbox/deterministic.js';
import { type Dialect, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { type PortkeyPrompt, publishedVersion } from '../../src/sandbox/portkey/records.js';
import { FaultStorm } from './fault-storm.js';
import { GatewayProcess } from './gateway-process.js';
import {
  type Aftermath,
  countReplicas,
  disagreements,
  readRecord,
  updateDisagreements,
} from './torture-check.js';

export interface TortureOptions {
  /** Number of prompts to replicate. */
  readonly prompts: number;
  /** Number of times that the test kills the gateway. */
  readonly kills: number;
  /** Determines everything random except the timing of the machine. */
  readonly seed: string;
  readonly concurrency: number;
  readonly dialect?: Partial<Dialect>;
  readonly log?: (line: string) => void;
}

export interface TortureReport {
  /** Everything that is wrong at the end. Empty if the test passes. */
  readonly disagreements: readonly string[];
  /** Number of kills that hit a running job, by kind. */
  readonly kills: Readonly<Record<KillKind, number>>;
  /** Number of calls at the upstream by kind and status. */
  readonly calls: Readonly<Record<string, number>>;
  readonly creates: number;
  readonly durationMs: number;
  /** Complaints of the gateway that the storm does not explain. */
  readonly complaints: string;
}

/**
 * Moment of a kill: after a number of replicas, after a number of calls of one run, some time after a start, or after a
 * number of create requests of which one takes effect only in the next run.
 */
type KillKind = 'replicas' | 'calls' | 'boot' | 'late';

interface Kill {
  readonly kind: KillKind;
  readonly amount: number;
  /** Additional delay. */
  readonly delayMs: number;
}

const TARGET = 'gpt-5';
const LATENCY_MS = 8;
const SETTLE_MS = 1000;
/** Duration of a create request that outlives the gateway. It is slightly below LOST_RESPONSE_TIMEOUT_MS. */
const LATE_MS = 900;
const LOOK_MS = 5;
/** Time limit for the next kill and for the end of the job. */
const PATIENCE_MS = 120_000;

/**
 * Replicates prompts with a gateway that is killed and restarted many times on the same folder, while the upstream fails
 * in every way that leaves the outcome unknown. At the end, the upstream and the store must have exactly one replica of
 * each source. Then every source changes, and each replica must get exactly one new version.
 * @throws Error if the job does not end, or ends before the last kill.
 */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const sandbox = await startSandbox({
    seed: 'empty',
    latencyMs: LATENCY_MS,
    dialect: options.dialect ?? {},
  });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'promptgate-torture-'));
  const run = new TortureRun(sandbox, dataDir, options);
  try {
    return await run.run();
  } finally {
    await run.end();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

class TortureRun {
  readonly #sandbox: Sandbox;
  readonly #options: TortureOptions;
  readonly #env: Record<string, string>;
  readonly #sources: readonly PortkeyPrompt[];
  readonly #storm: FaultStorm;
  #gateway: GatewayProcess | null = null;
  /** Number of replicas when the gateway was last started. */
  #madeBefore = 0;
  #complaints = '';

  constructor(sandbox: Sandbox, dataDir: string, options: TortureOptions) {
    this.#sandbox = sandbox;
    this.#options = options;
    this.#env = {
      ASTRIA_BASE_URL: sandbox.astriaUrl,
      ASTRIA_API_KEY: sandbox.astriaKey,
      PORTKEY_BASE_URL: sandbox.portkeyUrl,
      PORTKEY_API_KEY: sandbox.portkeyKey,
      DATA_DIR: dataDir,
      LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS + sandbox.dialect.readLagMs),
      LOG_LEVEL: 'error',
    };
    this.#sources = addSources(sandbox, options.prompts);
    this.#storm = new FaultStorm(sandbox, options.seed, options.prompts * 4);
  }

  async run(): Promise<TortureReport> {
    const { prompts, concurrency, log } = this.#options;
    const startedAt = Date.now();
    this.#gateway = await GatewayProcess.start(this.#env);
    const id = await startJob(this.#gateway, { concurrency });
    this.#storm.newLife();
    const kills = { replicas: 0, calls: 0, boot: 0, late: 0 };
    for (const kill of killsFor(this.#options)) {
      await this.#kill(kill);
      kills[kill.kind] += 1;
      log?.(
        `killed at ${this.#made}/${prompts} replicas (${kill.kind}), ${this.#storm.callsOfLife} calls in this life`,
      );
      this.#madeBefore = this.#made;
      this.#gateway = await GatewayProcess.launch(this.#env);
      this.#storm.newLife();
    }
    const found = await this.#checkAtEnd(this.#gateway, id, disagreements);
    if (found.length === 0) found.push(...(await this.#update()));
    this.#storm.watch();
    const calls = this.#storm.tally();
    const creates = Object.entries(calls).reduce(
      (sum, [line, times]) => sum + (line.startsWith('create') ? times : 0),
      0,
    );
    this.#complaints += this.#gateway.takeComplaints();
    const durationMs = Date.now() - startedAt;
    return { disagreements: found, kills, calls, creates, durationMs, complaints: this.#complaints };
  }

  /** Changes every source and updates the replicas. @returns The disagreements at the end. */
  async #update(): Promise<string[]> {
    const { kills, seed, concurrency, log } = this.#options;
    changeSources(this.#sandbox, this.#sources);
    if (!this.#gateway) throw new Error('There is no gateway.');
    const id = await startJob(this.#gateway, { concurrency, onExisting: 'UPDATE' });
    this.#storm.newLife();
    for (let kill = 0; kill < Math.ceil(kills / 4); kill += 1) {
      const calls = 1 + numberFor(`${seed}/update/${kill}`, concurrency * 8);
      await this.#watchUntil(() => this.#storm.callsOfLife >= calls, `${calls} calls of the update`);
      await this.#gateway?.kill();
      this.#complaints += this.#gateway?.takeComplaints() ?? '';
      log?.(`killed after ${this.#storm.callsOfLife} calls of the update`);
      this.#gateway = await GatewayProcess.launch(this.#env);
      this.#storm.newLife();
    }
    return this.#checkAtEnd(this.#gateway, id, updateDisagreements);
  }

  async #checkAtEnd(
    gateway: GatewayProcess,
    id: string,
    check: (aftermath: Aftermath) => Promise<string[]>,
  ): Promise<string[]> {
    await gateway.listening();
    await this.#awaitEnd(id);
    // Late create requests may still take effect.
    await pause(SETTLE_MS);
    return check({ sandbox: this.#sandbox, gateway, id, sources: this.#sources, targetModel: TARGET });
  }

  async end(): Promise<void> {
    if (this.#gateway?.isAlive) await this.#gateway.kill();
  }

  get #made(): number {
    return countReplicas(this.#sandbox, this.#sources);
  }

  /** Waits for the moment of a kill, and kills the gateway. */
  async #kill({ kind, amount, delayMs }: Kill): Promise<void> {
    const { kills, prompts } = this.#options;
    if (kind === 'late') this.#storm.landNextLate(LATE_MS);
    const isDue = {
      replicas: () => this.#made >= Math.max(amount, this.#madeBefore + 1),
      calls: () => this.#storm.callsOfLife >= amount,
      boot: () => true,
      late: () => this.#storm.createsOfLife >= amount,
    }[kind];
    await this.#watchUntil(isDue, `${amount} ${kind}`);
    const at = Date.now() + delayMs;
    await this.#watchUntil(() => Date.now() >= at || this.#made >= lastMoment(this.#options), 'the kill');
    if (this.#made >= prompts) throw new Error(`The job ended before it was killed ${kills} times.`);
    await this.#gateway?.kill();
    this.#complaints += this.#gateway?.takeComplaints() ?? '';
  }

  async #awaitEnd(id: string): Promise<void> {
    let status = '';
    let lookAt = 0;
    const hasEnded = () => ['COMPLETED', 'FAILED', 'CANCELLED', 'UNDONE'].includes(status);
    await this.#watchUntil(async () => {
      if (this.#gateway && Date.now() >= lookAt) {
        lookAt = Date.now() + 100;
        ({ status } = await readRecord(this.#gateway, id));
      }
      return hasEnded();
    }, 'the end of the job');
  }

  /** Keeps the storm active until a condition holds. */
  async #watchUntil(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      this.#storm.watch();
      if (await isSo()) return;
      const isDead = this.#gateway?.isAlive === false;
      if (isDead || Date.now() > deadline) {
        const state = `${this.#made} replicas; ${this.#gateway?.takeComplaints()}`;
        throw new Error(`${isDead ? 'The gateway ended' : 'Nothing happened'} before ${what}: ${state}`);
      }
      await pause(LOOK_MS);
    }
  }
}

/** Returns the number of replicas from which a kill is no longer delayed, since it must hit a running job. */
function lastMoment({ prompts, concurrency }: Pick<TortureOptions, 'prompts' | 'concurrency'>): number {
  return Math.max(1, Math.floor(prompts * 0.8) - concurrency * 4);
}

/** Returns the kills, spread over the planning, the whole job and the starts of the gateway. */
function killsFor({ kills, prompts, seed, concurrency }: TortureOptions): Kill[] {
  const number = (name: string, below: number) => numberFor(`${seed}/kill/${name}`, below);
  const kinds = Array.from({ length: kills }, (_, index): KillKind => {
    if (index === 0 || index % 5 === 4) return 'calls';
    return (['replicas', 'boot', 'late', 'replicas'] as const)[index % 4] ?? 'replicas';
  });
  const stretches = kinds.filter((kind) => kind === 'replicas').length;
  const last = lastMoment({ prompts, concurrency });
  let stretch = 0;
  return kinds.map((kind, index): Kill => {
    if (kind === 'boot') return { kind, amount: 0, delayMs: number(`${index}/boot`, 1200) };
    const delayMs = number(`${index}/delay`, 12);
    if (kind === 'calls') {
      // The first run plans everything. A later run reads the library again and plans the rest.
      const most = index === 0 ? prompts : concurrency * 2 + 10;
      return { kind, amount: 1 + number(`${index}/calls`, most), delayMs };
    }
    if (kind === 'late') return { kind, amount: 1 + number(`${index}/late`, concurrency), delayMs };
    const fraction = (stretch + number(`${index}/place`, 1000) / 1000) / stretches;
    stretch += 1;
    return { kind, amount: Math.floor(fraction * last), delayMs };
  });
}

async function startJob(
  gateway: GatewayProcess,
  options: { concurrency: number; onExisting?: 'UPDATE' },
): Promise<string> {
  const { data, errors } = await gateway.graphql(
    `mutation ($model: String!, $options: ReplicationOptionsInput) {
      replicatePrompts(targetModel: $model, options: $options) { replication { id } userErrors { message } }
    }`,
    { model: TARGET, options },
  );
  if (errors) throw new Error(`The job was not started: ${JSON.stringify(errors)}`);
  const payload = z.object({ replicatePrompts: z.object({ replication: z.object({ id: z.string() }) }) });
  return payload.parse(data).replicatePrompts.replication.id;
}

/** Publishes a new version of every source. */
function changeSources({ portkey }: Sandbox, sources: readonly PortkeyPrompt[]): void {
  for (const source of sources) {
    const { string, ...version } = publishedVersion(source);
    source.published = portkey.addVersion(source, { ...version, string: `${string} ` }).number;
  }
}

/** Adds prompts that all differ. */
function addSources(sandbox: Sandbox, count: number): PortkeyPrompt[] {
  return Array.from({ length: count }, (_, index) =>
    sandbox.portkey.addPrompt({
      name: `prompt ${index}`,
      string: JSON.stringify([{ role: 'user', content: `Answer ${index} for {{name}}` }]),
      parameters: { model: 'gpt-4o', temperature: index / count, name: 'Ada' },
      template_metadata: index % 3 === 0 ? { ticket: index } : null,
    }),
  );
}
