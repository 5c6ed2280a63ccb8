import { expect, it } from '@jest/globals';
import { failureOf } from '../../src/upstream/errors.js';

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
])('the status %i becomes an error of the kind %s', (status, kind) => {
  const fieldErrors = [{ field: 'text', message: 'is too long' }];
  const error = failureOf('portkey', 'GET', { type: 'status', status, retryAfterMs: 1500 }, fieldErrors);
  expect(error).toMatchObject({
    upstream: 'portkey',
    kind,
    status,
    retryAfterMs: 1500,
    outcomeUnknown: false,
  });
  expect(error.fieldErrors).toEqual(['REJECTED', 'CONFLICT'].includes(kind) ? fieldErrors : []);
  expect(error.message).toMatch(/Portkey/);
});
