import { describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { prompt, prompts } from '../../src/upstream/astria/decoders.js';
import { type Decoder, decode, type FieldReader, listOf } from '../../src/upstream/decode.js';
import { versions } from '../../src/upstream/portkey/decoders.js';
import { decoded, decodeLogged, refused } from '../support/decoding.js';

const row: Decoder<unknown> = (value, reader) => {
  const raw = reader.object(value);
  return {
    id: reader.natural(raw.id, 'id'),
    title: reader.string(raw.title, 'title'),
    steps: reader.int32(raw.steps, 'steps'),
    eta: reader.time(raw.eta, 'eta'),
  };
};
const rows = listOf(row);
const PLACE = { upstream: 'astria', endpoint: 'GET /objects' };

describe('rejected response', () => {
  it('a rejected response is logged with its endpoint and field, but without values', () => {
    const { error, logged } = refused(rows, [{ id: 1 }, { id: { secret: 'value' } }]);
    expect(error).toMatchObject({ kind: 'BAD_RESPONSE', upstream: 'astria', outcomeUnknown: false });
    expect(error.message).toContain('the field 1.id is not as documented');
    const fields = { ...PLACE, field: '1.id', reason: expect.any(String) };
    expect(logged).toEqual([{ level: 'error', fields, message: 'Unexpected response.' }]);
    expect(JSON.stringify([error.message, logged])).not.toContain('secret');
  });

  it.each([[{ error: 'no list' }], ['text'], [null], [undefined]])(
    'a rejected response is reported as a whole if it is %j',
    (body) => {
      const { error, field } = refused(rows, body);
      expect(error.message).toContain('the body is not as documented');
      expect(field).toBeNull();
    },
  );

  it.each([
    [[{ version: 1, id: 'a' }, { version: 'x' }], '1.prompt_version'],
    [{ data: [{ version: 1, id: 'a' }, { version: 2 }] }, 'data.1.prompt_version_id'],
    [{ data: [null] }, 'data.0'],
    [{}, 'data'],
    ['text', null],
  ])('a rejected response is reported by the field of the closest format: %j, %s', (body, field) => {
    expect(refused(versions, body).field).toBe(field);
  });

  it.each(['POST', 'PUT', 'DELETE'])(
    'a rejected response leaves the outcome of a %s request unknown',
    (method) => {
      expect(refused(rows, {}, { method }).error.outcomeUnknown).toBe(true);
    },
  );

  it('a rejected response is reported by its required field, whatever else is invalid', () => {
    const { error, logged } = refused(rows, [
      { id: 1, steps: 'x' },
      { title: 7, id: 'x' },
    ]);
    expect(error.message).toContain('the field 1.id is');
    expect(logged).toEqual([expect.objectContaining({ message: 'Unexpected response.' })]);
    expect(refused(rows, [null]).field).toBe('0');
    expect(refused(row, 'text').field).toBeNull();
  });

  it('a rejected response does not hide an error of the decoder', () => {
    const broken: Decoder<void> = () => {
      throw new TypeError('a bug');
    };
    expect(() => decodeLogged(broken, {})).toThrow(new TypeError('a bug'));
  });
});

describe('invalid field', () => {
  it('an invalid field is the only reason for a log line', () => {
    expect(decodeLogged(rows, [{ id: 1, title: 'a', extra: 1 }])).toEqual({
      data: [{ id: 1, title: 'a', steps: undefined, eta: null }],
      error: null,
      logged: [],
    });
  });

  it('an invalid field becomes an error, and one log line however many rows have it', () => {
    const odd = [1, 2, 3].map((id) => ({ id, title: `t-${id}`, steps: 1.5, eta: 'the secret' }));
    const { data, logged } = decodeLogged(rows, [...odd, { id: 4, steps: 4 }]);
    const invalid = { kind: 'BAD_RESPONSE', upstream: 'astria' };
    expect(data).toMatchObject([
      ...odd.map(({ id, title }) => ({ id, title, steps: invalid, eta: invalid })),
      { id: 4, title: undefined, steps: 4, eta: null },
    ]);
    expect(data?.[0]).toHaveProperty('steps', expect.any(UpstreamError));
    expect(logged).toEqual(
      ['steps', 'eta'].map((field) => ({
        level: 'error',
        fields: { ...PLACE, field, reason: expect.any(String) },
        message: 'Unexpected field.',
      })),
    );
    expect(JSON.stringify([data, logged])).not.toContain('secret');
    expect(decodeLogged(rows, [{ id: 1 }]).logged).toEqual([]);
  });

  it('an invalid field keeps an existing error and is not logged again', () => {
    const error = new UpstreamError('astria', 'BAD_RESPONSE', 'known');
    const { data, logged } = decodeLogged(row, { id: 1, title: error, eta: error });
    expect(data).toEqual({ id: 1, title: error, steps: undefined, eta: error });
    expect(logged).toEqual([]);
  });
});

type Kind = 'string' | 'int32' | 'integer' | 'number' | 'boolean' | 'strings' | 'time';

function read(kind: Kind, value: unknown): unknown {
  return decoded((given, reader: FieldReader) => reader[kind](given, 'field'), value);
}

describe('field reader', () => {
  it.each<[name: string, Kind, given: unknown, expected: unknown]>([
    ['a string', 'string', 'a', 'a'],
    ['null as a string', 'string', null, null],
    ['an absent string', 'string', undefined, undefined],
    ['a 32-bit integer', 'int32', -3, -3],
    ['the largest integer of GraphQL', 'int32', 2 ** 31 - 1, 2 ** 31 - 1],
    ['the smallest integer of GraphQL', 'int32', -(2 ** 31), -(2 ** 31)],
    ['a long integer', 'integer', 2 ** 53 - 1, 2 ** 53 - 1],
    ['a number', 'number', 0.5, 0.5],
    ['a boolean', 'boolean', false, false],
    ['strings', 'strings', ['a'], ['a']],
    ['an empty list', 'strings', [], []],
    ['null as strings', 'strings', null, null],
    ['a time', 'time', '2026-08-01T12:00:00.000Z', '2026-08-01T12:00:00.000Z'],
    ['a time with an offset', 'time', '2026-08-01T12:00:00+02:00', '2026-08-01T10:00:00.000Z'],
    ['a time in the notation of Rails', 'time', '2026-08-01 12:00:00 UTC', '2026-08-01T12:00:00.000Z'],
    // Independent of the local time zone.
    ['a time without a zone', 'time', '2026-08-01T12:00:00', '2026-08-01T12:00:00.000Z'],
    ['a time without a zone, with a space', 'time', '2026-08-01 12:00:00.5', '2026-08-01T12:00:00.500Z'],
    ['a time as a number', 'time', 1_785_585_600_000, '2026-08-01T12:00:00.000Z'],
    ['an empty time', 'time', '', null],
    ['null as a time', 'time', null, null],
  ])('a field reader accepts %s', (_name, kind, given, expected) => {
    expect(read(kind, given)).toEqual(expected);
  });

  it.each<[name: string, Kind, given: unknown]>([
    ['a number as a string', 'string', 1],
    ['a string as an integer', 'int32', '1'],
    ['a fraction as an integer', 'int32', 1.5],
    ['an integer above the range of GraphQL', 'int32', 2 ** 31],
    ['an integer below the range of GraphQL', 'int32', -(2 ** 31) - 1],
    ['an integer that a double cannot represent exactly', 'integer', 2 ** 53],
    ['infinity', 'number', Number.POSITIVE_INFINITY],
    ['a number as a boolean', 'boolean', 1],
    ['null among strings', 'strings', ['a', null]],
    ['a string as strings', 'strings', 'a'],
    ['a word as a time', 'time', 'tomorrow'],
    ['a number outside the range of times', 'time', 8.64e15 + 1],
    ['a boolean as a time', 'time', true],
  ])('a field reader rejects %s', (_name, kind, given) => {
    expect(read(kind, given)).toMatchObject({
      kind: 'BAD_RESPONSE',
      message: expect.stringContaining('field'),
    });
  });
});

describe('enum value that the schema lacks', () => {
  const logged: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void logged.push(fields) };
  const from = { upstream: 'astria', endpoint: 'GET /prompts', log } as const;
  const readStyle = (style: string) =>
    decode(
      prompts,
      [1, 2].map((id) => ({ id, style })),
      from,
    );

  it('an enum value that the schema lacks is logged once per process', () => {
    for (const style of ['Fresco', 'Fresco', 'Sgraffito']) readStyle(style);
    expect(logged).toEqual(
      ['Fresco', 'Sgraffito'].map((word) => ({
        upstream: 'astria',
        endpoint: 'GET /prompts',
        field: 'style',
        word,
      })),
    );
  });

  it('an enum value that the schema lacks is not logged if it is empty', () => {
    expect(decodeLogged(prompt, { id: 1, style: '' })).toMatchObject({ data: { style: null }, logged: [] });
  });

  it('an enum value that the schema lacks is logged without secrets and up to a limit', () => {
    logged.length = 0;
    readStyle('sd_very_secret');
    expect(logged).toEqual([expect.objectContaining({ word: '[key]' })]);
    for (let n = 0; n < 1_100; n += 1) readStyle(`Style ${n}`);
    expect(logged.length).toBeGreaterThan(1);
    expect(logged.length).toBeLessThanOrEqual(1_000);
  });
});
