import type { Contestant } from './contestants.js';
import { Clients } from './http-load.js';
import { prepare, requireSameData } from './prepare.js';
import type { UpstreamProcess } from './processes.js';
import { median, percentile } from './statistics.js';
import type { Workload } from './workloads.js';

export interface Conditions {
  readonly workload: Workload;
  readonly connections: number;
  readonly credentials: number;
  readonly rounds: number;
  readonly burstMs: number;
}

/** Figures of one server under a workload: medians of its bursts. */
export interface Figures {
  readonly name: string;
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly upstreamCalls: number;
  /** Of all bursts together. */
  readonly refused: number;
  readonly requests: number;
  /** Medians of the ratios to the reference in the same round. */
  readonly cpuRatio: number;
  readonly rateRatio: number;
}

interface Burst {
  readonly cpuMs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly upstreamCalls: number;
  readonly refused: number;
  readonly requests: number;
}

/** CPU time that a server gets before the first burst, so that its code is compiled. */
const WARM_UP_MS = 1_500;
/** A burst ends after so many times its length when other programs keep the server from running. */
const MOST_STRETCH = 8;
const REFERENCE = 'plain';

/** Sends short bursts to each server in turn, in another order in each round. */
export async function compare(
  contestants: readonly Contestant[],
  upstream: UpstreamProcess,
  conditions: Conditions,
): Promise<Figures[]> {
  const { workload, connections, credentials, rounds, burstMs } = conditions;
  const lanes = await Promise.all(
    contestants.map(async (contestant, index) => ({
      ...contestant,
      index,
      prepared: await prepare(contestant.server.port, workload, credentials),
      bursts: [] as Burst[],
    })),
  );
  requireSameData(workload, new Map(lanes.map(({ name, prepared }) => [name, prepared.expected])));
  for (let round = -1; round < rounds; round += 1) {
    const start = Math.max(0, round) % lanes.length;
    for (const lane of [...lanes.slice(start), ...lanes.slice(0, start)]) {
      const clients = new Clients(lane.server.port, connections);
      const before = { cpuMs: lane.server.cpuMs(), calls: (await upstream.calls())[lane.index] ?? 0 };
      const startedAt = performance.now();
      const ms = round < 0 ? WARM_UP_MS : burstMs;
      // In CPU time, so that other programs on this machine do not make the burst smaller.
      const isOver = () =>
        lane.server.cpuMs() - before.cpuMs >= ms || performance.now() - startedAt >= ms * MOST_STRETCH;
      const result = await clients.run(lane.prepared, isOver).catch((error: Error) => {
        throw new Error(`${workload.name}, ${lane.name}: ${error.message}`);
      });
      const { requests, refused, latenciesMs, seconds } = result;
      const cpuMs = lane.server.cpuMs() - before.cpuMs;
      const calls = ((await upstream.calls())[lane.index] ?? 0) - before.calls;
      clients.close();
      if (round < 0) continue;
      lane.bursts.push({
        cpuMs: cpuMs / requests,
        perSecond: requests / seconds,
        p50Ms: percentile(latenciesMs, 0.5),
        p99Ms: percentile(latenciesMs, 0.99),
        upstreamCalls: calls / requests,
        refused,
        requests,
      });
    }
  }
  const reference = lanes.find(({ name }) => name === REFERENCE)?.bursts ?? [];
  return lanes.map(({ name, bursts }) => summarize(name, bursts, reference));
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
