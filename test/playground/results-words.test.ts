import { describe, expect, it } from '@jest/globals';
import { faultsOf } from '../../playground/results/faults.js';
import { reasonOf } from '../../playground/results/until-aborted.js';
import { durationOf, hasEnded, humanize, percentOf, progressOf } from '../../playground/results/words.js';

describe('the faults of an answer', () => {
  it('are told in words, with where, whose, and when to try again', () => {
    const extensions = { code: 'UPSTREAM_RATE_LIMITED', upstream: 'portkey', retryAfter: 7 };
    expect(faultsOf([{ message: 'slow down', path: ['a', 0, 'b'], extensions }], [])).toEqual([
      {
        code: 'UPSTREAM_RATE_LIMITED',
        title: 'Too many calls (Portkey)',
        message: 'slow down',
        place: 'a.0.b',
        more: 0,
        retryAfter: 7,
        isOfKeys: false,
      },
    ]);
  });

  it.each(['UPSTREAM_UNAUTHENTICATED', 'UNAUTHENTICATED', 'FORBIDDEN'])('%s leads to the keys', (code) => {
    expect(faultsOf([{ message: 'no', extensions: { code } }], [])).toMatchObject([{ isOfKeys: true }]);
  });

  it('are shown once where many places have the same one', () => {
    const extensions = { code: 'UPSTREAM_TIMEOUT', upstream: 'astria' };
    const errors = Array.from({ length: 500 }, (_, n) => ({ message: 'late', path: ['p', n], extensions }));
    const faults = faultsOf([...errors, { message: 'other', extensions }], []);
    expect(faults.map(({ message, place, more }) => [message, place, more])).toEqual([
      ['late', 'p.0', 499],
      ['other', null, 0],
    ]);
  });

  it('have those of the input after those of the whole, and bear parts that were not asked for', () => {
    const errors = [{ message: 'Syntax Error' }];
    const faults = faultsOf(errors, [
      { code: 'INVALID', message: 'too many', field: ['input', 'steps'] },
      {},
    ]);
    expect(faults.map(({ title, message, place }) => [title, message, place])).toEqual([
      ['Something went wrong', 'Syntax Error', null],
      ['A value cannot be used', 'too many', 'input.steps'],
      ['Something went wrong', '', null],
    ]);
  });
});

describe('the progress of a replication', () => {
  const counts = { total: 10, created: 3, updated: 0, skipped: 1, failed: 0, pending: 6, undone: 0 };

  it.each([
    ['what is no longer pending', 'RUNNING', false, counts, { done: 4, total: 10 }],
    ['all of it at the end', 'COMPLETED', false, { ...counts, pending: 0 }, { done: 10, total: 10 }],
    [
      'what was deleted while it is undone',
      'UNDOING',
      false,
      { ...counts, undone: 2 },
      { done: 2, total: 5 },
    ],
    ['nothing of a plan', 'PLANNED', true, counts, null],
    ['nothing while the sources are read', 'PLANNING', false, counts, null],
    ['nothing where the counts were not asked for', 'RUNNING', false, { total: 10 }, null],
    ['nothing of what is not known at all', undefined, undefined, undefined, null],
  ] as const)('is %s', (_name, status, dryRun, known, expected) => {
    expect(progressOf(status, dryRun, known)).toEqual(expected);
  });

  it('is 100 % only at the end', () => {
    expect(percentOf({ done: 999, total: 1000 })).toBe(99);
    expect(percentOf({ done: 1000, total: 1000 })).toBe(100);
    expect(percentOf({ done: 0, total: 0 })).toBe(100);
  });

  it('has ended where nothing more will come', () => {
    expect(['RUNNING', 'WAITING', 'CANCELLING', 'UNDOING', undefined].filter(hasEnded)).toEqual([]);
    expect(['PLANNED', 'COMPLETED', 'INTERRUPTED', 'CANCELLED'].every(hasEnded)).toBe(true);
  });
});

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [125, '2 min 5 s'],
  [3_780, '1 h 3 min'],
])('%d seconds are %s', (seconds, words) => expect(durationOf(seconds)).toBe(words));

it('enum values are words', () => expect(humanize('NOT_YET_DONE')).toBe('Not yet done'));

it.each([
  ['an error', new Error('no route'), 'no route'],
  ['errors of GraphQL', [{ message: 'one' }, { message: 'two' }], 'one two'],
  ['the close of a socket', { code: 4403, reason: 'Forbidden' }, 'Forbidden'],
  ['one without a reason', { code: 1006, reason: '' }, 'no connection'],
  ['nothing', undefined, 'no connection'],
])('what was thrown has words: %s', (_name, thrown, words) => expect(reasonOf(thrown)).toBe(words));
