import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pMap from 'p-map';
import { numberFor, pick } from '../../src/sandbox/deterministic.js';
import { type Fault, type FaultKind, type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { CREATE, type Made, made, TUNE } from '../prompts/creating.js';
import { GatewayProcess } from './gateway-process.js';

export interface CreateTortureOptions {
  /** Number of create requests, each from another caller and with another key. */
  readonly creates: number;
  /** Number of times that the test kills one of the two gateways. */
  readonly kills: number;
  /** Determines everything random except the timing of the machine. */
  readonly seed: string;
  readonly concurrency: number;
  readonly log?: (line: string) => void;
}

export interface CreateTortureReport {
  /** Everything that is wrong at the end. Empty if the test passes. */
  readonly disagreements: readonly string[];
  /** Number of callers that have a prompt, and number of callers whose last result was `OUTCOME_UNKNOWN`. */
  readonly created: number;
  readonly unknown: number;
  /** Number of callers whose request certainly had no effect. */
  readonly unsent: number;
  /** Number of POST requests at Astria by status. `-` is a connection that ended without a response. */
  readonly calls: Readonly<Record<string, number>>;
  readonly kills: number;
  readonly complaints: string;
}

interface Caller {
  readonly key: string;
  readonly text: string;
}
interface Outcome extends Caller {
  readonly result: Made;
}

const KINDS: readonly Pick<Fault, 'kind' | 'delayMs' | 'retryAfter'>[] = [
  ...(['500', '502', '503', '504-before', 'drop-before'] satisfies FaultKind[]).map((kind) => ({ kind })),
  ...(['500-after', '502-after', '503-after', '504-after'] satisfies FaultKind[]).map((kind) => ({ kind })),
  ...(['drop-after', 'broken-json', 'wrong-shape'] satisfies FaultKind[]).map((kind) => ({ kind })),
  { kind: 'drop-late', delayMs: 150 },
  { kind: 'drop-late', delayMs: 900 },
  { kind: '429', retryAfter: 0 },
];
/** Error codes of create requests that had no effect. */
const UNSENT: ReadonlySet<unknown> = new Set(['UPSTREAM_UNAVAILABLE', 'UPSTREAM_RATE_LIMITED', 'OVERLOADED']);
const SETTLE_MS = 1_500;
/** Number of callers that send the same text. */
const ALIKE = 10;
/** Maximum number of requests of a caller with the same key. */
const REPEATS = 8;
const REPEAT_AFTER_MS = 300;

/**
 * Creates prompts through two gateways that share a store and are killed in turn, while Astria fails in every way that
 * leaves the outcome unknown. Half of the texts differ in one character; ten callers each share one of the others.
 */
export async function createTorture(options: CreateTortureOptions): Promise<CreateTortureReport> {
  const sandbox = await startSandbox({ settleMs: 600_000, latencyMs: 5 });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'promptgate-torture-'));
  const gateways = new TwoGateways(sandbox, dataDir);
  try {
    await gateways.start();
    armFaults(sandbox, options);
    const callers = callersFor(options);
    let done = 0;
    const killing = gateways.kill(options, () => done / callers.length);
    const outcomes = await pMap(
      callers,
      async (caller): Promise<Outcome> => {
        const result = await send(gateways, caller, options.seed);
        done += 1;
        return { ...caller, result };
      },
      { concurrency: options.concurrency },
    );
    await killing;
    // Late create requests may still take effect.
    await pause(SETTLE_MS);
    return {
      disagreements: disagreements(sandbox, outcomes),
      created: outcomes.filter(({ result }) => result.id !== null).length,
      unknown: outcomes.filter(({ result }) => result.codes.includes('OUTCOME_UNKNOWN')).length,
      unsent: outcomes.filter(({ result }) => isUnsent(result)).length,
      calls: tally(sandbox),
      kills: gateways.kills,
      complaints: gateways.complaints,
    };
  } finally {
    await gateways.end();
    await sandbox.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** Two gateways that share a store. One of them may be down. */
class TwoGateways {
  readonly #env: Record<string, string>;
  readonly #gateways: (GatewayProcess | null)[] = [null, null];
  kills = 0;
  complaints = '';

  constructor(sandbox: Sandbox, dataDir: string) {
    this.#env = {
      ...{ ASTRIA_BASE_URL: sandbox.astriaUrl, ASTRIA_API_KEY: sandbox.astriaKey },
      ...{ PORTKEY_BASE_URL: sandbox.portkeyUrl, PORTKEY_API_KEY: sandbox.portkeyKey },
      ...{ DATA_DIR: dataDir, LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS), LOG_LEVEL: 'error' },
    };
  }

  async start(): Promise<void> {
    for (const index of this.#gateways.keys()) await this.#start(index);
  }

  /** Returns one of the running gateways. */
  at(random: number): GatewayProcess {
    const running = this.#gateways.filter((gateway) => gateway?.isAlive);
    const gateway = running[random % running.length];
    if (!gateway) throw new Error('No gateway is running.');
    return gateway;
  }

  /** Kills and restarts the gateways in turn, spread over the whole run. @param progress Value from 0 to 1. */
  async kill({ kills, seed, log }: CreateTortureOptions, progress: () => number): Promise<void> {
    for (let kill = 0; kill < kills; kill += 1) {
      const due = (kill + numberFor(`${seed}/kill/${kill}`, 1_000) / 1_000) / (kills + 1);
      while (progress() < due) await pause(5);
      const index = kill % 2;
      await this.#stop(index);
      this.kills += 1;
      log?.(`killed gateway ${index} after ${Math.round(progress() * 100)} % of the create requests`);
      await this.#start(index);
    }
  }

  async end(): Promise<void> {
    for (const index of this.#gateways.keys()) await this.#stop(index);
  }

  async #start(index: number): Promise<void> {
    const gateway = await GatewayProcess.launch(this.#env);
    await gateway.listening();
    this.#gateways[index] = gateway;
  }

  async #stop(index: number): Promise<void> {
    const gateway = this.#gateways[index];
    if (!gateway?.isAlive) return;
    await gateway.kill();
    const lines = gateway.takeComplaints().split('\n');
    // Responses of the wrong shape are sent on purpose, and the gateway logs them.
    this.complaints += lines.filter((line) => !line.includes('"msg":"Unexpected response."')).join('\n');
  }
}

