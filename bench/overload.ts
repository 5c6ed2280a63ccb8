import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OVERLOAD } from '../src/http/limits/load-shedder.js';
import { startServer } from './compare/contestants.js';
import { Clients, Connection, type PreparedRequest } from './compare/http-load.js';
import { objectAt } from './compare/library.js';
import { prepare } from './compare/prepare.js';
import { pinToLoadCore, type ServerProcess } from './compare/processes.js';
import { median, percentile } from './compare/statistics.js';
import { WORKLOADS, type Workload } from './compare/workloads.js';

// Sends more requests than a gateway can serve, with clients that wait for their responses and with clients that do not.
// Exits with status 1 if a waiting client was refused or waited too long.

const CONNECTIONS = [1, 8, 16, 64, 256, 512];
const CREDENTIALS = 1_000;
const SLOW_UPSTREAM_MS = 200;
/** CPU time of the server, or elapsed time, after which a cell ends. */
const CELL_CPU_MS = 500;
const CELL_MS = 1_500;
/** Number of pairs of cells. The median counts, because p99 depends on few requests. */
const PAIRS = 3;
/** Duration of the overload after the queue is full. */
const FULL_MS = 3_000;
/** Number of connections, above the gateway's limits of running and queued operations with a fast upstream. */
const OPEN_CONNECTIONS = 1_800;
const RECOVERED_SINGLES = 100;
/** Number of cells, of which the best determines the capacity. */
const CAPACITY_CELLS = 4;
const BOUNDS = {
  /** p99 as a multiple of that of plain Apollo Server, in the variant that reads all tunes of W1 in one call. */
  slowdown: 3,
  /** Longest single request that counts as recovered, as a multiple of the p99 before the overload. */
  normal: 3,
};

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const row = (cells: readonly (string | number)[]) =>
  process.stdout.write(`${cells.map((cell) => formatCell(cell).padStart(13)).join('')}\n`);
const formatCell = (cell: string | number) =>
  typeof cell === 'string' ? cell : cell.toFixed(Number.isInteger(cell) || cell >= 100 ? 0 : 1);

