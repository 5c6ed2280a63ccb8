import { stringify } from 'csv-stringify/sync';
import { ExitStatus } from './failure.js';
import { commandLine } from './gateway-client.js';
import { type Item, type Job, readItems } from './operations.js';
import type { Session } from './session.js';
import { drawTable, lineWidth } from './table.js';
import { escapeControlCharacters, info, type Output, type Terminal } from './terminal.js';

const MAX_FAILURES = 20;
/** Codes of errors that a retry cannot fix. */
const PERMANENT_CODES = new Set(['INVALID', 'REQUIRED', 'CONFLICT', 'VERIFICATION_FAILED']);

/** Reports the outcome of a replication, with the mapping on stdout. @returns The exit status. */
export async function reportOutcome(session: Session, job: Job, format: FormatFlags): Promise<number> {
  const { client, terminal, interrupted } = session;
  const items = await readItems(client, job.id);
  const isRetryable = items.some(({ error }) => error && !PERMANENT_CODES.has(error.code));
  info(terminal, summaryOf(job, commandLine(client, 'resume', job.id), isRetryable));
  if (job.error) info(terminal, `  Reason: ${job.error.message}`);
  writeMapping(terminal, items, format);
  reportFailures(terminal, items);
  if (interrupted.aborted) return ExitStatus.interrupted;
  return job.status === 'COMPLETED' && job.counts.failed === 0 ? ExitStatus.done : ExitStatus.failed;
}

/** Lists the failed items with their errors. */
export function reportFailures(terminal: Terminal, items: readonly Item[]): void {
  const failed = items.filter(({ status }) => status === 'FAILED');
  for (const { source, error } of failed.slice(0, MAX_FAILURES))
    info(terminal, `  Failed: ${source.name ?? source.id}: ${error?.message ?? 'Unknown error.'}`);
  if (failed.length > MAX_FAILURES) info(terminal, `  ... and ${failed.length - MAX_FAILURES} more`);
}

const STATUS_LABELS: Partial<Record<Job['status'], string>> = {
  COMPLETED: 'Completed',
  CANCELLED: 'Cancelled',
  FAILED: 'Stopped',
  INTERRUPTED: 'Interrupted',
  UNDONE: 'Undone',
};

/** Returns the counts in words, without zeros. */
export function countsInWords(counts: Job['counts']): string[] {
  const order = ['created', 'pending', 'updated', 'skipped', 'failed', 'undone'] as const;
  return order.filter((name) => counts[name] > 0).map((name) => `${counts[name]} ${name}`);
}

function summaryOf({ status, counts }: Job, resume: string, isRetryable: boolean): string {
  const { created, pending, ...others } = counts;
  const first =
    status === 'CANCELLED' || pending > 0 ? `${created} created, ${pending} pending` : `${created} created`;
  const numbers = [first, ...countsInWords({ ...others, created: 0, pending: 0 })].join(', ');
  const summary = `${STATUS_LABELS[status] ?? status}: ${numbers}.`;
  if (status === 'UNDONE') return summary;
  if (status !== 'COMPLETED') return `${summary} Continue with: ${resume}`;
  return counts.failed > 0 && isRetryable ? `${summary} Retry the failed items with: ${resume}` : summary;
}

/** Format of a result. The default is a table on a terminal and CSV in a pipe. */
export interface FormatFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** CSV columns by JSON field. */
const COLUMNS = {
  sourceId: 'source_id',
  sourceName: 'source_name',
  replicaId: 'replica_id',
  replicaSlug: 'replica_slug',
  replicaName: 'replica_name',
  action: 'action',
  status: 'status',
  error: 'error',
} as const;

type MappingRow = Readonly<Record<keyof typeof COLUMNS, string | null>>;

const MAX_ROWS = 20;

/** Writes the mapping of source prompts to replicas to stdout. */
export function writeMapping(terminal: Terminal, items: readonly Item[], { json, csv }: FormatFlags): void {
  const { stdout } = terminal;
  if (json) stdout.write(toJson(items.map(toRow)));
  else if (csv || !stdout.isTTY) stdout.write(toCsv(items, stdout));
  else if (items.length > 0) {
    stdout.write(drawMapping(items.slice(0, MAX_ROWS), stdout));
    const hidden = items.length - MAX_ROWS;
    if (hidden > 0) info(terminal, `... and ${hidden} more. Use --csv or --json to write them all.`);
  }
}

/** Formats a value as JSON. Also escapes the control characters that JSON allows but a terminal would interpret. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  const escaped = text.replace(/[\u007f-\u009f\p{Bidi_Control}]/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `${escaped}\n`;
}

function toRow({ source, replica, replicaName, action, status, error }: Item): MappingRow {
  return {
    sourceId: source.id,
    sourceName: source.name,
    replicaId: replica?.id ?? null,
    replicaSlug: replica?.slug ?? null,
    replicaName,
    action,
    status,
    error: error && `${error.code}: ${error.message}`,
  };
}

function toCsv(items: readonly Item[], { isTTY }: Output): string {
  const cast = { string: (value: string) => (isTTY ? escapeControlCharacters(value) : value) };
  // A spreadsheet would execute a name that begins like a formula.
  return stringify(items.map(toRow), { header: true, columns: COLUMNS, escape_formulas: true, cast });
}

function drawMapping(items: readonly Item[], output: Output): string {
  const limit = Math.max(16, Math.floor((lineWidth(output) - ID_STATUS_AND_BORDERS) / 2));
  return drawTable(
    [{ title: 'prompt', limit }, { title: 'replica', limit }, { title: 'replica id' }, { title: 'status' }],
    items.map(({ source, replica, replicaName, status }) => [
      source.name ?? source.id,
      replicaName,
      replica?.id ?? '',
      status.toLowerCase(),
    ]),
  );
}

/** Width of the id and status columns, the borders and the padding. */
const ID_STATUS_AND_BORDERS = 36 + 8 + 13;
