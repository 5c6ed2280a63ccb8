import { readFile } from 'node:fs/promises';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import type { Load } from './soak-load.js';

/** State of a gateway at one time. */
export interface Sample {
  readonly mebibytes: number;
  /** Number of operations without a response. */
  readonly unanswered: number;
}

export interface Watched<T> {
  readonly result: T;
  readonly samples: readonly Sample[];
  readonly gateway: Share;
  /** Share of this process, which sends the load and serves the upstreams. */
  readonly bench: Share;
}

/** Shares of the time, from 0 to 1, in which a process ran or waited for the CPU. */
interface Share {
  readonly busy: number;
  readonly starved: number;
}

const SAMPLE_MS = 250;

/** Returns the time in which a process's main thread ran and waited for a CPU, in milliseconds. */
async function scheduled(pid: number): Promise<{ ran: number; waited: number }> {
  const [ran = 0, waited = 0] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ').map(Number);
  return { ran: ran / 1e6, waited: waited / 1e6 };
}

/** Does the work while sampling the gateway. */
export async function watch<T>(
  gateway: GatewayProcess,
  load: Load,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  const samples: Sample[] = [];
  const sample = async () => {
    const memory = await gateway.memory();
    if (memory) samples.push({ mebibytes: memory.now, unanswered: load.unanswered });
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const startedAt = performance.now();
  const pids = [gateway.pid, process.pid];
  const before = await Promise.all(pids.map(scheduled));
  const result = await work();
  const ms = performance.now() - startedAt;
  clearInterval(timer);
  await sample();
  const after = await Promise.all(pids.map(scheduled));
  const share = (n: number): Share => ({
    busy: ((after[n]?.ran ?? 0) - (before[n]?.ran ?? 0)) / ms,
    starved: ((after[n]?.waited ?? 0) - (before[n]?.waited ?? 0)) / ms,
  });
  return { result, samples, gateway: share(0), bench: share(1) };
}
