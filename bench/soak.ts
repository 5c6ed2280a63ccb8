import { setTimeout as pause } from 'node:timers/promises';
import { OVERLOAD } from '../src/http/limits/load-shedder.js';
import { type Sandbox, startSandbox } from '../src/sandbox/index.js';
import { at } from '../test/support/gateway.js';
import { GatewayProcess } from '../test/support/gateway-process.js';
import { freePort } from '../test/support/ports.js';
import { type Subscriber, subscribeOverSse, subscribeOverWebSocket } from './live-subscribers.js';
import { Load, type Outcome, quantile, timesOf } from './soak-load.js';
import { startReplay } from './soak-upstream.js';
import { type Watched, watch } from './soak-watch.js';

const print = (line: string) => process.stdout.write(`${line}\n`);

const SECONDS = Number(process.argv[2] ?? 60);
/** Share of the time for each phase. */
const SHARES = { warmUp: 0.12, sustainable: 0.16, unloaded: 0.18, overload: 0.4, recovery: 0.14 };
const msOf = (phase: keyof typeof SHARES) => SHARES[phase] * SECONDS * 1000;
/** Number of clients that keep the gateway busy without any refusal. */
const BUSY = 40;
/** Low and high load as multiples of the sustainable load. */
const LOW = 0.15;
const HIGH = 2;
const WINDOW_MS = 1_000;
const SUBSCRIBERS = 20;
const BOUNDS = {
  /** p99 of accepted operations, as a multiple of the time for a full queue. */
  queueTimes: 1.5,
  /** Longest operation that counts as recovered, as a multiple of the p99 of a gateway under low load. */
  slowdown: 5,
  growthMiB: 100,
  /** Additional memory in the second half of the overload. */
  creepMiB: 40,
  recoveryMs: 2_000,
  /** Minimum throughput per CPU second under overload, as a share of that at the sustainable load. */
  goodput: 0.6,
  /** Maximum time until a subscriber receives a change. */
  eventMs: 2_000,
};
const CREATE = `mutation ($tune: ID!, $text: String!) {
  createPrompt(tuneId: $tune, input: { text: $text }) { prompt { id } userErrors { message } }
}`;

type Phase = Watched<Outcome[]>;

const perSecond = (count: number, ms: number) => (count * 1000) / ms;
const median = (values: readonly number[]) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

/** Groups the operations by the second in which they were due. */
function windowsOf(outcomes: readonly Outcome[], ms: number): Outcome[][] {
  const windows: Outcome[][] = Array.from({ length: Math.floor(ms / WINDOW_MS) }, () => []);
  for (const outcome of outcomes) windows[Math.floor(outcome.dueMs / WINDOW_MS)]?.push(outcome);
  return windows;
}

/**
 * Returns the maximum load of the gateway in operations per second. The best second counts, because other programs can
 * only reduce it.
 */
function throughput(outcomes: readonly Outcome[], ms: number): number {
  const ended = outcomes.map(({ dueMs, ...outcome }) => ({ ...outcome, dueMs: dueMs + outcome.ms }));
  const counts = windowsOf(ended, ms).map((window) => timesOf(window, 'accepted').length);
  return perSecond(Math.max(...counts), WINDOW_MS);
}

/** Returns the time until the gateway accepts everything and is fast for a second, in milliseconds. */
function recoveredAfter(outcomes: readonly Outcome[], slowMs: number): number {
  const isNormal = ({ kind, ms }: Outcome) => kind === 'accepted' && ms <= slowMs;
  const step = 100;
  for (let from = 0; from + WINDOW_MS <= msOf('recovery'); from += step) {
    const window = outcomes.filter(({ dueMs }) => dueMs >= from && dueMs < from + WINDOW_MS);
    if (window.length > 0 && window.every(isNormal)) return from;
  }
  return Number.POSITIVE_INFINITY;
}

