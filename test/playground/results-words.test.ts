import { describe, expect, it } from '@jest/globals';
import { toDisplayErrors } from '../../playground/results/error-messages.js';
import { drawnImages } from '../../playground/results/images.js';
import {
  durationOf,
  hasEnded,
  humanize,
  percentOf,
  progressOf,
  statusLabel,
} from '../../playground/results/labels.js';
import { pauseAfter } from '../../playground/results/retry.js';

describe('errors of a response', () => {
  it('the errors of a response have a message, a path and a retry time', () => {
    const extensions = { code: 'UPSTREAM_RATE_LIMITED', upstream: 'portkey', retryAfter: 7 };
    expect(toDisplayErrors([{ message: 'slow down', path: ['a', 0, 'b'], extensions }], [])).toEqual([
      {
        code: 'UPSTREAM_RATE_LIMITED',
        title: null,
        message: 'slow down',
        location: 'a.0.b',
        more: 0,
        retryAfter: 7,
        concernsKeys: false,
      },
    ]);
  });

  it.each(['UPSTREAM_UNAUTHENTICATED', 'UNAUTHENTICATED', 'FORBIDDEN'])(
    'the errors of a response with the code %s point to the keys',
    (code) => {
      expect(toDisplayErrors([{ message: 'no', extensions: { code } }], [])).toMatchObject([
        { concernsKeys: true },
      ]);
    },
  );

  it('the errors of a response are shown once when they repeat at many paths', () => {
    const extensions = { code: 'UPSTREAM_TIMEOUT', upstream: 'astria' };
    const errors = Array.from({ length: 500 }, (_, n) => ({ message: 'late', path: ['p', n], extensions }));
    const shown = toDisplayErrors([...errors, { message: 'other', extensions }], []);
    expect(shown.map(({ message, location, more }) => [message, location, more])).toEqual([
      ['late', 'p.0', 499],
      ['other', null, 0],
    ]);
  });

  it('the errors of a response list user errors after GraphQL errors, and may lack fields that were not selected', () => {
    const errors = [{ message: 'Syntax Error' }];
    const shown = toDisplayErrors(errors, [
      { code: 'INVALID', message: 'too many', field: ['input', 'steps'] },
      {},
    ]);
    expect(shown.map(({ title, message, location }) => [title, message, location])).toEqual([
      [null, 'Syntax Error', null],
      ['A value is invalid', 'too many', 'input.steps'],
      [null, 'Something went wrong', null],
    ]);
  });
});

describe('progress of a replication', () => {
  const counts = { total: 10, created: 2, updated: 0, skipped: 1, failed: 1, pending: 6, undone: 0 };

  it.each([
    [
      'counts the items that are no longer pending',
      'RUNNING',
      false,
      counts,
      { done: 4, failed: 1, total: 10 },
    ],
    [
      'is complete at the end',
      'COMPLETED',
      false,
      { ...counts, pending: 0 },
      { done: 10, failed: 1, total: 10 },
    ],
    [
      'counts the deleted replicas during an undo',
      'UNDOING',
      false,
      { ...counts, undone: 2 },
      { done: 2, failed: 0, total: 4 },
    ],
    ['is null for a plan', 'PLANNED', true, counts, null],
    ['is null while the sources are being read', 'PLANNING', false, counts, null],
    ['is null when the counts were not selected', 'RUNNING', false, { total: 10 }, null],
    ['is null when nothing is known', undefined, undefined, undefined, null],
  ] as const)('%s', (_name, status, dryRun, known, expected) => {
    expect(progressOf(status, dryRun, known)).toEqual(expected);
  });

  it('the progress of a replication is 100% only at the end', () => {
    expect(percentOf({ done: 999, failed: 0, total: 1000 })).toBe(99);
    expect(percentOf({ done: 1000, failed: 0, total: 1000 })).toBe(100);
    expect(percentOf({ done: 0, failed: 0, total: 0 })).toBe(100);
  });

  it('the progress of a replication ends with a final status', () => {
    expect(['RUNNING', 'WAITING', 'CANCELLING', 'UNDOING', undefined].filter(hasEnded)).toEqual([]);
    expect(['PLANNED', 'COMPLETED', 'INTERRUPTED', 'CANCELLED'].every(hasEnded)).toBe(true);
  });
});

it.each([
  [0, '0 s'],
  [59, '59 s'],
  [125, '2 min 5 s'],
  [3_780, '1 h 3 min'],
])('a duration of %d seconds is shown as %s', (seconds, words) => expect(durationOf(seconds)).toBe(words));

it('an enum value is shown in words', () => expect(humanize('NOT_YET_DONE')).toBe('Not yet done'));

it.each([
  ['RUNNING', 3, 'Running'],
  ['COMPLETED', 0, 'Completed'],
  ['COMPLETED', 3, 'Completed, 3 failed'],
])('a replication that is %s with %d failed items is called %s', (status, failed, words) => {
  expect(statusLabel(status, failed)).toBe(words);
});

describe('pauses between attempts', () => {
  const pauses = { first: 1, longest: 15 };
  const asking = (retryAfter: unknown) => ({ message: 'later', extensions: { retryAfter } });

  it('the pauses between attempts double up to the maximum', () => {
    const grown = [1, 2, 3, 4, 5, 6, 2_000].map((failures) => pauseAfter(failures, pauses, []));
    expect(grown).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it.each([
    ['last as long as an error asks for', [asking(40)], 40],
    ['last as long as the largest retryAfter', [asking(20), asking(40), { message: 'late' }], 40],
    ['do not shrink when an error asks for less', [asking(1)], 4],
    ['last at most an hour', [asking(1e12)], 3_600],
    ['ignore an invalid retryAfter', [asking('soon'), asking(-5)], 4],
  ])('%s', (_name, errors, seconds) => expect(pauseAfter(3, pauses, errors)).toBe(seconds));
});

describe('images of a prompt', () => {
  const page = 'http://gateway.lan:4000';

  it.each([
    'https://a.example/1.png',
    'http://127.0.0.1:4001/1.png',
    'http://[::1]:1/1.png',
    `${page}/1.png`,
  ])('the images of a prompt are shown from %s', (url) =>
    expect(drawnImages([url], page)).toEqual([{ key: `0 ${url}`, src: url }]),
  );

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'http://a.example/1.png',
    'http://127.0.0.1.a.example/1.png',
    'http://gateway.lan:5000/1.png',
    '/images/1.png',
    '',
  ])('the images of a prompt are not shown from "%s"', (url) => {
    expect(drawnImages([url], page)).toEqual([{ key: `0 ${url}`, src: null }]);
  });

  it('the images of a prompt are limited to 24, each with a distinct key even when a URL repeats', () => {
    const drawn = drawnImages(Array(30).fill('https://a.example/1.png'), page);
    expect(new Set(drawn.map(({ key }) => key)).size).toBe(24);
    expect(drawnImages(null, page)).toEqual([]);
  });
});
