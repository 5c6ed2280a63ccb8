import { describe, expect, it } from '@jest/globals';
import { ExactNumber } from '../../src/domain/exact-number.js';
import { parseJson } from '../../src/upstream/json.js';

/** Parses JSON and serializes it again. */
const copy = (text: string) => JSON.stringify(parseJson(text));

describe('parseJson', () => {
  it.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890123456789',
    '0.12345678901234567890',
    '1e400',
    '-0.0',
    '-0',
    '[-0]',
    '{"a":-1e400}',
    '[1,{"seed":9007199254740993}]',
    '{"__proto__":{"limit":9007199254740993},"constructor":1}',
    '{"a":{"b":[[9223372036854775807,-9223372036854775808]]}}',
  ])('parseJson keeps every digit and key of %s', (text) => {
    expect(copy(text)).toBe(text);
  });

  it.each(['1', '0.1', '-2.5', '1700000000000', '9007199254740991', '0.30000000000000004'])(
    'parseJson reads %s as an ordinary number',
    (text) => {
      expect(parseJson(text)).toBe(Number(text));
    },
  );

  it.each([' 9007199254740993\n', '[\t9007199254740993 ]', '{"a":\r\n9007199254740993}'])(
    'parseJson finds the number in %j',
    (text) => {
      expect(copy(text)).toBe(text.replace(/\s/g, ''));
    },
  );

  it('parseJson reads ordinary numbers next to an exact one', () => {
    expect(parseJson('[1, 2.50, 9007199254740993]')).toEqual([1, 2.5, new ExactNumber('9007199254740993')]);
  });

  it('parseJson uses the last of two equal keys, like JSON.parse', () => {
    expect(parseJson('{"a":9007199254740993,"a":1}')).toEqual({ a: 1 });
  });

  it('parseJson does not change digits inside strings', () => {
    expect(parseJson('{"text":"call 9007199254740993, or :12345678901234567"}')).toEqual({
      text: 'call 9007199254740993, or :12345678901234567',
    });
  });

  it('parseJson reads nesting as deep as JSON.parse without a stack overflow', () => {
    const depth = 50_000;
    expect(() => parseJson(`${'['.repeat(depth)}9007199254740993${']'.repeat(depth)}`)).not.toThrow();
  });

  it('parseJson rejects invalid JSON', () => {
    expect(() => parseJson('{"seed": 9007199254740993')).toThrow(SyntaxError);
  });
});
