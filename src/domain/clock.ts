/** Returns milliseconds since the start of this process, by a clock that nobody can set. Use it for durations. */
export function monotonicMs(): number {
  return performance.now();
}

/** Returns Unix milliseconds. The clock can be set at any moment, so compare them only with another machine's clock. */
export function wallClockMs(): number {
  return Date.now();
}

/** Returns a time to show in ISO 8601, `inMs` milliseconds from now. */
export function timestamp(inMs = 0): string {
  return new Date(Date.now() + inMs).toISOString();
}
