import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { decode, flag, integer, text, texts, time } from '../../src/upstream/decode.js';

type Logged = { level: string; fields: object; message: string };

/** Decodes; gives the error and what was logged when it fails. */
function failing(
  schema: z.ZodType,
  value: unknown,
  isWrite = false,
): { error: UpstreamError; logged: Logged[] } {
  const logged: Logged[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  try {
    decode(schema, value, { upstream: 'astria', endpoint: 'GET /tunes', log, isWrite });
  } catch (error) {
    if (error instanceof UpstreamError) return { error, logged };
    throw error;
  }
  throw new Error('it was taken');
}

const list = z.array(z.object({ id: z.int(), title: text }));

describe('decode', () => {
  it('names the field and the endpoint of what is not as documented, and shows no value', () => {
    const { error, logged } = failing(list, [{ id: 1 }, { id: 2, title: { secret: 'value' } }]);
    expect(error).toMatchObject({ kind: 'BAD_RESPONSE', upstream: 'astria', outcomeUnknown: false });
    expect(error.message).toContain('1.title');
    expect(logged).toEqual([
      {
        level: 'error',
        fields: expect.objectContaining({ upstream: 'astria', endpoint: 'GET /tunes', field: '1.title' }),
        message: 'unexpected answer',
      },
    ]);
    expect(JSON.stringify([error.message, logged])).not.toContain('secret');
  });

  it('names the whole where no field is to blame', () => {
    expect(failing(list, { error: 'no list' }).error.message).toContain('the body as a whole');
    expect(failing(list, undefined).error.kind).toBe('BAD_RESPONSE');
  });

  it('names the field in the shape that comes closest, of several', () => {
    const either = z.union([list, z.object({ data: list })]);
    expect(failing(either, { data: [{ id: 1 }, { id: 'x' }] }).error.message).toContain('data.1.id');
    expect(failing(either, [{ id: 'x' }]).error.message).toContain('0.id');
    expect(failing(either, 'text').error.message).toContain('the body as a whole');
  });

  it('says of a write that its outcome is not known', () => {
    expect(failing(list, {}, true).error.outcomeUnknown).toBe(true);
  });
});

describe('the kinds of values', () => {
  const yes: [string, z.ZodType, unknown, unknown][] = [
    ['text', text, 'a', 'a'],
    ['no text', text, null, null],
    ['absent text', text, undefined, null],
    ['an integer', integer, -3, -3],
    ['the largest integer of GraphQL', integer, 2 ** 31 - 1, 2 ** 31 - 1],
    ['a flag', flag, false, false],
    ['texts', texts, ['a'], ['a']],
    ['no texts', texts, null, []],
    ['a time', time, '2026-08-01T12:00:00.000Z', '2026-08-01T12:00:00.000Z'],
    ['a time with an offset', time, '2026-08-01T12:00:00+02:00', '2026-08-01T10:00:00.000Z'],
    ['a time in words of Rails', time, '2026-08-01 12:00:00 UTC', '2026-08-01T12:00:00.000Z'],
    // Whatever the time zone of this machine is.
    ['a time of no zone', time, '2026-08-01T12:00:00', '2026-08-01T12:00:00.000Z'],
    ['a time of no zone, with a space', time, '2026-08-01 12:00:00.5', '2026-08-01T12:00:00.500Z'],
    ['a time as a number', time, 1_785_585_600_000, '2026-08-01T12:00:00.000Z'],
    ['an empty time', time, '', null],
    ['no time', time, null, null],
  ];
  it.each(yes)('take %s', (_name, schema, value, expected) => {
    expect(schema.parse(value)).toEqual(expected);
  });

  const no: [string, z.ZodType, unknown][] = [
    ['a number for text', text, 1],
    ['text for an integer', integer, '1'],
    ['a fraction for an integer', integer, 1.5],
    ['more than GraphQL has room for', integer, 2 ** 31],
    ['a number for a flag', flag, 1],
    ['null among texts', texts, ['a', null]],
    ['text for texts', texts, 'a'],
    ['no point in time', time, 'tomorrow'],
    ['a flag for a time', time, true],
  ];
  it.each(no)('refuse %s', (_name, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
