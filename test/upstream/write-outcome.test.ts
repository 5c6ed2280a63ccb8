import { expect, it } from '@jest/globals';
import { type FailedCall, mayBeDone } from '../../src/upstream/write-outcome.js';

const status = (code: number): FailedCall => ({ type: 'status', status: code, retryAfterMs: null });
const STATUSES = Array.from({ length: 300 }, (_, n) => 300 + n);
const OTHERS: FailedCall[] = [
  { type: 'connection', sent: true },
  { type: 'unreadable' },
  { type: 'aborted' },
];

it.each(['POST', 'PUT', 'DELETE'])(
  'a failed %s certainly had no effect only if it was rejected or never sent',
  (method) => {
    const certain = STATUSES.filter((code) => !mayBeDone(method, status(code)));
    expect(certain).toEqual([400, 401, 402, 403, 404, 409, 422, 429]);
    for (const failed of OTHERS) expect(mayBeDone(method, failed)).toBe(true);
    expect(mayBeDone(method, { type: 'connection', sent: false })).toBe(false);
  },
);

it('a failed GET never had an effect', () => {
  for (const failed of [...STATUSES.map(status), ...OTHERS]) expect(mayBeDone('GET', failed)).toBe(false);
});
