// A file whose name ends in `.sampled.test.ts` runs twice: with a sample of its cases in `npm test`, and with all of them in
// `npm run test:slow`, which sets TEST_CASES.

/** True when all cases run. */
export const RUNS_ALL_CASES = process.env.TEST_CASES === 'all';

const SHARE = RUNS_ALL_CASES ? 1 : 0.1;

/** Returns how many of so many generated cases run, and scales a bound on what they have found. */
export const sampled = (count: number): number => Math.ceil(count * SHARE);

/** Returns all cases, or those that belong to the sample. */
export function sampleOf<T>(cases: readonly T[], isInSample: (value: T, index: number) => boolean): T[] {
  return cases.filter((value, index) => RUNS_ALL_CASES || isInSample(value, index));
}
