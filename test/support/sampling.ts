// A file named `*.sampled.test.ts` runs a sample of its cases in `npm test`, and all cases in `npm run test:slow`, which
// sets TEST_CASES.

/** True when all cases run. */
export const RUNS_ALL_CASES = process.env.TEST_CASES === 'all';

const SHARE = RUNS_ALL_CASES ? 1 : 0.1;

/** Scales a number of generated cases, or a bound on their results, to the sample. */
export const sampled = (count: number): number => Math.ceil(count * SHARE);

/** Returns all cases or the cases in the sample. */
export function sampleOf<T>(cases: readonly T[], isInSample: (value: T, index: number) => boolean): T[] {
  return cases.filter((value, index) => RUNS_ALL_CASES || isInSample(value, index));
}