function armFaults(sandbox: Sandbox, { creates, seed }: CreateTortureOptions): void {
  for (let struck = 0; struck < creates; struck += 1) {
    const fault = { upstream: 'astria', method: 'POST', path: '/tunes/*/prompts' } as const;
    // A call that meets this fault does not count for the later ones.
    const skip = struck + numberFor(`${seed}/gap/${struck}`, 3);
    sandbox.addFault({ ...fault, ...pick(`${seed}/kind/${struck}`, KINDS), skip });
  }
  for (let struck = 0; struck < creates / 10; struck += 1) {
    const kind = pick(`${seed}/read/${struck}`, ['500', '502', '503', 'drop-before'] as const);
    sandbox.addFault({ upstream: 'astria', method: 'GET', path: '/tunes/*/prompts', kind, skip: struck * 5 });
  }
}

function callersFor({ creates, seed }: CreateTortureOptions): Caller[] {
  return Array.from({ length: creates }, (_, n) => ({
    key: `${seed} ${n}`,
    text: n % 2 === 0 ? `a cat on chair ${n}` : `a dog on chair ${Math.floor(n / (2 * ALIKE))}`,
  }));
}

/** Repeats a create request with the same key until it has a result. */
async function send(gateways: TwoGateways, { key, text }: Caller, seed: string): Promise<Made> {
  let last: Made = { id: null, codes: [], errors: ['nothing was sent'] };
  for (let attempt = 0; attempt < REPEATS; attempt += 1) {
    if (attempt > 0) await pause(REPEAT_AFTER_MS);
    const gateway = gateways.at(numberFor(`${seed}/${key}/${attempt}`, 2));
    try {
      last = made(await gateway.graphql(CREATE, { tuneId: TUNE, input: { text }, key }));
      if (last.id !== null) return last;
    } catch {
      // The gateway was killed.
    }
  }
  return last;
}

const isUnsent = ({ id, errors }: Made) => id === null && errors.length === 1 && UNSENT.has(errors[0]);

function disagreements(sandbox: Sandbox, outcomes: readonly Outcome[]): string[] {
  const problems: string[] = [];
  const owners = new Map<string, string>();
  const keys = countBy(outcomes.map(({ text }) => text));
  const prompts = countBy([...sandbox.astria.prompts.values()].map(({ text }) => text ?? ''));
  for (const { key, text, result } of outcomes) {
    const { id, codes, errors } = result;
    if (id === null) {
      if (codes.join() !== 'OUTCOME_UNKNOWN' && !isUnsent(result))
        problems.push(`${key} ended with ${JSON.stringify(result)}`);
      if (isUnsent(result) && keys.get(text) === 1 && prompts.has(text))
        problems.push(`${key} has a prompt after ${errors}`);
      continue;
    }
    const given = sandbox.astria.prompts.get(Number(id))?.text;
    if (given !== text) problems.push(`${key} got the prompt "${given}" for "${text}"`);
    const owner = owners.get(id);
    if (owner !== undefined) problems.push(`${key} and ${owner} both got the prompt ${id}`);
    owners.set(id, key);
  }
  for (const [text, count] of keys) {
    const there = prompts.get(text) ?? 0;
    if (there > count) problems.push(`${there} prompts "${text}" were made for ${count} keys`);
  }
  return problems;
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function tally(sandbox: Sandbox): Record<string, number> {
  const calls = sandbox.requests({ upstream: 'astria', method: 'POST' });
  return Object.fromEntries(countBy(calls.map(({ status }) => String(status ?? '-'))));
}
