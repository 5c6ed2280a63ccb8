import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { GatewayProcess } from '../test/support/gateway-process.js';
import { type LeanUpstream, startLeanUpstream } from './lean-upstream.js';

const RUNS = 3;
const TIMED = { prompts: 1_000, latencyMs: 20, concurrency: 16, slack: 1.2 };
const LARGE = { prompts: 10_000, latencyMs: 1, concurrency: 16, mostGrowthMiB: 120, page: 500 };
/** Unit of CPU time in /proc on Linux. */
const TICKS_PER_SECOND = 100;

const REPLICATE = `mutation ($options: ReplicationOptionsInput) {
  replicatePrompts(targetModel: "gpt-5", options: $options, awaitSeconds: 120) {
    replication { id status counts { total created } }
    userErrors { message }
  }
}`;
const STATUS = 'query ($id: ID!) { replication(id: $id) { id status counts { total created } } }';
const ITEMS = `query ($id: ID!, $first: Int, $after: String) {
  replication(id: $id) {
    items(first: $first, after: $after) {
      totalCount
      nodes { status source { id name } replicaName replica { id name model } attempts error { code } }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

const job = z.object({
  id: z.string(),
  status: z.string(),
  counts: z.object({ total: z.number(), created: z.number() }),
});
const itemPage = z.object({
  totalCount: z.number(),
  nodes: z.array(z.object({ status: z.string(), replica: z.object({ id: z.string() }).nullable() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});

type Job = z.output<typeof job>;

const print = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

/** Starts a gateway with an upstream, and closes both after the work. */
async function withGateway<T>(
  { prompts, latencyMs }: { prompts: number; latencyMs: number },
  work: (gateway: GatewayProcess, upstream: LeanUpstream) => Promise<T>,
): Promise<T> {
  const upstream = await startLeanUpstream(prompts, latencyMs);
  const gateway = await GatewayProcess.start({
    ASTRIA_BASE_URL: upstream.url,
    PORTKEY_BASE_URL: upstream.url,
    PORTKEY_API_KEY: 'pk-bench',
  });
  try {
    // The first operation of a process is slow.
    await ask(gateway, '{ replications { nodes { id } } }');
    return await work(gateway, upstream);
  } finally {
    await gateway.stop();
    await upstream.close();
  }
}

async function ask(gateway: GatewayProcess, query: string, variables = {}): Promise<unknown> {
  const { data, errors } = await gateway.graphql(query, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Replicates everything and waits for the end. */
async function replicate(gateway: GatewayProcess, prompts: number, concurrency: number): Promise<Job> {
  const started = await ask(gateway, REPLICATE, { options: { concurrency } });
  let last = z.object({ replicatePrompts: z.object({ replication: job }) }).parse(started)
    .replicatePrompts.replication;
  for (let attempt = 0; attempt < 600 && ['PLANNING', 'RUNNING'].includes(last.status); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    last = z.object({ replication: job }).parse(await ask(gateway, STATUS, { id: last.id })).replication;
  }
  if (last.status !== 'COMPLETED' || last.counts.created !== prompts)
    throw new Error(`The replication has ended as ${JSON.stringify(last)}.`);
  return last;
}

/** Returns the CPU time of a process in seconds. */
async function cpuSeconds({ pid }: GatewayProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses can contain any characters.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @returns True if the value is within its bound. */
async function benchTime(): Promise<boolean> {
  const { prompts, latencyMs, concurrency, slack } = TIMED;
  print(`${prompts} prompts, upstream latency ${latencyMs} ms, concurrency ${concurrency}`);
  const ratios: number[] = [];
  for (let run = 1; run <= RUNS; run += 1) {
    await withGateway(TIMED, async (gateway, { arrivals }) => {
      const cpuBefore = await cpuSeconds(gateway);
      const startedAt = performance.now();
      await replicate(gateway, prompts, concurrency);
      const durationMs = performance.now() - startedAt;
      const cpu = (await cpuSeconds(gateway)) - cpuBefore;
      const { lists, reads, creates } = arrivals;
      if (reads !== prompts || creates !== prompts) throw new Error(`calls: ${JSON.stringify(arrivals)}`);
      const ideal = ((lists + 2 * prompts) * latencyMs) / concurrency;
      ratios.push(durationMs / ideal);
      const measured = `${seconds(durationMs)} (${(durationMs / ideal).toFixed(2)} times ${seconds(ideal)})`;
      print(`  run ${run}: ${measured}, ${lists} lists, processor ${cpu.toFixed(2)} s`);
    });
  }
  const best = Math.min(...ratios);
  return verdict(best <= slack, `best of ${RUNS}: ${best.toFixed(2)} times the bare calls`, `${slack} times`);
}

/** @returns True if the value is within its bound. */
async function benchMemory(): Promise<boolean> {
  const { prompts, concurrency, latencyMs, mostGrowthMiB } = LARGE;
  print(`\n${prompts} prompts, upstream latency ${latencyMs} ms, concurrency ${concurrency}`);
  return withGateway(LARGE, async (gateway, upstream) => {
    const before = await gateway.memory();
    if (!before) throw new Error('This system does not report the memory of a process.');
    const startedAt = performance.now();
    const { id } = await replicate(gateway, prompts, concurrency);
    print(`  ${seconds(performance.now() - startedAt)}, ${JSON.stringify(upstream.arrivals)}`);
    const after = await gateway.memory();
    print(`  processor ${(await cpuSeconds(gateway)).toFixed(2)} s`);
    await readItems(gateway, id);
    const end = await gateway.memory();
    const growth = (end?.peak ?? Number.NaN) - before.now;
    const mebibytes = [before.now, after?.peak, end?.peak].map((value) => value?.toFixed(0)).join(', ');
    print(
      `  resident before the job, peak during the job, and peak with reading its items: ${mebibytes} MiB`,
    );
    return verdict(growth <= mostGrowthMiB, `grew by ${growth.toFixed(0)} MiB`, `${mostGrowthMiB} MiB`);
  });
}

/** Reads all items in the largest possible pages. */
async function readItems(gateway: GatewayProcess, id: string): Promise<void> {
  const { prompts, page: first } = LARGE;
  const replicas = new Set<string>();
  let [pages, slowest, after]: [number, number, string | null] = [0, 0, null];
  for (let hasNextPage = true; hasNextPage && pages <= prompts / first; pages += 1) {
    const startedAt = performance.now();
    const data = await ask(gateway, ITEMS, { id, first, after });
    slowest = Math.max(slowest, performance.now() - startedAt);
    const page = z.object({ replication: z.object({ items: itemPage }) }).parse(data).replication.items;
    if (page.totalCount !== prompts) throw new Error(`The job has ${page.totalCount} items.`);
    for (const { status, replica } of page.nodes)
      if (replica && status === 'CREATED') replicas.add(replica.id);
    ({ hasNextPage, endCursor: after } = page.pageInfo);
  }
  if (replicas.size !== prompts) throw new Error(`The job has ${replicas.size} replicas.`);
  print(`  its items in ${pages} pages of ${first}, the slowest in ${slowest.toFixed(0)} ms`);
}

function verdict(isWithinBounds: boolean, measured: string, bound: string): boolean {
  print(`  ${isWithinBounds ? 'ok' : 'OVER THE BOUND'}: ${measured}, bound ${bound}`);
  return isWithinBounds;
}

const isFast = await benchTime();
const isLean = await benchMemory();
process.exit(isFast && isLean ? 0 : 1);
