/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
}

/** One page of a list with offset pagination. `offsets` holds the position of each item, in the same order. */
export interface OffsetPage<T> extends Page<T> {
  readonly offsets: readonly number[];
  /** Total number of items; null if the upstream does not report it. */
  readonly total: number | null;
}
