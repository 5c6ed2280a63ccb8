import { expect, it } from '@jest/globals';
import { type UpstreamError, userErrorCode } from '../../src/domain/upstream-error.js';
import { errorFormatter } from '../../src/graphql/error-mapping.js';
import { failureOf } from '../../src/upstream/failures.js';
import { FAULTS } from './table.js';

const format = errorFormatter({ debug() {}, info() {}, warn() {}, error() {} });
const codeOf = (error: UpstreamError) => format({ message: error.message }, error).extensions?.code;
const STATUSES = Object.entries(FAULTS).filter(([name]) => /^\d+$/.test(name));

it('the table has the statuses that an API documents, and those of what stands before it', () => {
  expect(STATUSES.map(([name]) => Number(name))).toEqual([
    ...[400, 401, 402, 403, 404, 408, 409, 412, 413, 422, 429, 500, 501, 502, 503, 504],
  ]);
});

it.each(STATUSES)('a status of %s has the code of the contract for a read and for a create', (name, row) => {
  for (const upstream of ['astria', 'portkey'] as const) {
    const failed = { type: 'status', status: Number(name), retryAfterMs: null } as const;
    expect(codeOf(failureOf(upstream, 'GET', failed, []))).toBe(row.read);
    const write = failureOf(upstream, 'POST', failed, []);
    expect(userErrorCode(write) ?? codeOf(write)).toBe(row.write);
  }
});

it.each([
  ['was sent', true, 'OUTCOME_UNKNOWN'],
  ['was not sent', false, 'UPSTREAM_UNAVAILABLE'],
])('a create on a connection that failed when it %s', (_name, sent, code) => {
  const write = failureOf('astria', 'POST', { type: 'connection', sent }, []);
  expect(userErrorCode(write) ?? codeOf(write)).toBe(code);
});
