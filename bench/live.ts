import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '../src/sandbox/index.js';
import { at, until } from '../test/support/gateway.js';
import { GatewayProcess } from '../test/support/gateway-process.js';
import { freePort } from '../test/support/ports.js';
import { collectGarbage } from './collect-garbage.js';
import { addFarApart, counted, type Polls, timesOf } from './live-polls.js';
import { type Subscriber, subscribeOverSse, subscribeOverWebSocket } from './live-subscribers.js';

const PROMPTS = 100;
const SUBSCRIBERS = 1_000;
const ROUNDS = 4;
/** Round in which all callbacks arrive together. In the others, they arrive one by one. */
const BURST_ROUND = 3;
/** Time between the subscriptions and the first change, in milliseconds. */
const QUIET_MS = 5_000;
/** Duration of following prompts without callbacks, in milliseconds. It covers more than two intervals. */
const POLLED_MS = 7_000;
/** Time between two callbacks, in milliseconds. */
const GAP_MS = 20;
const CONCURRENCY = 50;
/** Shortest poll interval of a prompt with a callback, in milliseconds. */
const INTERVAL_MS = 15_000;
/** Shortest poll interval of any other prompt, and of the reads for new subscribers. */
const SHORTEST_MS = 1_000;
/** Minimum number of due prompts for which the gateway reads the list. */
const WORTH_A_PAGE = 3;
const BOUNDS = {
  arrivalMs: 250,
  growthMiB: 100,
  /** Handles that a round may leave open, since connections to Astria are reused. */
  keptHandles: 4,
  /** Memory that a round may leave behind, from the second on. The first grows the buffers. */
  keptMiB: 15,
  /** Additional memory after the last round compared with the second. */
  leakMiB: 10,
  /** Minimum time between two polls of a prompt, with a tolerance for the clocks of two processes. */
  gapMs: SHORTEST_MS - 50,
};

const CREATE = `mutation ($tune: ID!, $text: String!) {
  createPrompt(tuneId: $tune, input: { text: $text }) { prompt { id } userErrors { message } }
}`;

interface Round {
  readonly arrivals: readonly number[];
  /** Polls while the subscribers arrive. */
  readonly pendingViewers: Polls;
  readonly quiet: Polls;
  readonly before: Footprint;
  readonly subscribed: Footprint;
  readonly after: Footprint;
}

