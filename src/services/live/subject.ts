import type { GroupReads } from './group-reads.js';
import type { Pace } from './pace.js';

/**
 * One event for a follower: a state, null if the object does not exist or no longer exists, or the error that ended the
 * reads. Null and an error are the last event.
 */
export type Sighting<T> = T | null | Error;

/** An object that is polled until it settles. */
export interface Subject<T> {
  /** Identifies the object and its account, so that accounts share nothing. Each key stands for one type. */
  readonly key: string;
  /** Subjects of one group are read together, by one call of `readAll`. */
  readonly group: string;
  /** Id within the group. */
  readonly id: string;
  /** Account whose rate limit the reads count against. A Retry-After holds all of its groups. */
  readonly account: string;
  /**
   * Reads current states, one per id in the same order; null for a missing object. Must not reference the request that created
   * it: all followers share it, and it outlives that request.
   * @param reads Reads of the group.
   */
  readAll(ids: readonly string[], reads: GroupReads): Promise<readonly Sighting<T>[]>;
  /** Returns true for a final state. */
  isSettled(state: T): boolean;
  /** Returns the poll interval for a state. */
  paceOf(state: T): Pace;
  /** Poll interval after a nudge, until the change shows. */
  readonly paceAfterNudge: Pace;
  /** Returns the part of a state whose changes count. Default: the whole state. */
  changing?(state: T): unknown;
  /**
   * If false, a new follower waits for the next regular read. By default it gets the last state if that is at most one second
   * old, and otherwise triggers an immediate read.
   */
  readonly startsWithLast?: boolean;
}

/** Returns the state of a sighting. @throws The error if it is one. */
export function seen<T>(sighting: Sighting<T>): T | null {
  if (sighting instanceof Error) throw sighting;
  return sighting;
}
