import { describe, expect, it } from '@jest/globals';
import { UpstreamError, type UpstreamErrorKind } from '../../../src/domain/upstream-error.js';
import { itemError } from '../../../src/services/replication/copier.js';
import { isFatal } from '../../../src/services/replication/persist.js';

const failure = (kind: UpstreamErrorKind, details?: ConstructorParameters<typeof UpstreamError>[3]) =>
  new UpstreamError('portkey', kind, 'Portkey said no', details);

it.each<[UpstreamErrorKind, boolean, string]>([
  ['KEY_MISSING', true, 'UNAUTHENTICATED'],
  ['UNAUTHENTICATED', true, 'UPSTREAM_UNAUTHENTICATED'],
  ['FORBIDDEN', true, 'FORBIDDEN'],
  ['CANCELLED', true, 'UPSTREAM_UNAVAILABLE'],
  ['NOT_FOUND', false, 'NOT_FOUND'],
  ['CONFLICT', false, 'CONFLICT'],
  ['REJECTED', false, 'UPSTREAM_REJECTED'],
  ['RATE_LIMITED', false, 'UPSTREAM_RATE_LIMITED'],
  ['TIMEOUT', false, 'UPSTREAM_TIMEOUT'],
  ['UNAVAILABLE', false, 'UPSTREAM_UNAVAILABLE'],
  ['BAD_RESPONSE', false, 'UPSTREAM_BAD_RESPONSE'],
])('%s ends the job: %s; its code is %s', (kind, fatal, code) => {
  expect(isFatal(failure(kind))).toBe(fatal);
  expect(itemError(failure(kind))).toEqual({ code, message: 'Portkey said no' });
});

describe('itemError', () => {
  it('tells the upstream’s own complaints', () => {
    const faults = [
      { field: null, message: 'string is too long' },
      { field: 'model', message: 'model is unknown' },
    ];
    const { message } = itemError(failure('REJECTED', { faults }));
    expect(message).toBe('string is too long; model is unknown');
  });

  it('says of an unknown outcome how to find out', () => {
    const { code, message } = itemError(failure('TIMEOUT', { outcomeUnknown: true }));
    expect(code).toBe('OUTCOME_UNKNOWN');
    expect(message).toMatch(/Portkey said no.*run the same replication again/);
  });
});