interface Footprint {
  readonly mebibytes: number;
  readonly handles: number;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

async function footprint(gateway: GatewayProcess): Promise<Footprint> {
  const memory = await gateway.memory();
  if (!memory) throw new Error('This system does not report the memory of a process.');
  const handles = await readdir(`/proc/${gateway.pid}/fd`);
  return { mebibytes: memory.now, handles: handles.length };
}

/** Does the work for each item with limited concurrency. */
async function forEach<T, R>(items: readonly T[], work: (item: T, n: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let n = 0; n < items.length; n += CONCURRENCY)
    results.push(...(await Promise.all(items.slice(n, n + CONCURRENCY).map((item, m) => work(item, n + m)))));
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
  const numbers = Array.from({ length: SUBSCRIBERS }, (_, n) => n);
  return forEach(numbers, async (n) => {
    const open = n % 2 === 0 ? subscribeOverWebSocket : subscribeOverSse;
    // Both kinds follow every prompt.
    const subscriber = open(url, ids[Math.floor(n / 2) % PROMPTS] ?? '');
    await subscriber.subscribed;
    return subscriber;
  });
}

/** Settles each prompt. @returns The times between each callback and its last event, in milliseconds. */
async function settleAll(
  sandbox: Sandbox,
  ids: readonly string[],
  all: readonly Subscriber[],
  gapMs: number,
): Promise<number[]> {
  const arrivals = [];
  for (const id of ids) {
    const sentAt = performance.now();
    sandbox.astria.settle(Number(id));
    const followers = all.filter(({ promptId }) => promptId === id);
    arrivals.push(
      Promise.all(followers.map(({ settled }) => settled)).then((times) => Math.max(...times) - sentAt),
    );
    if (gapMs > 0) await pause(gapMs);
  }
  return Promise.all(arrivals);
}

interface Bench {
  readonly gateway: GatewayProcess;
  readonly sandbox: Sandbox;
  readonly tune: number;
  /** Port of the gateway's inspector. */
  readonly inspector: number;
}

async function runRound({ gateway, sandbox, tune, inspector }: Bench, gapMs: number): Promise<Round> {
  const ids = await createPrompts(gateway, tune);
  // The footprint includes the connections of the create requests, which the next round reuses.
  await collectGarbage(inspector);
  const before = await footprint(gateway);
  const [pendingViewers, subscribers] = await counted(sandbox, () => subscribe(gateway.url, ids));
  const [quiet] = await counted(sandbox, () => pause(QUIET_MS));
  const subscribed = await footprint(gateway);
  const arrivals = await settleAll(sandbox, ids, subscribers, gapMs);
  for (const subscriber of subscribers) subscriber.close();
  const mostHandles = before.handles + BOUNDS.keptHandles;
  await until(
    () => footprint(gateway),
    ({ handles }) => handles <= mostHandles,
  );
  await collectGarbage(inspector);
  const after = await footprint(gateway);
  return { arrivals, pendingViewers, quiet, before, subscribed, after };
}

function verdict(isWithinBounds: boolean, measured: string, bound: string): boolean {
  print(`  ${isWithinBounds ? 'ok' : 'OVER THE BOUND'}: ${measured}, bound ${bound}`);
  return isWithinBounds;
}

/**
 * Checks that each prompt was polled at most once per interval. A list read counts as three polls, because its prompts
 * are unknown.
 */
function pollVerdicts(name: string, polls: Polls, intervalMs: number): boolean {
  const most = 1 + Math.floor(polls.ms / intervalMs);
  const singles = [...timesOf(polls).singles.values()];
  const lists = polls.requests.length - singles.flat().length;
  const ofOne = Math.max(0, ...singles.map(({ length }) => length));
  const total = polls.requests.length - lists + WORTH_A_PAGE * lists;
  const seconds = (polls.ms / 1000).toFixed(1);
  return [
    verdict(
      ofOne <= most,
      `${name}: ${ofOne} single reads of the most read prompt in ${seconds} s`,
      `${most}`,
    ),
    verdict(
      total <= PROMPTS * most,
      `${name}: ${polls.requests.length - lists} single reads and ${lists} of the list`,
      `${PROMPTS * most}, a list read counted as ${WORTH_A_PAGE}`,
    ),
  ].every(Boolean);
}

/** Follows prompts without callbacks. @returns True if all values are within their bounds. */
async function runPolled({ gateway, sandbox }: Bench): Promise<boolean> {
  const { ids, remove } = addFarApart(sandbox, PROMPTS);
  const [polls, subscribers] = await counted(sandbox, async () => {
    const all = await subscribe(gateway.url, ids);
    await pause(POLLED_MS);
    return all;
  });
  for (const subscriber of subscribers) subscriber.close();
  remove();
  const { singles, lists } = timesOf(polls);
  const ofEach = ids.map((id) =>
    [...(singles.get(id) ?? []), ...(lists.get(id) ?? [])].sort((a, b) => a - b),
  );
  const counts = ofEach.map(({ length }) => length);
  const gaps = ofEach.flatMap((times) => times.slice(1).map((time, n) => time - (times[n] ?? 0)));
  const [fewest, most, shortest] = [Math.min(...counts), Math.max(...counts), Math.min(...gaps)];
  const mostAllowed = 1 + Math.floor(polls.ms / SHORTEST_MS);
  print(`no callbacks: ${subscribers.length} subscribers, ${(polls.ms / 1000).toFixed(1)} s`);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return [
    verdict(
      total === polls.requests.length,
      `${total} polls`,
      `${polls.requests.length}, which is all requests`,
    ),
    verdict(fewest >= 3, `${fewest} polls of the least polled prompt`, 'at least 3, which is two intervals'),
    verdict(most <= mostAllowed, `${most} polls of the most polled prompt`, `${mostAllowed}`),
    verdict(shortest >= BOUNDS.gapMs, `${shortest} ms between two polls`, `at least ${BOUNDS.gapMs} ms`),
  ].every(Boolean);
}

/** @returns True if all values are within their bounds. */
function report(round: Round, n: number): boolean {
  const { arrivals, pendingViewers, quiet, before, subscribed, after } = round;
  const inOrder = arrivals.toSorted((a, b) => a - b);
  const quantile = (share: number) => inOrder[Math.ceil(share * inOrder.length) - 1]?.toFixed(0);
  const footprints = [before, subscribed, after];
  const growth = subscribed.mebibytes - before.mebibytes;
  const retainedMiB = after.mebibytes - before.mebibytes;
  print(`round ${n}${n === BURST_ROUND ? ', all callbacks together' : ''}`);
  print(
    `  last subscriber after a callback: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, max ${quantile(1)} ms`,
  );
  print(
    `  resident before, subscribed, closed: ${footprints.map((footprint) => footprint.mebibytes.toFixed(0)).join(', ')} MiB`,
  );
  print(
    `  handles before, subscribed, closed: ${footprints.map((footprint) => footprint.handles).join(', ')}`,
  );
  return [
    // The CPU limits the speed of a thousand simultaneous events.
    n === BURST_ROUND ||
      verdict(
        (inOrder.at(-1) ?? Number.POSITIVE_INFINITY) <= BOUNDS.arrivalMs,
        `max ${quantile(1)} ms`,
        `${BOUNDS.arrivalMs} ms`,
      ),
    pollVerdicts('during the subscriptions', pendingViewers, SHORTEST_MS),
    pollVerdicts('after that', quiet, INTERVAL_MS),
    verdict(
      after.handles <= before.handles + BOUNDS.keptHandles,
      `${after.handles - before.handles} handles left`,
      `${BOUNDS.keptHandles}`,
    ),
    verdict(growth <= BOUNDS.growthMiB, `grew by ${growth.toFixed(0)} MiB`, `${BOUNDS.growthMiB} MiB`),
    n === 1 ||
      verdict(retainedMiB <= BOUNDS.keptMiB, `kept ${retainedMiB.toFixed(0)} MiB`, `${BOUNDS.keptMiB} MiB`),
  ].every(Boolean);
}

function reportLeaks(first: Round, last: Round): boolean {
  const memory = last.after.mebibytes - first.after.mebibytes;
  print('from the second round to the last');
  return verdict(memory <= BOUNDS.leakMiB, `${memory.toFixed(0)} MiB more resident`, `${BOUNDS.leakMiB} MiB`);
}

/** @returns True if all values are within their bounds. */
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
    // The first operation of a process is slow.
    await gateway.graphql('{ tunes { nodes { id } } }');
    const context: Bench = { gateway, sandbox, tune, inspector };
    const rounds: Round[] = [];
    let isWithinBounds = await runPolled(context);
    for (let n = 1; n <= ROUNDS; n += 1) {
      const round = await runRound(context, n === BURST_ROUND ? 0 : GAP_MS);
      rounds.push(round);
      isWithinBounds = report(round, n) && isWithinBounds;
    }
    const [, second] = rounds;
    const last = rounds.at(-1);
    return second !== undefined && last !== undefined && reportLeaks(second, last) && isWithinBounds;
  } finally {
    await gateway.stop();
    await sandbox.close();
  }
}

process.exit((await bench()) ? 0 : 1);
