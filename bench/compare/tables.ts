import type { Results } from './measurements.js';
import type { Figures, Measurement } from './rounds.js';

type Row = readonly string[];

/** Builds a Markdown table with aligned columns. */
function table(head: Row, rows: readonly Row[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), 3),
  );
  const line = (cells: Row) =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** Formats a number with three significant digits. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const ratio = (value: number) => value.toFixed(2);

/** Builds a table of the CPU per request of each server, relative to the reference. */
function ratios(measurements: readonly Measurement[], label: (measurement: Measurement) => string): string {
  const names = measurements[0]?.figures.map(({ name }) => name) ?? [];
  const rows = measurements.map((measurement) => [
    label(measurement),
    ...measurement.figures.map(({ cpuRatio }) => ratio(cpuRatio)),
  ]);
  return table(['CPU per request, plain = 1', ...names], rows);
}

function details(measurements: readonly Measurement[], label: (measurement: Measurement) => string): string {
  const head = [
    'workload and server',
    'CPU ratio',
    'CPU ms',
    'per s',
    'p50 ms',
    'p99 ms',
    'calls',
    'refused',
  ];
  const row = (name: string, figures: Figures) => [
    name,
    ratio(figures.cpuRatio),
    short(figures.cpuMs),
    short(figures.perSecond),
    short(figures.p50Ms),
    short(figures.p99Ms),
    short(figures.upstreamCalls),
    String(figures.refused),
  ];
  const rows = measurements.flatMap((measurement) =>
    measurement.figures.map((figures) => row(`${label(measurement)}, ${figures.name}`, figures)),
  );
  return table(head, rows);
}

const byName = ({ workload }: Measurement) => workload.name;
const byTitle = ({ workload }: Measurement) => `${workload.name}: ${workload.title}`;
const byConnections = ({ workload, connections }: Measurement) =>
  `${workload.name}, connections: ${connections}`;

function sizes({ starts, memory }: Results): string {
  const rows = starts.map(({ name, startedInMs, idleMebibytes }) => {
    const used = memory.find((figures) => figures.name === name);
    const mebibytes = [idleMebibytes, used?.after ?? Number.NaN, used?.peak ?? Number.NaN];
    return [name, startedInMs.toFixed(0), ...mebibytes.map((value) => value.toFixed(0))];
  });
  return table(['server', 'start ms', 'idle MiB', 'after load MiB', 'peak MiB'], rows);
}

/** Builds a table of the time that each server adds to the upstream's time for one tune at one connection. */
function overhead({ connections, upstreamP50Ms }: Results): string {
  const alone = connections.find(({ workload, connections }) => workload.name === 'W3' && connections === 1);
  const rows =
    alone?.figures.map(({ name, p50Ms }) => [name, short(p50Ms), short(p50Ms - upstreamP50Ms)]) ?? [];
  return table(['server', 'p50 ms', 'added ms'], [['upstream alone', short(upstreamP50Ms), '0'], ...rows]);
}

function uploads(results: Results): string {
  const rows = results.uploads.map(({ name, megabytesPerSecond, cpuSeconds, peakMebibytes }) => [
    name,
    megabytesPerSecond.toFixed(0),
    cpuSeconds.toFixed(2),
    peakMebibytes.toFixed(0),
  ]);
  return table(['server', 'MB per s', 'CPU s', 'peak MiB'], rows);
}

/** Builds all tables of a run in Markdown. */
export function tablesOf(results: Results): string {
  const { main, oneCredential, growth, connections } = results;
  const section = (title: string, ...parts: readonly string[]) => [`## ${title}`, ...parts].join('\n\n');
  const sections = [
    section('Operations: 16 connections, 1 000 credentials', ratios(main, byTitle), details(main, byName)),
    section('One tune at one connection', overhead(results)),
    section('Start-up and memory', sizes(results)),
    section('Upload of an image of 200 MB', uploads(results)),
  ];
  if (growth.length > 0) sections.push(section('Growth', ratios(growth, byTitle), details(growth, byTitle)));
  sections.push(
    section('Connections', ratios(connections, byConnections), details(connections, byConnections)),
  );
  if (oneCredential.length > 0)
    sections.push(section('One credential', ratios(oneCredential, byTitle), details(oneCredential, byName)));
  return sections.join('\n\n');
}
