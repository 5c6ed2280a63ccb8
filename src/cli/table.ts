import Table from 'cli-table3';
import { type Output, printable } from './terminal.js';

export interface Column {
  readonly title: string;
  /** The widest it gets, in characters; what is longer is wrapped. Without it nothing is: an id must stay whole. */
  readonly limit?: number;
}

/** Draws a table, ended by a line feed. */
export function drawTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    row.map((cell, index) => breakWords(printable(cell), columns[index]?.limit)),
  );
  const table = new Table({
    head: columns.map(({ title }) => title),
    colWidths: columns.map(({ title, limit }, index) => {
      const longest = Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0));
      return limit !== undefined && longest > limit ? limit + PADDING : null;
    }),
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  table.push(...cells.map((row) => [...row]));
  return `${table.toString()}\n`;
}

const PADDING = 2;

/** Lets long words be wrapped, which would be cut off otherwise. */
function breakWords(text: string, limit: number | undefined): string {
  return limit === undefined ? text : text.replace(new RegExp(`\\S{${limit}}(?=\\S)`, 'gu'), '$& ');
}

/** The characters of a line: of the terminal, or what can be read where there is none. */
export function lineWidth({ isTTY, columns }: Output): number {
  return isTTY ? Math.max(60, columns ?? 80) : 120;
}
