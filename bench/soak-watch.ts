import { readFile } from 'node:fs/promises';
import type { GatewayProcess } from '../test/support/gateway-process.js';
import type { Load } from './soak-load.js';

/** What a gateway takes, at a moment. */
export interface Sample {
  readonly mebibytes: number;
  /** Operations that it has not answered. */
  readonly unanswered: number;
}

export interface Watched<T> {
  readonly result: T;
  readonly samples: readonly Sample[];
  readonly gateway: Share;
  /** This process, which sends the load and answers as the upstreams. */
  readonly bench: Share;
}

/** Of the time, from 0 to 1: a process ran, and could have run but for other programs. */
interface Share {
  readonly busy: number;
  readonly starved: number;
}

const SAMPLE_MS = 250;
/** For how long a process's main thread has run and has waited for a processor so far, in milliseconds. */
async function scheduled(pid: number): Promise<{ ran: number; waited: number }> {
  const [ran = 0, waited = 0] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ').map(Number);
  return { ran: ran / 1e6, waited: waited / 1e6 };
}

/** Does some work, and looks at the gateway meanwhile. */
export async function watch<T>(
  gateway: GatewayProcess,
  load: Load,
  work: () => Promise<T>,
): Promise<Watched<T>> {
  const samples: Sample[] = [];
  const look = async () => {
    const memory = await gateway.memory();
    if (memory) samples.push({ mebibytes: memory.now, unanswered: load.unanswered });
  };
  const timer = setInterval(look, SAMPLE_MS);
  const startedAt = performance.now();
  const pids = [gateway.pid, process.pid];
  const before = await Promise.all(pids.map(scheduled));
  const result = await work();
  const ms = performance.now() - startedAt;
  clearInterval(timer);
  await look();
  const after = await Promise.all(pids.map(scheduled));
  const share = (n: number): Share => ({
    busy: ((after[n]?.ran ?? 0) - (before[n]?.ran ?? 0)) / ms,
    starved: ((after[n]?.waited ?? 0) - (before[n]?.waited ?? 0)) / ms,
  });
  return { result, samples, gateway: share(0), bench: share(1) };
}