function line(name: string, offered: number, { result, samples, gateway, bench }: Phase, ms: number): void {
  const [accepted, shed] = [timesOf(result, 'accepted'), timesOf(result, 'shed')];
  const cells = [
    offered,
    perSecond(accepted.length, ms),
    perSecond(shed.length, ms),
    quantile(accepted, 0.5),
    quantile(accepted, 0.99),
    quantile(shed, 0.5),
    quantile(shed, 0.99),
    Math.max(...samples.map(({ unanswered }) => unanswered)),
    Math.max(...samples.map(({ mebibytes }) => mebibytes)),
    gateway.busy * 100,
    gateway.starved * 100,
    bench.busy * 100,
    bench.starved * 100,
  ];
  const shown = cells.map((cell) => (Number.isNaN(cell) ? '-' : cell.toFixed(0)).padStart(10));
  print(name.padEnd(12) + shown.join(''));
}

function header(): void {
  const names = ['offered/s', 'accepted/s', 'shed/s', 'p50 ms', 'p99 ms', 'shed p50', 'shed p99'];
  const others = ['unanswered', 'MiB', 'busy %', 'starved %', 'bench %', 'starved %'];
  print(' '.repeat(12) + [...names, ...others].map((name) => name.padStart(10)).join(''));
}

function verdict(isWithinBounds: boolean, measured: string, bound: string): boolean {
  print(`${isWithinBounds ? 'ok' : 'OVER THE BOUND'}: ${measured}, bound ${bound}`);
  return isWithinBounds;
}

async function subscribe(gateway: GatewayProcess, tune: number): Promise<Subscriber[]> {
  const subscribers: Subscriber[] = [];
  for (let n = 0; n < SUBSCRIBERS; n += 1) {
    const { data, errors } = await gateway.graphql(CREATE, { tune: String(tune), text: `followed ${n}` });
    const id = at(data, 'createPrompt.prompt.id');
    if (typeof id !== 'string') throw new Error(JSON.stringify(errors ?? data));
    const open = n % 2 === 0 ? subscribeOverSse : subscribeOverWebSocket;
    const subscriber = open(gateway.url, id);
    await subscriber.subscribed;
    subscribers.push(subscriber);
  }
  return subscribers;
}

/** Settles the prompts one by one. @returns The time until each subscriber received the change, in milliseconds. */
async function settle(sandbox: Sandbox, subscribers: readonly Subscriber[], ms: number): Promise<number[]> {
  const arrivals: Promise<number>[] = [];
  for (const { promptId, settled } of subscribers) {
    await pause(ms / (subscribers.length + 1));
    const sentAt = performance.now();
    sandbox.astria.settle(Number(promptId));
    const late = pause(2 * BOUNDS.eventMs, Number.POSITIVE_INFINITY, { ref: false });
    arrivals.push(
      Promise.race([settled.catch(() => Number.POSITIVE_INFINITY), late]).then((end) => end - sentAt),
    );
  }
  return Promise.all(arrivals);
}

