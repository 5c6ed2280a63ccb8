import { expect, it } from '@jest/globals';
import { failureOf, mayHaveBeenSent } from '../../src/upstream/failures.js';

it.each([
  [400, 'REJECTED'],
  [401, 'UNAUTHENTICATED'],
  [402, 'FORBIDDEN'],
  [403, 'FORBIDDEN'],
  [404, 'NOT_FOUND'],
  [408, 'TIMEOUT'],
  [409, 'CONFLICT'],
  [410, 'NOT_FOUND'],
  [412, 'FORBIDDEN'],
  [418, 'REJECTED'],
  [422, 'REJECTED'],
  [429, 'RATE_LIMITED'],
  [446, 'REJECTED'],
  [500, 'UNAVAILABLE'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'TIMEOUT'],
  [599, 'UNAVAILABLE'],
])('a status of %i is %s', (status, kind) => {
  const faults = [{ field: 'text', message: 'is too long' }];
  const error = failureOf('portkey', false, { type: 'status', status, retryAfterMs: 1500 }, faults);
  expect(error).toMatchObject({
    upstream: 'portkey',
    kind,
    status,
    retryAfterMs: 1500,
    outcomeUnknown: false,
  });
  expect(error.faults).toEqual(['REJECTED', 'CONFLICT'].includes(kind) ? faults : []);
  expect(error.message).toMatch(/Portkey/);
});

it('knows after which failures a write may have been done', () => {
  const unknown = (status: number) =>
    failureOf('astria', true, { type: 'status', status, retryAfterMs: null }, []).outcomeUnknown;
  for (const status of [408, 502, 504]) expect(unknown(status)).toBe(true);
  for (const status of [400, 401, 403, 404, 409, 422, 429, 503]) expect(unknown(status)).toBe(false);
  for (const sent of [true, false]) {
    const write = failureOf('astria', true, { type: 'connection', sent }, []);
    expect(write).toMatchObject({ kind: 'UNAVAILABLE', outcomeUnknown: sent, status: null });
    expect(failureOf('astria', false, { type: 'connection', sent }, []).outcomeUnknown).toBe(false);
  }
});

it('tells connections that were never made from those that were lost', () => {
  const withCode = (code: string) => Object.assign(new Error(code), { code });
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'])
    expect(mayHaveBeenSent(withCode(code))).toBe(false);
  for (const code of ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'])
    expect(mayHaveBeenSent(withCode(code))).toBe(true);
  expect(mayHaveBeenSent(new Error('anything'))).toBe(true);
  expect(mayHaveBeenSent('anything')).toBe(true);
  // As Node reports a name that has several addresses.
  const refused = withCode('ECONNREFUSED');
  expect(mayHaveBeenSent(new AggregateError([refused, refused]))).toBe(false);
  expect(mayHaveBeenSent(new AggregateError([refused, withCode('ECONNRESET')]))).toBe(true);
});
