/** Returns the time of the emulated APIs in Unix milliseconds. */
export function wallClockMs(): number {
  return Date.now();
}

/** Returns the time `inMs` milliseconds from now in ISO 8601, by the clock of the emulated APIs. */
export function timestamp(inMs = 0): string {
  return new Date(Date.now() + inMs).toISOString();
}

/** Returns milliseconds of a monotonic clock, for durations. */
export function monotonicMs(): number {
  return performance.now();
}
