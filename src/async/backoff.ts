/** Pauses between repeated attempts. Each is `factor` times as long as the one before, up to `ceilingMs`. */
export interface Backoff {
  readonly firstMs: number;
  /** Longest pause, excluding its random part. */
  readonly ceilingMs: number;
  /** Defaults to 2. */
  readonly factor?: number;
  /** Maximum random part, relative to the pause: 0.25 adds up to a quarter. Defaults to 0. */
  readonly jitter?: number;
}

/**
 * Returns the pause after a number of failed attempts, at least 1, in milliseconds. Pure.
 * @param random A random number in [0, 1).
 */
export function backoffMs(
  { firstMs, ceilingMs, factor = 2, jitter = 0 }: Backoff,
  failures: number,
  random: number,
): number {
  return Math.round(Math.min(firstMs * factor ** (failures - 1), ceilingMs) * (1 + jitter * random));
}
