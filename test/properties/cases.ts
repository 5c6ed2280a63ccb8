import fc from 'fast-check';
import { sampled } from '../support/sampling.js';

// Each run has the same cases. A failure prints the seed and the path to its case.
fc.configureGlobal({ seed: 20_260_801 });

let cases = 0;

/** Number of cases that have run so far. */
export const casesRun = (): number => cases;

/** Checks a property with `numRuns` cases, or with a sample of them. */
export function forAll<T>(arbitrary: fc.Arbitrary<T>, numRuns: number, holds: (value: T) => void): void {
  const property = fc.property(arbitrary, (value) => {
    cases += 1;
    holds(value);
  });
  fc.assert(property, { numRuns: sampled(numRuns) });
}

/** Like `forAll` for asynchronous checks, which run in batches. */
export async function forAllAtOnce<T>(
  arbitrary: fc.Arbitrary<T>,
  numRuns: number,
  holds: (value: T) => Promise<void>,
): Promise<void> {
  const size = 10;
  const property = fc.asyncProperty(
    fc.array(arbitrary, { minLength: size, maxLength: size, size: 'max' }),
    async (values) => {
      cases += values.length;
      await Promise.all(values.map(holds));
    },
  );
  // Batches are not shrunk, because each failure names its own case.
  await fc.assert(property, { numRuns: Math.ceil(sampled(numRuns) / size), endOnFailure: true });
}

const CODE_UNIT = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Strings that often break programs. */
const INFAMOUS = fc.constantFrom(
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'x\udfffy',
  '\ufeff',
  '\u202e',
  '.',
  '..',
  '../..',
  '../../etc/passwd',
  '..%2f..%2f',
  '%2e%2e',
  '%',
  '%00',
  '/',
  '//',
  '\\',
  '?',
  '#',
  '?a=b',
  '0',
  '-1',
  '1e309',
  'NaN',
  'Infinity',
  '99999999999999999999',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '{constructor}',
  '{__proto__}',
  '$&',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '👩‍👩‍👧‍👦',
  'İ',
  'ﬃ',
  '\r\nset-cookie: a=b',
);

/** Any string, including lone surrogates, control characters and very long strings. */
export const TEXT: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: INFAMOUS },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.string({ unit: CODE_UNIT }) },
  { weight: 2, arbitrary: fc.string() },
  {
    weight: 1,
    arbitrary: fc.tuple(INFAMOUS, fc.integer({ min: 1, max: 3_000 })).map(([text, n]) => text.repeat(n)),
  },
);

const NUMBER = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 5e-324, 0.1),
);

/** JSON source, which can contain duplicate keys, `__proto__` and 1e999. */
export const JSON_TEXT: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '1e999', '-1e999', '[]', '{}'),
    NUMBER.map(String),
    TEXT.map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => `[${values.join()}]`),
    fc.array(fc.tuple(TEXT, tie('value')), { maxLength: 4 }).map(objectText),
  ),
})).value;

/** Writes a JSON object with these members, in order. */
export function objectText(members: readonly (readonly [key: string, value: string])[]): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join()}}`;
}

/** Generates objects with some of these fields and a few others. Their values fit or are arbitrary. */
export function objectsWith(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<string> {
  const member = fc
    .constantFrom(...Object.entries(fields))
    .chain(([name, good]) =>
      fc.tuple(
        fc.constant(name),
        fc.oneof({ weight: 3, arbitrary: good.map((value) => JSON.stringify(value)) }, JSON_TEXT),
      ),
    );
  const members = fc.array(fc.oneof({ weight: 9, arbitrary: member }, fc.tuple(TEXT, JSON_TEXT)), {
    maxLength: 12,
  });
  return members.map(objectText);
}
