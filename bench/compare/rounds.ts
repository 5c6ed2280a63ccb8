import type { Contestant } from './contestants.js';
import { Clients, type PreparedRequest } from './http-load.js';
import type { Schedule } from './plan.js';
import { prepare, requireSameData } from './prepare.js';
import type { ServerProcess, UpstreamProcess } from './processes.js';
import { median, percentile } from './statistics.js';
import type { Workload } from './workloads.js';

/** Figures of each server for a workload under given conditions. */
export interface Measurement {
  readonly workload: Workload;
  readonly connections: number;
  readonly credentials: number;
  readonly figures: readonly Figures[];
}

/** Figures of one burst. */
interface Burst {
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly upstreamCalls: number;
  readonly refused: number;
  readonly requests: number;
}

/** Figures of one server for a workload: medians of its bursts, and the sum of refusals. */
export interface Figures extends Burst {
  readonly name: string;
  /** Medians of the ratios to the reference in the same round. */
  readonly cpuRatio: number;
  readonly rateRatio: number;
}

/** Maximum duration of a burst as a multiple of its CPU time, when other programs slow down the server. */
const MOST_STRETCH = 8;
const REFERENCE = 'plain';

interface Lane {
  readonly name: string;
  readonly server: ServerProcess;
  readonly calls: () => Promise<number>;
  readonly prepared: PreparedRequest;
  readonly bursts: Burst[];
}

/** Sends short bursts to each server in turn, in a different order in each round. */
export async function compare(
  contestants: readonly Contestant[],
  upstream: UpstreamProcess,
  conditions: Omit<Measurement, 'figures'>,
  { rounds, burstMs, warmUpMs }: Schedule,
): Promise<Measurement> {
  const { workload, connections, credentials } = conditions;
  const lanes: Lane[] = [];
  for (const [index, { name, server }] of contestants.entries()) {
    const prepared = await prepare(server.port, workload, credentials);
    lanes.push({
      name,
      server,
      calls: async () => (await upstream.calls())[index] ?? 0,
      prepared,
      bursts: [],
    });
  }
  requireSameData(workload, new Map(lanes.map(({ name, prepared }) => [name, prepared.expected])));
  for (const lane of lanes) await sendBurst(lane, connections, warmUpMs);
  for (let round = 0; round < rounds; round += 1) {
    const first = round % lanes.length;
    for (const lane of [...lanes.slice(first), ...lanes.slice(0, first)])
      lane.bursts.push(await sendBurst(lane, connections, burstMs));
  }
  const reference = lanes.find(({ name }) => name === REFERENCE)?.bursts ?? [];
  return { ...conditions, figures: lanes.map(({ name, bursts }) => summarize(name, bursts, reference)) };
}

/** @param ms CPU time of the server, so that other programs on this machine do not shorten the burst. */
async function sendBurst(lane: Lane, connections: number, ms: number): Promise<Burst> {
  const { name, server, prepared, calls } = lane;
  const clients = new Clients(server.port, connections);
  const cpuBefore = server.cpuMs();
  const callsBefore = await calls();
  const endsAt = performance.now() + ms * MOST_STRETCH;
  const isOver = () => server.cpuMs() - cpuBefore >= ms || performance.now() >= endsAt;
  const { requests, refused, latenciesMs, seconds } = await clients
    .run(prepared, isOver)
    .catch((error: Error) => {
      throw new Error(`${name}: ${error.message}`);
    });
  const cpuMs = server.cpuMs() - cpuBefore;
  clients.close();
  return {
    cpuMs: cpuMs / requests,
    perSecond: requests / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    upstreamCalls: ((await calls()) - callsBefore) / requests,
    refused,
    requests,
  };
}

function summarize(name: string, bursts: readonly Burst[], reference: readonly Burst[]): Figures {
  const of = (pick: (burst: Burst) => number) => median(bursts.map(pick));
  const ratio = (pick: (burst: Burst) => number) =>
    median(bursts.flatMap((burst, round) => (reference[round] ? pick(burst) / pick(reference[round]) : [])));
  const sum = (pick: (burst: Burst) => number) => bursts.reduce((total, burst) => total + pick(burst), 0);
  return {
    name,
    cpuMs: of(({ cpuMs }) => cpuMs),
    perSecond: of(({ perSecond }) => perSecond),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    upstreamCalls: of(({ upstreamCalls }) => upstreamCalls),
    refused: sum(({ refused }) => refused),
    requests: sum(({ requests }) => requests),
    cpuRatio: ratio(({ cpuMs }) => cpuMs),
    rateRatio: ratio(({ perSecond }) => perSecond),
  };
}
