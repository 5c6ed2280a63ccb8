import { expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { type UpstreamError, userErrorCode } from '../../src/domain/upstream-error.js';
import { errorFormatter, MASKED } from '../../src/graphql/error-mapping.js';
import { failureOf } from '../../src/upstream/errors.js';
import { FAULTS } from './table.js';

const logged: unknown[] = [];
const format = errorFormatter({ debug() {}, info() {}, warn() {}, error: (details) => logged.push(details) });
const codeOf = (error: UpstreamError) => format({ message: error.message }, error).extensions?.code;
const STATUSES = Object.entries(FAULTS).filter(([name]) => /^\d+$/.test(name));

it('the fault table has the statuses of the APIs and of the proxies before them', () => {
  expect(STATUSES.map(([name]) => Number(name))).toEqual([
    ...[400, 401, 402, 403, 404, 408, 409, 412, 413, 422, 429, 500, 501, 502, 503, 504],
  ]);
});

it.each(STATUSES)(
  'status %s has its documented error code for a read and for a create request',
  (name, row) => {
    for (const upstream of ['astria', 'portkey'] as const) {
      const failed = { type: 'status', status: Number(name), retryAfterMs: null } as const;
      expect(codeOf(failureOf(upstream, 'GET', failed, []))).toBe(row.read);
      const write = failureOf(upstream, 'POST', failed, []);
      expect(userErrorCode(write) ?? codeOf(write)).toBe(row.write);
    }
  },
);

it.each([
  ['after it was sent', true, 'OUTCOME_UNKNOWN'],
  ['before it was sent', false, 'UPSTREAM_UNAVAILABLE'],
])('a create request has the error code of its outcome when its connection fails %s', (_name, sent, code) => {
  const write = failureOf('astria', 'POST', { type: 'connection', sent }, []);
  expect(userErrorCode(write) ?? codeOf(write)).toBe(code);
});

it('an internal error is logged, and shows a client nothing of its cause', () => {
  const cause = new TypeError('sd_secret at http://internal.example/srv/app.ts:12');
  const error = new GraphQLError(cause.message, { path: ['tunes'], originalError: cause });
  const shown = format(
    { message: error.message, path: ['tunes'], extensions: { secret: 'sd_secret' } },
    error,
  );
  expect(shown).toEqual({
    message: MASKED,
    path: ['tunes'],
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
  expect(logged).toMatchObject([{ path: ['tunes'], err: { name: 'TypeError' } }]);
});
