import type { Contest } from './contestants.js';
import { Clients } from './http-load.js';
import type { Plan } from './plan.js';
import { prepareRead } from './prepare.js';
import { compare, type Measurement } from './rounds.js';
import { compareStarts, type StartFigures } from './startup.js';
import { median, percentile } from './statistics.js';
import { compareUploads, type UploadFigures } from './upload.js';
import { ONE_TUNE, WORKLOADS } from './workloads.js';

/** All measurements of a run. */
export interface Results {
  readonly starts: readonly StartFigures[];
  readonly main: readonly Measurement[];
  readonly oneCredential: readonly Measurement[];
  readonly connections: readonly Measurement[];
  readonly growth: readonly Measurement[];
  /** Median response time of the upstream to one connection. */
  readonly upstreamP50Ms: number;
  readonly memory: readonly MemoryFigures[];
  readonly uploads: readonly UploadFigures[];
}

/** Resident memory in MiB after all operations, and its peak. */
export interface MemoryFigures {
  readonly name: string;
  readonly after: number;
  readonly peak: number;
}

const CONNECTIONS = 16;
const CREDENTIALS = 1_000;
const READ_BURSTS = 5;
const READ_MS = 300;

/** @param report Receives the name of each measurement before it starts. */
export async function measure(
  contest: Contest,
  plan: Plan,
  report: (name: string) => void,
): Promise<Results> {
  const { contestants, upstream } = contest;
  report('start-up');
  const starts = await compareStarts(contestants, plan.starts);
  const run = (conditions: Omit<Measurement, 'figures'>, pace = plan.variation) => {
    const { workload, connections, credentials } = conditions;
    report(`${workload.name}: ${workload.title}; connections: ${connections}, credentials: ${credentials}`);
    return compare(contestants, upstream, conditions, pace);
  };
  const usual = { connections: CONNECTIONS, credentials: CREDENTIALS };
  const main = await inTurn(WORKLOADS, (workload) => run({ ...usual, workload }, plan.main));
  const oneCredential = await inTurn(plan.isWithOneCredential ? WORKLOADS : [], (workload) =>
    run({ ...usual, credentials: 1, workload }),
  );
  const growth = await inTurn(plan.growth, (workload) => run({ ...usual, workload }));
  const pairs = plan.connections.flatMap((connections) =>
    WORKLOADS.map((workload) => ({ ...usual, connections, workload })),
  );
  const upstreamP50Ms = await measureUpstream(contestants[0]?.upstreamPort ?? 0);
  const connections = await inTurn(pairs, (pair) => run(pair));
  const memory = contestants.map(({ name, server }) => {
    const { now, peak } = server.memory();
    return { name, after: now, peak };
  });
  report('upload of 200 MB');
  const uploads = await compareUploads(contestants, plan.uploads);
  return { starts, main, oneCredential, connections, growth, upstreamP50Ms, memory, uploads };
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Measures the upstream call of W3 without a server in between. */
async function measureUpstream(port: number): Promise<number> {
  const prepared = await prepareRead(port, `/tunes/${ONE_TUNE.variables.id}`);
  const medians: number[] = [];
  for (let burst = 0; burst <= READ_BURSTS; burst += 1) {
    const clients = new Clients(port, 1);
    const endsAt = performance.now() + READ_MS;
    const { latenciesMs } = await clients.run(prepared, () => performance.now() >= endsAt);
    clients.close();
    if (burst > 0) medians.push(percentile(latenciesMs, 0.5));
  }
  return median(medians);
}
