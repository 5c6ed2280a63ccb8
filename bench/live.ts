import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '../src/sandbox/index.js';
import { at, until } from '../test/support/gateway.js';
import { GatewayProcess } from '../test/support/gateway-process.js';
import { collectGarbage } from './collect-garbage.js';
import { type Subscriber, subscribeOverSse, subscribeOverWebSocket } from './live-subscribers.js';

const PROMPTS = 100;
const SUBSCRIBERS = 1_000;
const ROUNDS = 3;
/** How long everything is subscribed before anything changes, in milliseconds. */
const QUIET_MS = 5_000;
/** Between one callback and the next, in milliseconds. */
const GAP_MS = 20;
const AT_ONCE = 50;
/** The shortest pause of the polls of a prompt whose callback is awaited, in milliseconds. */
const INTERVAL_MS = 15_000;
const BOUNDS = {
  arrivalMs: 250,
  growthMiB: 100,
  /** What a round may leave behind: connections to Astria are kept open for the next call. */
  keptHandles: 4,
  /** What the last round may leave behind more than the first one. */
  leakMiB: 10,
};

const CREATE = `mutation ($tune: ID!, $text: String!) {
  createPrompt(tuneId: $tune, input: { text: $text }) { prompt { id } userErrors { message } }
}`;

interface Round {
  readonly arrivals: readonly number[];
  readonly polls: number;
  readonly watchedMs: number;
  readonly before: Footprint;
  readonly subscribed: Footprint;
  readonly after: Footprint;
}

