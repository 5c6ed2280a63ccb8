/** Returns the milliseconds since this process started, from a clock that cannot be set. Use it for durations. */
export function monotonicMs(): number {
  return performance.now();
}

/** Returns Unix milliseconds. This clock can be set at any moment, so compare only with the clocks of other machines. */
export function wallClockMs(): number {
  return Date.now();
}

/** Returns the time `inMs` milliseconds from now in ISO 8601, for display. */
export function timestamp(inMs = 0): string {
  return new Date(Date.now() + inMs).toISOString();
}
