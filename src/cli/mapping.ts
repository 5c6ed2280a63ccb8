import { stringify } from 'csv-stringify/sync';
import type { Item } from './operations.js';
import { drawTable, lineWidth } from './table.js';
import { type Output, printable, say, type Terminal } from './terminal.js';

/** How a command writes its result; without either it is a table on a terminal and CSV in a pipe. */
export interface FormatFlags {
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** The columns of the CSV, and the fields of the JSON. */
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

/** Writes to stdout which prompt was replicated to which. */
export function writeMapping(terminal: Terminal, items: readonly Item[], { json, csv }: FormatFlags): void {
  const { stdout } = terminal;
  if (json) stdout.write(toJson(items.map(toRow)));
  else if (csv || !stdout.isTTY) stdout.write(toCsv(items.map(toRow), stdout));
  else if (items.length > 0) {
    stdout.write(drawMapping(items.slice(0, MAX_ROWS), stdout));
    const hidden = items.length - MAX_ROWS;
    if (hidden > 0) say(terminal, `... and ${hidden} more: --csv or --json writes all of them`);
  }
}

/** JSON that does nothing to a terminal: what JSON leaves as it is and a terminal obeys is escaped. */
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

function toCsv(rows: readonly MappingRow[], output: Output): string {
  const shown = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([field, value]) => [field, output.isTTY && value ? printable(value) : value]),
    ),
  );
  // A name can begin like a formula, and a spreadsheet would carry it out.
  return stringify(shown, { header: true, columns: COLUMNS, escape_formulas: true });
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

/** The width of an id and a status, and of all that is between the cells. */
const ID_STATUS_AND_BORDERS = 36 + 8 + 13;
