/** A stretch of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
}

/** A stretch of a list that is addressed by position; `offset` is the position of each item, in the same order. */
export interface OffsetPage<T> extends Page<T> {
  readonly offsets: readonly number[];
  /** How many there are in all, null where the upstream does not tell. */
  readonly total: number | null;
}
