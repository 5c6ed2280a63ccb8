/** Returns Unix milliseconds of the emulated APIs' clock. */
export function wallClockMs(): number {
  return Date.now();
}

/** Returns a time of the emulated APIs in ISO 8601, `inMs` milliseconds from now. */
export function timestamp(inMs = 0): string {
  return new Date(Date.now() + inMs).toISOString();
}

/** Returns milliseconds by a clock that nobody can set, for durations. */
export function monotonicMs(): number {
  return performance.now();
}
