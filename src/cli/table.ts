import stringWidth from 'string-width';
import { escapeControlCharacters, type Output } from './terminal.js';

export interface Column {
  readonly title: string;
  /** Maximum width, beyond which cells are wrapped. Columns without a limit, such as ids, are never wrapped. */
  readonly limit?: number;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Draws a table. Widths are in terminal columns, because some characters take two columns and some none. */
export function drawTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    columns.map(({ limit }, index) =>
      wrap(escapeControlCharacters(row[index] ?? ''), limit ?? Number.POSITIVE_INFINITY),
    ),
  );
  const widths = columns.map(({ title }, index) => {
    const lines = [title, ...cells.flatMap((row) => row[index] ?? [])];
    return Math.max(...lines.map((line) => stringWidth(line)));
  });
  const rule = (left: string, middle: string, right: string) =>
    `${left}${widths.map((width) => '─'.repeat(width + 2)).join(middle)}${right}`;
  const header = columns.map(({ title }) => [title]);
  const lines = [
    rule('┌', '┬', '┐'),
    ...drawRow(header, widths),
    ...(rows.length > 0 ? [rule('├', '┼', '┤')] : []),
    ...cells.flatMap((row) => drawRow(row, widths)),
    rule('└', '┴', '┘'),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function drawRow(cells: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, n) => {
    const drawn = widths.map((width, index) => padded(cells[index]?.[n] ?? '', width));
    return `│ ${drawn.join(' │ ')} │`;
  });
}

const padded = (text: string, width: number) => text + ' '.repeat(width - stringWidth(text));

/** Breaks a string at spaces, and long words between graphemes. Returns at least one line. */
function wrap(text: string, limit: number): string[] {
  if (stringWidth(text) <= limit) return [text];
  const lines = [''];
  for (const word of text.split(/\s+/).filter((each) => each !== '')) {
    const [first = '', ...rest] = pieces(word, limit);
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = first;
    else if (stringWidth(`${line} ${first}`) <= limit) lines[lines.length - 1] = `${line} ${first}`;
    else lines.push(first);
    lines.push(...rest);
  }
  return lines;
}

function pieces(word: string, limit: number): string[] {
  const found = [''];
  for (const { segment } of graphemes.segment(word)) {
    const piece = found.at(-1) ?? '';
    if (piece !== '' && stringWidth(piece + segment) > limit) found.push(segment);
    else found[found.length - 1] = piece + segment;
  }
  return found;
}

/** Returns the line width in columns: that of the terminal (at least 60), or 120 without one. */
export function lineWidth({ isTTY, columns }: Output): number {
  return isTTY ? Math.max(60, columns ?? 80) : 120;
}
