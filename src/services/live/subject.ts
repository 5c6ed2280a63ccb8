import type { GroupReads } from './group-reads.js';
import type { Pace } from './pace.js';

/**
 * What a follower is given: a state; null where there is none, or none any more; or the error that the reads ended
 * with. After null and after an error nothing follows.
 */
export type Sighting<T> = T | null | Error;

/** Something that is followed until it settles. */
export interface Subject<T> {
  /** Names it and the account that it is read under: nothing is shared between accounts. One key is of one type. */
  readonly key: string;
  /** What it is read together with: subjects of one group are read by one call of `readAll`. */
  readonly group: string;
  /** Its name in the group. */
  readonly id: string;
  /** Whose rate limit the reads count for: a Retry-After holds all of its groups. */
  readonly account: string;
  /**
   * Reads present states, one per id in their order; null where there is none. It must not hold on to the request that
   * it comes from: it outlives that, as it is used for all followers.
   * @param reads Of the group.
   */
  readAll(ids: readonly string[], reads: GroupReads): Promise<readonly Sighting<T>[]>;
  /** Whether it will change no more. */
  isSettled(state: T): boolean;
  /** How often it is read, as it is now. */
  paceOf(state: T): Pace;
  /** How often it is read once it is known to have changed, as long as that is not seen. */
  readonly paceAfterNudge: Pace;
  /** What of it counts as a change. All of it, when omitted. */
  changing?(state: T): unknown;
  /**
   * False: a new follower waits for the next read at its pace, even where the last one was a moment ago. Default true: it
   * is given the last state where that is at most a second old, and else there is a read for it at once.
   */
  readonly startsWithLast?: boolean;
}

/** What was seen. @throws the error that there is in place of it. */
export function seen<T>(sighting: Sighting<T>): T | null {
  if (sighting instanceof Error) throw sighting;
  return sighting;
}
