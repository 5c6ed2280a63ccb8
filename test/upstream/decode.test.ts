import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { prompt } from '../../src/upstream/astria/decoders.js';
import { decode, flag, integer, text, texts, time, tolerant } from '../../src/upstream/decode.js';

type Logged = { level: string; fields: object; message: string };

function recordingLog() {
  const logged: Logged[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  return { logged, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}

/** Decodes what is fit for it; gives the result and what was logged. */
function decoded<S extends z.ZodType>(schema: S, value: unknown) {
  const { logged, log } = recordingLog();
  return { data: decode(schema, value, { upstream: 'astria', endpoint: 'GET /tunes', log }), logged };
}

/** Decodes; gives the error and what was logged when it fails. */
function failing(
  schema: z.ZodType,
  value: unknown,
  method = 'GET',
): { error: UpstreamError; logged: Logged[] } {
  const { logged, log } = recordingLog();
  try {
    decode(schema, value, { upstream: 'astria', endpoint: 'GET /tunes', log, method });
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
    expect(failing(list, {}, 'POST').error.outcomeUnknown).toBe(true);
  });
});

describe('a tolerant shape', () => {
  const row = tolerant('astria', z.object({ id: z.int(), title: text, steps: integer, eta: time }), ['id']);
  const rows = z.array(row);

  it('is read as any other where all is well, without a line in the log', () => {
    expect(decoded(rows, [{ id: 1, title: 'a', extra: 1 }])).toEqual({
      data: [{ id: 1, title: 'a', steps: null, eta: null }],
      logged: [],
    });
  });

  it('has an error in the place of what is odd, and a line in the log per field, however many rows', () => {
    const odd = [1, 2, 3].map((id) => ({ id, title: `t-${id}`, steps: 1.5, eta: 'the secret' }));
    const { data, logged } = decoded(rows, [...odd, { id: 4, steps: 4 }]);
    expect(data).toMatchObject([
      ...odd.map(({ id, title }) => ({ id, title, steps: { kind: 'BAD_RESPONSE', upstream: 'astria' } })),
      { id: 4, title: null, steps: 4, eta: null },
    ]);
    expect(data[0]?.steps).toBeInstanceOf(UpstreamError);
    const place = { upstream: 'astria', endpoint: 'GET /tunes' };
    expect(logged).toEqual(
      ['steps', 'eta'].map((field) => ({
        level: 'error',
        fields: { ...place, field, reason: expect.any(String) },
        message: 'unexpected field',
      })),
    );
    expect(JSON.stringify([data, logged])).not.toContain('secret');
    expect(decoded(rows, [{ id: 1 }]).logged).toEqual([]);
  });

  it('is refused for a bad required field, and that is what is named', () => {
    const { error, logged } = failing(rows, [
      { id: 1, steps: 'x' },
      { title: 7, id: 'x' },
    ]);
    expect(error.message).toContain('the field 1.id is');
    expect(logged).toEqual([expect.objectContaining({ message: 'unexpected answer' })]);
    expect(failing(rows, [null]).error.message).toContain('the field 0 is');
    expect(failing(row, 'text').error.message).toContain('the body as a whole');
    expect(failing(row, { title: 7 }, 'POST').error.outcomeUnknown).toBe(true);
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

describe('an enum value that the schema lacks', () => {
  const logged: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void logged.push(fields) };
  const read = (style: string) =>
    decode(
      z.array(prompt),
      [
        { id: 1, style },
        { id: 2, style },
      ],
      {
        ...{ upstream: 'astria', endpoint: 'GET /prompts', log },
      },
    );

  it('is logged once per process and word', () => {
    for (const style of ['Fresco', 'Fresco', 'Sgraffito']) read(style);
    expect(logged).toEqual(
      ['Fresco', 'Sgraffito'].map((word) => ({
        upstream: 'astria',
        endpoint: 'GET /prompts',
        field: 'style',
        word,
      })),
    );
  });

  it('is logged without secrets and up to a limit', () => {
    logged.length = 0;
    read('sd_very_secret');
    expect(logged).toEqual([expect.objectContaining({ word: '[key]' })]);
    for (let n = 0; n < 1_100; n += 1) read(`Style ${n}`);
    expect(logged.length).toBeGreaterThan(1);
    expect(logged.length).toBeLessThanOrEqual(1_000);
  });
});
