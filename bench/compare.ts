import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CONTESTANTS, type Contestant, startContestant } from './compare/contestants.js';
import { pinToLoadCore, UpstreamProcess } from './compare/processes.js';
import { compare, type Figures } from './compare/rounds.js';
import { WORKLOADS } from './compare/workloads.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    gateway: { type: 'string', default: fileURLToPath(new URL('../src/main.js', import.meta.url)) },
    only: { type: 'string', default: '' },
    workloads: { type: 'string', default: '' },
    connections: { type: 'string', default: '16' },
    credentials: { type: 'string', default: '1000' },
    burst: { type: 'string', default: '800' },
    rounds: { type: 'string', default: '7' },
  },
});

const write = (line: string) => process.stdout.write(`${line}\n`);
pinToLoadCore(process.pid);
const names = CONTESTANTS.filter((name) => values.only === '' || values.only.split(',').includes(name));
const upstream = await UpstreamProcess.start(names.length);
const contestants: Contestant[] = [];
for (const [index, name] of names.entries()) {
  contestants.push({ name, server: await startContestant(name, upstream.ports[index] ?? 0, values.gateway) });
}
try {
  for (const { name, server } of contestants)
    write(
      `${name.padEnd(12)} started in ${server.startedInMs.toFixed(0)} ms, RSS ${server.memory().now.toFixed(0)} MB`,
    );
  for (const workload of WORKLOADS.filter(
    ({ name }) => values.workloads === '' || values.workloads.includes(name),
  )) {
    const conditions = {
      workload,
      connections: Number(values.connections),
      credentials: Number(values.credentials),
      rounds: Number(values.rounds),
      burstMs: Number(values.burst),
    };
    write(`\n${workload.name}: ${workload.title}`);
    for (const figures of await compare(contestants, upstream, conditions)) write(line(figures));
  }
  for (const { name, server } of contestants)
    write(`${name.padEnd(12)} RSS ${server.memory().now.toFixed(0)} MB`);
} finally {
  upstream.stop();
  await Promise.all(contestants.map(({ server }) => server.stop()));
}

function line(figures: Figures): string {
  const { name, cpuRatio, cpuMs, rateRatio, perSecond, p50Ms, p99Ms, upstreamCalls, refused, requests } =
    figures;
  return [
    name.padEnd(12),
    `CPU ${cpuRatio.toFixed(2)} (${cpuMs.toFixed(3)} ms)`,
    `rate ${rateRatio.toFixed(2)} (${perSecond.toFixed(0)}/s)`,
    `p50 ${p50Ms.toFixed(2)} p99 ${p99Ms.toFixed(2)} ms`,
    `calls ${upstreamCalls.toFixed(2)}`,
    `refused ${((100 * refused) / (refused + requests)).toFixed(1)}%`,
  ].join('  ');
}