interface Footprint {
  readonly mebibytes: number;
  readonly handles: number;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

async function footprint(gateway: GatewayProcess): Promise<Footprint> {
  const memory = await gateway.memory();
  if (!memory) throw new Error('this system does not tell how much memory a process has');
  const handles = await readdir(`/proc/${gateway.pid}/fd`);
  return { mebibytes: memory.now, handles: handles.length };
}

/** Does the work for each, some at a time. */
async function forEach<T, R>(items: readonly T[], work: (item: T, n: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let n = 0; n < items.length; n += AT_ONCE)
    results.push(...(await Promise.all(items.slice(n, n + AT_ONCE).map((item, m) => work(item, n + m)))));
  return results;
}

function createPrompts(gateway: GatewayProcess, tune: number): Promise<string[]> {
  return forEach(Array.from({ length: PROMPTS }), async (_nothing, n) => {
    const { data, errors } = await gateway.graphql(CREATE, { tune: String(tune), text: `prompt ${n}` });
    const id = at(data, 'createPrompt.prompt.id');
    if (typeof id !== 'string') throw new Error(JSON.stringify(errors ?? data));
    return id;
  });
}

async function subscribe(url: string, ids: readonly string[]): Promise<Subscriber[]> {
  const places = Array.from({ length: SUBSCRIBERS }, (_, n) => n);
  return forEach(places, async (n) => {
    const open = n % 2 === 0 ? subscribeOverWebSocket : subscribeOverSse;
    // Both kinds follow every prompt.
    const subscriber = open(url, ids[Math.floor(n / 2) % PROMPTS] ?? '');
    await subscriber.shown;
    return subscriber;
  });
}

/** Settles each prompt. @returns How long it took after each callback until the last subscriber knew, in milliseconds. */
async function settleAll(
  sandbox: Sandbox,
  ids: readonly string[],
  all: readonly Subscriber[],
): Promise<number[]> {
  const arrivals = [];
  for (const id of ids) {
    const sentAt = performance.now();
    sandbox.astria.settle(Number(id));
    const followers = all.filter(({ promptId }) => promptId === id);
    arrivals.push(
      Promise.all(followers.map(({ settled }) => settled)).then((times) => Math.max(...times) - sentAt),
    );
    await pause(GAP_MS);
  }
  return Promise.all(arrivals);
}

interface Bench {
  readonly gateway: GatewayProcess;
  readonly sandbox: Sandbox;
  readonly tune: number;
  /** Where the gateway's inspector listens. */
  readonly inspector: number;
}

async function runRound({ gateway, sandbox, tune, inspector }: Bench): Promise<Round> {
  const ids = await createPrompts(gateway, tune);
  // With the connections that creating them has opened, which are kept for the next round.
  await collectGarbage(inspector);
  const before = await footprint(gateway);
  sandbox.clearRequests();
  const startedAt = performance.now();
  const subscribers = await subscribe(gateway.url, ids);
  await pause(QUIET_MS);
  const polls = sandbox.requests({ upstream: 'astria', method: 'GET' }).length;
  const watchedMs = performance.now() - startedAt;
  const subscribed = await footprint(gateway);
  const arrivals = await settleAll(sandbox, ids, subscribers);
  for (const subscriber of subscribers) subscriber.close();
  const mostHandles = before.handles + BOUNDS.keptHandles;
  await until(
    () => footprint(gateway),
    ({ handles }) => handles <= mostHandles,
  );
  await collectGarbage(inspector);
  const after = await footprint(gateway);
  return { arrivals, polls, watchedMs, before, subscribed, after };
}

function verdict(isKept: boolean, measured: string, bound: string): boolean {
  print(`  ${isKept ? 'ok' : 'OVER THE BOUND'}: ${measured}, bound ${bound}`);
  return isKept;
}

/** @returns Whether the bounds are kept. */
function report(round: Round, n: number): boolean {
  const { arrivals, polls, watchedMs, before, subscribed, after } = round;
  const sorted = arrivals.toSorted((one, other) => one - other);
  const quantile = (part: number) => sorted[Math.ceil(part * sorted.length) - 1]?.toFixed(0);
  const feet = [before, subscribed, after];
  const mostPolls = PROMPTS * (1 + Math.floor(watchedMs / INTERVAL_MS));
  const growth = subscribed.mebibytes - before.mebibytes;
  print(`round ${n}`);
  print(`  last subscriber after a callback: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`);
  print(
    `  resident before, subscribed, closed: ${feet.map((foot) => foot.mebibytes.toFixed(0)).join(', ')} MiB`,
  );
  print(`  handles before, subscribed, closed: ${feet.map((foot) => foot.handles).join(', ')}`);
  return [
    verdict((sorted.at(-1) ?? 0) <= BOUNDS.arrivalMs, `max ${quantile(1)} ms`, `${BOUNDS.arrivalMs} ms`),
    verdict(
      polls <= mostPolls,
      `${polls} reads of ${PROMPTS} prompts in ${(watchedMs / 1000).toFixed(1)} s`,
      `${mostPolls}, one per prompt and interval`,
    ),
    verdict(
      after.handles <= before.handles + BOUNDS.keptHandles,
      `${after.handles - before.handles} handles left`,
      `${BOUNDS.keptHandles}`,
    ),
    verdict(growth <= BOUNDS.growthMiB, `grew by ${growth.toFixed(0)} MiB`, `${BOUNDS.growthMiB} MiB`),
  ].every(Boolean);
}

function reportLeaks(first: Round, last: Round): boolean {
  const memory = last.after.mebibytes - first.after.mebibytes;
  print('from the first round to the last');
  return verdict(memory <= BOUNDS.leakMiB, `${memory.toFixed(0)} MiB more resident`, `${BOUNDS.leakMiB} MiB`);
}

/** @returns Whether the bounds are kept. */
async function bench(): Promise<boolean> {
  const sandbox = await startSandbox({ seed: 'empty', settleMs: 3_600_000 });
  const [port, inspector] = [await freePort(), await freePort()];
  const gateway = await GatewayProcess.start({
    PORT: String(port),
    NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}`,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ASTRIA_BASE_URL: sandbox.astriaUrl,
    ASTRIA_API_KEY: sandbox.astriaKey,
    PORTKEY_BASE_URL: sandbox.portkeyUrl,
  });
  try {
    print(`${SUBSCRIBERS} subscribers of ${PROMPTS} prompts, half over WebSocket, half over SSE`);
    const tune = sandbox.astria.addTune().id;
    // The first operation of a process is a slow one.
    await gateway.graphql('{ tunes { nodes { id } } }');
    const rounds: Round[] = [];
    let isKept = true;
    for (let n = 1; n <= ROUNDS; n += 1) {
      const round = await runRound({ gateway, sandbox, tune, inspector });
      rounds.push(round);
      isKept = report(round, n) && isKept;
    }
    const [first, last] = [rounds[0], rounds.at(-1)];
    return first !== undefined && last !== undefined && reportLeaks(first, last) && isKept;
  } finally {
    await gateway.stop();
    await sandbox.close();
  }
}

process.exit((await bench()) ? 0 : 1);