/** Starts both upstreams with prepared responses in this process, so that a setting can slow them down. */
async function startUpstream() {
  const upstream = { port: 0, delayMs: 0 };
  const responses = new Map<string, Buffer>();
  const server = http.createServer(({ url = '/' }, response) => {
    const body = responses.get(url) ?? Buffer.from(JSON.stringify(objectAt(url)));
    responses.set(url, body);
    const send = () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    };
    if (upstream.delayMs === 0) send();
    else setTimeout(send, upstream.delayMs);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.port = (server.address() as AddressInfo).port;
  return upstream;
}

interface Figures {
  readonly perSecond: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}

async function closedLoop(
  server: ServerProcess,
  requests: PreparedRequest,
  connections: number,
): Promise<Figures> {
  const clients = new Clients(server.port, connections);
  const before = server.cpuMs();
  const endsAt = performance.now() + CELL_MS;
  const isOver = () => server.cpuMs() - before >= CELL_CPU_MS || performance.now() >= endsAt;
  const { latenciesMs, refused, seconds } = await clients.run(requests, isOver);
  clients.close();
  return {
    perSecond: latenciesMs.length / seconds,
    refused,
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
  };
}

interface Contest {
  readonly own: ServerProcess;
  readonly plain: ServerProcess;
}

/** @returns True if all values are within their bounds. */
async function compare({ own, plain }: Contest, workload: Workload, delayMs: number): Promise<boolean> {
  const requests = await prepare(own.port, workload, CREDENTIALS);
  const plainRequests = await prepare(plain.port, workload, CREDENTIALS);
  await closedLoop(own, requests, 8);
  await closedLoop(plain, plainRequests, 8);
  let isWithinBounds = true;
  const measure = async (connections: number) => {
    const mine = await closedLoop(own, requests, connections);
    const theirs = await closedLoop(plain, plainRequests, connections);
    const slowdown = mine.p99 / theirs.p99;
    const figures = [mine.refused, mine.perSecond, mine.p50, mine.p99];
    const others = [theirs.perSecond, theirs.p50, theirs.p99];
    row([workload.name, `${delayMs} ms`, connections, ...figures, ...others, slowdown.toFixed(2)]);
    isWithinBounds &&= mine.refused === 0;
    return slowdown;
  };
  for (const connections of CONNECTIONS) {
    const slowdowns: number[] = [];
    while (slowdowns.length < PAIRS) slowdowns.push(await measure(connections));
    isWithinBounds &&= median(slowdowns) <= BOUNDS.slowdown;
  }
  return isWithinBounds;
}

interface Sample {
  readonly isAccepted: boolean;
  /** Time since the request was sent. */
  readonly ms: number;
  readonly endedAt: number;
  /** Delay of the request because all connections were busy. */
  readonly lateMs: number;
}

/** Clients that do not wait for their responses. A request is delayed while all connections are busy. */
class OpenLoad {
  readonly #idle: Connection[];
  readonly #requests: PreparedRequest;
  #next = 0;

  constructor(port: number, requests: PreparedRequest) {
    this.#requests = requests;
    this.#idle = Array.from({ length: OPEN_CONNECTIONS }, () => new Connection(port));
  }

  async send(dueAt = performance.now()): Promise<Sample> {
    const { requests, expected } = this.#requests;
    const connection = this.#idle.pop();
    const request = requests[this.#next % requests.length];
    this.#next += 1;
    if (!connection || !request) throw new Error('All connections are busy.');
    const sentAt = performance.now();
    const status = await connection.send(request, expected);
    this.#idle.push(connection);
    const endedAt = performance.now();
    return { isAccepted: status === 200, ms: endedAt - sentAt, endedAt, lateMs: sentAt - dueAt };
  }

  /** Sends requests at even intervals. @param rate Requests per second. @returns The responses after the last request. */
  async overload(rate: number, ms: number): Promise<Promise<Sample>[]> {
    const startedAt = performance.now();
    const count = Math.floor((rate * ms) / 1000);
    const sent: Promise<Sample>[] = [];
    while (sent.length < count) {
      const due = Math.min(count, ((performance.now() - startedAt) * rate) / 1000);
      while (sent.length < due && this.#idle.length > 0)
        sent.push(this.send(startedAt + (sent.length * 1000) / rate));
      await pause(1);
    }
    return sent;
  }

  /** @returns Milliseconds until the first of enough successive requests with a normal time. */
  async recovery(normalMs: number): Promise<number> {
    const startedAt = performance.now();
    let since = 0;
    for (let successive = 0; successive < RECOVERED_SINGLES; ) {
      const { isAccepted, ms } = await this.send();
      successive = isAccepted && ms <= normalMs ? successive + 1 : 0;
      if (successive === 0) since = performance.now() - startedAt;
    }
    return since;
  }

  close(): void {
    for (const connection of this.#idle) connection.close();
  }
}

async function overload(server: ServerProcess, workload: Workload): Promise<void> {
  const requests = await prepare(server.port, workload, CREDENTIALS);
  let capacity = 0;
  for (let n = 0; n < CAPACITY_CELLS; n += 1)
    capacity = Math.max(capacity, (await closedLoop(server, requests, 64)).perSecond);
  const { p99: normal } = await closedLoop(server, requests, 1);
  const load = new OpenLoad(server.port, requests);
  for (let n = 0; n < OPEN_CONNECTIONS; n += 1) await load.send();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const fillMs = (1000 * (OVERLOAD.maxOperations - OVERLOAD.reservedForWrites)) / capacity;
  const sent = await load.overload(2 * capacity, fillMs + FULL_MS);
  const { user, system } = process.cpuUsage(cpu);
  const sentAt = performance.now();
  const sentMs = sentAt - startedAt;
  const recovery = await load.recovery(BOUNDS.normal * normal);
  const samples = await Promise.all(sent);
  load.close();
  const times = (isAccepted: boolean) =>
    samples.flatMap((sample) => (sample.isAccepted === isAccepted ? [sample.ms] : [])).sort((a, b) => a - b);
  const [accepted, refused] = [times(true), times(false)];
  // Operations that the queue serves after the last request do not count as served under overload.
  const perSecond = (isAccepted: boolean) =>
    samples.filter(
      (sample) =>
        sample.isAccepted === isAccepted && sample.endedAt > sentAt - FULL_MS && sample.endedAt <= sentAt,
    ).length /
    (FULL_MS / 1000);
  const [served, shed] = [perSecond(true), perSecond(false)];
  const seconds = sentMs / 1000;
  const figures = [served, percentile(accepted, 0.5), percentile(accepted, 0.99)];
  const share = `${((100 * shed) / (served + shed)).toFixed(0)} %`;
  const busy = `${((user + system) / sentMs / 10).toFixed(0)} %`;
  row([
    workload.name,
    capacity,
    samples.length / seconds,
    ...figures,
    share,
    percentile(refused, 0.5),
    percentile(refused, 0.99),
    Math.max(...samples.map(({ lateMs }) => lateMs)),
    normal,
    recovery,
    busy,
  ]);
}

async function run(contest: Contest, upstream: { delayMs: number }): Promise<boolean> {
  const workloads = WORKLOADS.filter(({ name }) => name !== 'W2');
  const columns = ['refused', 'per s', 'p50 ms', 'p99 ms', 'plain per s', 'p50 ms', 'p99 ms', 'p99 ratio'];
  process.stdout.write('Clients that wait for their responses\n');
  row(['workload', 'upstream', 'connections', ...columns]);
  let isWithinBounds = true;
  for (const delayMs of [0, SLOW_UPSTREAM_MS]) {
    upstream.delayMs = delayMs;
    // W4 calls no upstream.
    for (const workload of workloads.filter(({ name }) => delayMs === 0 || name !== 'W4'))
      isWithinBounds = (await compare(contest, workload, delayMs)) && isWithinBounds;
  }
  upstream.delayMs = 0;
  process.stdout.write(
    '\nTwice the capacity until the queue has been full for a while, then one request at a time\n',
  );
  const times = [
    'p50 ms',
    'p99 ms',
    'refused',
    '503 p50 ms',
    '503 p99 ms',
    'late ms',
    'single p99',
    'recovery ms',
    'load CPU',
  ];
  row(['workload', 'capacity/s', 'sent/s', 'accepted/s', ...times]);
  for (const workload of workloads) await overload(contest.own, workload);
  return isWithinBounds;
}

pinToLoadCore(process.pid);
const upstream = await startUpstream();
const own = await startServer('promptgate', here('../bundle/promptgate/main.js'), upstream.port);
const plain = await startServer('plain-list', here('./gateways/plain-list.js'), upstream.port);
const isWithinBounds = await run({ own, plain }, upstream).finally(() =>
  Promise.all([own.stop(), plain.stop()]),
);
process.stdout.write(isWithinBounds ? '\nok\n' : '\nOVER THE BOUND\n');
process.exit(isWithinBounds ? 0 : 1);