/** @returns True if all values are within their bounds. */
function judge(
  phases: Record<'full' | 'unloaded' | 'overload' | 'recovery', Phase>,
  events: number[],
): boolean {
  const { full, unloaded, overload, recovery } = phases;
  const normal = quantile(timesOf(unloaded.result, 'accepted'), 0.99);
  const perWindow = windowsOf(overload.result, msOf('overload'));
  const p99s = perWindow.map((window) => quantile(timesOf(window, 'accepted'), 0.99));
  const p99 = median(p99s);
  const queueMs =
    ((OVERLOAD.maxOperations - OVERLOAD.reservedForWrites) * msOf('overload')) /
    timesOf(overload.result, 'accepted').length;
  const perProcessor = ({ result, gateway }: Phase, ms: number) =>
    perSecond(timesOf(result, 'accepted').length, ms) / gateway.busy;
  const [most, goodput] = [perProcessor(full, msOf('sustainable')), perProcessor(overload, msOf('overload'))];
  const before = Math.max(...full.samples.map(({ mebibytes }) => mebibytes));
  const sizes = overload.samples.map(({ mebibytes }) => mebibytes);
  const growth = Math.max(...sizes) - before;
  const half = Math.floor(sizes.length / 2);
  const creep = median(sizes.slice(half)) - median(sizes.slice(0, half));
  const recovered = recoveredAfter(recovery.result, BOUNDS.slowdown * normal);
  const errors = Object.values(phases).flatMap(({ result }) =>
    result.flatMap(({ kind }) => (kind instanceof Error ? [kind] : [])),
  );
  for (const error of errors.slice(0, 5)) print(`  ${error.message}`);
  const slowest = Math.max(...events);
  print(`p99 of accepted operations by second: ${p99s.map((ms) => ms.toFixed(0)).join(' ')}`);
  return [
    verdict(timesOf(unloaded.result, 'shed').length === 0, 'refusals under low load', '0'),
    verdict(
      p99 <= BOUNDS.queueTimes * queueMs,
      `p99 ${p99.toFixed(0)} ms of accepted operations in the median second`,
      `${BOUNDS.queueTimes} times ${queueMs.toFixed(0)} ms`,
    ),
    verdict(
      goodput >= BOUNDS.goodput * most,
      `${goodput.toFixed(0)} accepted per CPU second`,
      `at least ${BOUNDS.goodput} times ${most.toFixed(0)}`,
    ),
    verdict(growth <= BOUNDS.growthMiB, `grew by ${growth.toFixed(0)} MiB`, `${BOUNDS.growthMiB} MiB`),
    verdict(
      creep <= BOUNDS.creepMiB,
      `${creep.toFixed(0)} MiB more in the second half`,
      `${BOUNDS.creepMiB} MiB`,
    ),
    verdict(recovered <= BOUNDS.recoveryMs, `recovered after ${recovered} ms`, `${BOUNDS.recoveryMs} ms`),
    verdict(errors.length === 0, `${errors.length} responses that are neither results nor refusals`, '0'),
    verdict(
      slowest <= BOUNDS.eventMs,
      `the slowest event arrives after ${slowest.toFixed(0)} ms`,
      `${BOUNDS.eventMs} ms`,
    ),
  ].every(Boolean);
}

/** @returns True if all values are within their bounds. */
async function soak(
  gateway: GatewayProcess,
  sandbox: Sandbox,
  load: Load,
  stopLearning: () => void,
): Promise<boolean> {
  await load.connect();
  await load.closedLoop(BUSY, msOf('warmUp'));
  stopLearning();
  header();
  const full = await watch(gateway, load, () => load.closedLoop(BUSY, msOf('sustainable')));
  const sustainable = throughput(full.result, msOf('sustainable'));
  line('sustainable', sustainable, full, msOf('sustainable'));
  const unloaded = await watch(gateway, load, () => load.openLoop(LOW * sustainable, msOf('unloaded')));
  line('unloaded', LOW * sustainable, unloaded, msOf('unloaded'));
  const tune = sandbox.astria.addTune().id;
  const subscribers = await subscribe(gateway, tune);
  const settling = settle(sandbox, subscribers, msOf('overload'));
  const overload = await watch(gateway, load, () => load.openLoop(HIGH * sustainable, msOf('overload')));
  line('overload', HIGH * sustainable, overload, msOf('overload'));
  const recovery = await watch(gateway, load, () => load.openLoop(LOW * sustainable, msOf('recovery')));
  line('recovery', LOW * sustainable, recovery, msOf('recovery'));
  const events = await settling;
  for (const subscriber of subscribers) subscriber.close();
  return judge({ full, unloaded, overload, recovery }, events);
}

async function run(): Promise<boolean> {
  const sandbox = await startSandbox({ settleMs: 3_600_000 });
  const replay = await startReplay(sandbox.url);
  const port = await freePort();
  const gateway = await GatewayProcess.start({
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ASTRIA_BASE_URL: `${replay.url}/astria`,
    ASTRIA_API_KEY: sandbox.astriaKey,
    PORTKEY_BASE_URL: `${replay.url}/portkey/v1`,
    PORTKEY_API_KEY: sandbox.portkeyKey,
  });
  const { data } = await gateway.graphql('{ prompts(first: 1) { nodes { id tune { id } } } }');
  const promptId = String(at(data, 'prompts.nodes.0.id'));
  const tuneId = String(at(data, 'prompts.nodes.0.tune.id'));
  const load = new Load(gateway.url, { promptId, tuneId });
  try {
    return await soak(gateway, sandbox, load, () => replay.stopLearning());
  } finally {
    await load.close();
    await gateway.stop();
    await replay.close();
    await sandbox.close();
    print(gateway.takeComplaints());
  }
}

process.exit((await run()) ? 0 : 1);
