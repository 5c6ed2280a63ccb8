import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartOf } from './chart.js';
import type { Results } from './measurements.js';
import { tablesOf } from './tables.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const RESULTS = path.join(ROOT, 'bench/RESULTS.md');
const CHART = path.join(ROOT, 'bench/results.svg');
const BEGIN = '<!-- decisions: written by hand, kept by the benchmark -->';
const END = '<!-- end of decisions -->';
const PACKAGES = [
  '@apollo/server',
  '@as-integrations/fastify',
  'dataloader',
  'fastify',
  'graphql',
  'graphql-jit',
  'graphql-yoga',
  'mercurius',
  'undici',
];

const INTRODUCTION = `All servers shared one core and got the same requests in short bursts, in turn. The upstream and the load generator ran on the
other core. A ratio is the median of the ratios to \`plain\` in the same round. CPU time is the time that the kernel accounts to
the process. [README.md](README.md#the-request-path) describes the servers and explains the tables.`;

/** Writes bench/RESULTS.md and its chart. Keeps the section with the decisions. */
export function writeResults(results: Results, command: string): void {
  writeFileSync(CHART, chartOf(results.main));
  const parts = [
    '# Benchmark results',
    INTRODUCTION,
    '![CPU per request by workload and server](results.svg)',
    environment(command),
    tablesOf(results),
    `${BEGIN}\n${decisions()}\n${END}`,
  ];
  writeFileSync(RESULTS, `${parts.join('\n\n')}\n`);
}

/** Lists the date, command, machine and versions. */
function environment(command: string): string {
  const versions = PACKAGES.map((name) => `${name} ${versionOf(name)}`).join(', ');
  return [
    `- date: ${new Date().toISOString().slice(0, 10)}`,
    `- command: \`${command}\``,
    `- machine: ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${process.platform}`,
    `- versions: Node.js ${process.version}, ${versions}`,
  ].join('\n');
}

function versionOf(name: string): string {
  const file = path.join(ROOT, 'node_modules', name, 'package.json');
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
  return version;
}

/** Returns the hand-written section of the file. */
function decisions(): string {
  const [, rest = ''] = readFileSync(RESULTS, 'utf8').split(BEGIN);
  const [section = ''] = rest.split(END);
  if (section.trim() === '')
    throw new Error(`bench/RESULTS.md has lost its section between "${BEGIN}" and "${END}".`);
  return section.trim();
}
