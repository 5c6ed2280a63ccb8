import { expect, it } from '@jest/globals';
import { safeText } from '../../src/upstream/safe-text.js';

it.each([
  ['must be between 1 and 8', 'must be between 1 and 8'],
  ['see https://api.astria.ai/x?key=1 for more', 'see [address] for more'],
  ['key sd_abc123 is unknown', 'key [key] is unknown'],
  ['pk-abc and vk_def', '[key] and [key]'],
  ['Authorization: Bearer abc.def', 'Authorization: [key]'],
  ['one\ntwo\u0000three\u001b[31m', 'one two three [31m'],
  ['  spaced  ', 'spaced'],
])('%j becomes %j', (words, expected) => {
  expect(safeText(words)).toBe(expected);
});

it('cuts at 300 characters', () => {
  expect(safeText('x'.repeat(300))).toBe('x'.repeat(300));
  expect(safeText('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
  expect(safeText('y'.repeat(1_000_000))).toHaveLength(300);
});
