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
  /** How many prompts are replicated. */
  readonly prompts: number;
  /** How often the gateway is killed meanwhile. */
  readonly kills: number;
  /** What is random follows from it, but for what the machine makes of it. */
  readonly seed: string;
  readonly concurrency: number;
  readonly dialect?: Partial<Dialect>;
  readonly log?: (line: string) => void;
}

export interface TortureReport {
  /** What is wrong in the end; nothing when all is well. */
  readonly disagreements: readonly string[];
  /** How many kills hit a job that had not ended, by what they waited for. */
  readonly kills: Readonly<Record<KillKind, number>>;
  /** The calls that arrived at the upstream, by kind and status. */
  readonly calls: Readonly<Record<string, number>>;
  readonly creates: number;
  readonly durationMs: number;
  /** What the gateway complained about, apart from what the storm explains. */
  readonly complaints: string;
}

/**
 * Kill when so many replicas are made, after so many calls of one life, some time after a start, or after so many creates
 * of which one lands only when the next life has begun.
 */
type KillKind = 'replicas' | 'calls' | 'boot' | 'late';

interface Kill {
  readonly kind: KillKind;
  readonly amount: number;
  /** How long after that. */
  readonly delayMs: number;
}

const TARGET = 'gpt-5';
const LATENCY_MS = 8;
const SETTLE_MS = 1000;
/** How long a create takes that outlives the gateway: as much as can be without being taken for not done. */
const LATE_MS = 900;
const LOOK_MS = 5;
/** How long it may take until the next kill is due, or until the job has ended. */
const PATIENCE_MS = 120_000;

/**
 * Replicates prompts with a gateway that is killed again and again, and that starts again each time on the same folder,
 * over an upstream that fails in every way that leaves things in the open. In the end there must be exactly one replica of
 * each, and the record must say so. Then every source changes, and each replica must get exactly one new version.
 * @throws Error when the job does not come to its end, or ends before it was killed so often.
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
  /** How many replicas there were when the gateway was last started. */
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
      OUTCOME_SETTLE_MS: String(SETTLE_MS + sandbox.dialect.readLagMs),
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

  /** Changes every source, and updates the replicas. @returns What is wrong in the end. */
  async #update(): Promise<string[]> {
    const { kills, seed, concurrency, log } = this.#options;
    changeSources(this.#sandbox, this.#sources);
    if (!this.#gateway) throw new Error('there is no gateway');
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
    // What was dropped late may still land.
    await pause(SETTLE_MS);
    return check({ sandbox: this.#sandbox, gateway, id, sources: this.#sources, targetModel: TARGET });
  }

  async end(): Promise<void> {
    if (this.#gateway?.isAlive) await this.#gateway.kill();
  }

  get #made(): number {
    return countReplicas(this.#sandbox, this.#sources);
  }

  /** Waits for the moment of a kill, and kills. */
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
    if (this.#made >= prompts) throw new Error(`the job was through before it was killed ${kills} times`);
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

  /** Keeps the storm going until something is so. */
  async #watchUntil(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      this.#storm.watch();
      if (await isSo()) return;
      const isDead = this.#gateway?.isAlive === false;
      if (isDead || Date.now() > deadline) {
        const state = `${this.#made} replicas; ${this.#gateway?.takeComplaints()}`;
        throw new Error(`${isDead ? 'the gateway ended' : 'nothing happened'} before ${what}: ${state}`);
      }
      await pause(LOOK_MS);
    }
  }
}

/** From so many replicas on a kill is not put off: it has to hit a job that goes on. */
function lastMoment({ prompts, concurrency }: Pick<TortureOptions, 'prompts' | 'concurrency'>): number {
  return Math.max(1, Math.floor(prompts * 0.8) - concurrency * 4);
}

/** When to kill: spread over the whole job, during its planning, and during boots. */
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
      // The first life plans all there is, a later one reads the library again and plans the rest.
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
  if (errors) throw new Error(`the job was not started: ${JSON.stringify(errors)}`);
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

/** Prompts of which no two are alike. */
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
