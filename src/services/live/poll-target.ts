import type { GroupReads } from './group-reads.js';
import type { PollInterval } from './poll-interval.js';

/**
 * One event for a follower: a state, null if the object does not exist or no longer exists, or the error that ended the
 * reads. Null and an error are the last event.
 */
export type Update<T> = T | null | Error;

/** An object that is polled until it settles. */
export interface PollTarget<T> {
  /** Identifies the object and its account, so that accounts share nothing. Each key stands for one type. */
  readonly key: string;
  /** Targets of one group are read together, by one call of `readAll`. */
  readonly group: string;
  /** Id within the group. */
  readonly id: string;
  /** Account whose rate limit the reads count against. A Retry-After holds all of its groups. */
  readonly account: string;
  /**
   * Reads current states, one per id in the same order; null for a missing object. Must not reference the request that created
   * it, because all followers share it.
   * @param reads Reads of the group.
   */
  readAll(ids: readonly string[], reads: GroupReads): Promise<readonly Update<T>[]>;
  /** Returns true for a final state. */
  isSettled(state: T): boolean;
  /** Returns the poll interval for a state. */
  intervalOf(state: T): PollInterval;
  /** Poll interval after an invalidation, until the change shows. */
  readonly intervalAfterInvalidation: PollInterval;
  /** Returns the part of a state whose changes count. Defaults to the whole state. */
  changing?(state: T): unknown;
  /**
   * If false, a new follower waits for the next regular read. By default it gets the last state if that is at most one second
   * old, and otherwise triggers an immediate read.
   */
  readonly startsWithLast?: boolean;
}

/** Returns the state of an update. @throws The error if it is one. */
export function unwrapUpdate<T>(update: Update<T>): T | null {
  if (update instanceof Error) throw update;
  return update;
}
