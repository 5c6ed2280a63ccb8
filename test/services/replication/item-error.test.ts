import { describe, expect, it } from '@jest/globals';
import { UpstreamError, type UpstreamErrorKind } from '../../../src/domain/upstream-error.js';
import { itemError } from '../../../src/services/replication/jobs/job-errors.js';

const failure = (kind: UpstreamErrorKind, details?: ConstructorParameters<typeof UpstreamError>[3]) =>
  new UpstreamError('portkey', kind, 'Portkey said no', details);

it.each<[UpstreamErrorKind, string]>([
  ['KEY_MISSING', 'UNAUTHENTICATED'],
  ['UNAUTHENTICATED', 'UPSTREAM_UNAUTHENTICATED'],
  ['FORBIDDEN', 'FORBIDDEN'],
  ['CANCELLED', 'CANCELLED'],
  ['NOT_FOUND', 'NOT_FOUND'],
  ['CONFLICT', 'CONFLICT'],
  ['REJECTED', 'UPSTREAM_REJECTED'],
  ['RATE_LIMITED', 'UPSTREAM_RATE_LIMITED'],
  ['TIMEOUT', 'UPSTREAM_TIMEOUT'],
  ['UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
  ['BAD_RESPONSE', 'UPSTREAM_BAD_RESPONSE'],
])('an upstream error of the kind %s is recorded with the code %s', (kind, code) => {
  expect(itemError(failure(kind))).toEqual({ code, message: 'Portkey said no.' });
});

describe('itemError', () => {
  it('itemError includes the field errors of the upstream', () => {
    const fieldErrors = [
      { field: null, message: 'string is too long' },
      { field: 'model', message: 'model is unknown' },
    ];
    const { message } = itemError(failure('REJECTED', { fieldErrors }));
    expect(message).toBe('Portkey rejected the request: string is too long; model is unknown.');
  });

  it('itemError explains how to resolve an unknown outcome', () => {
    const { code, message } = itemError(failure('TIMEOUT', { outcomeUnknown: true }));
    expect(code).toBe('OUTCOME_UNKNOWN');
    expect(message).toMatch(/Portkey said no\. .*Resume the replication/);
  });
});
