import { describe, expect, it } from '@jest/globals';
import stringWidth from 'string-width';
import { drawTable } from '../../src/cli/table.js';

const LIMIT = 10;
const linesOf = (cell: string) => {
  const lines = drawTable([{ title: 'name', limit: LIMIT }, { title: 'id' }], [[cell, '1']]).trimEnd();
  return lines.split('\n');
};

/** The lines of the first cell, without padding. */
const cellOf = (cell: string) =>
  linesOf(cell)
    .slice(3, -1)
    .map((line) => line.split('│')[1]?.trim());

describe('table', () => {
  it('a table has a frame, a header, and rows without lines between them', () => {
    const drawn = drawTable(
      [{ title: 'id' }, { title: 'name' }],
      [
        ['1', 'a'],
        ['22', 'beta'],
      ],
    );
    expect(drawn.split('\n')).toEqual([
      '┌────┬──────┐',
      '│ id │ name │',
      '├────┼──────┤',
      '│ 1  │ a    │',
      '│ 22 │ beta │',
      '└────┴──────┘',
      '',
    ]);
  });

  it('a table wraps at spaces, and splits only words that are too long for a line', () => {
    expect(cellOf('one two three four')).toEqual(['one two', 'three four']);
    expect(cellOf('a very-long-word')).toEqual(['a', 'very-long-', 'word']);
  });

  it.each([
    ['wide characters', '日本語の名前はとても長いです', ['日本語の名', '前はとても', '長いです']],
    [
      'combining marks',
      'e\u0301'.repeat(25),
      ['e\u0301'.repeat(10), 'e\u0301'.repeat(10), 'e\u0301'.repeat(5)],
    ],
    ['joined emoji', '👩‍👩‍👧‍👦'.repeat(7), ['👩‍👩‍👧‍👦'.repeat(5), '👩‍👩‍👧‍👦'.repeat(2)]],
    ['flags', '🇩🇪'.repeat(6), ['🇩🇪'.repeat(5), '🇩🇪']],
  ])('a table keeps %s intact and loses none', (_what, cell, expected) => {
    expect(cellOf(cell)).toEqual(expected);
  });

  it.each(['日本語', 'हिन्दी में नाम', 'ชื่อที่ยาวมาก', '👩‍👩‍👧‍👦 family', 'plain', ''])(
    'a table has lines of equal width with the cell %j',
    (cell) => {
      expect(new Set(linesOf(cell).map((line) => stringWidth(line))).size).toBe(1);
    },
  );
});
