import { UpstreamError, type UpstreamErrorKind } from '../../domain/upstream-error.js';
import { nextRead, type PollState } from './poll-interval.js';
import type { PollTarget, Update } from './poll-target.js';

/** A subscriber. */
export interface Viewer {
  show(update: Update<unknown>): void;
  end(): void;
}

/** Permanent errors. All others may be temporary. */
const FINAL: ReadonlySet<UpstreamErrorKind> = new Set(['KEY_MISSING', 'UNAUTHENTICATED', 'FORBIDDEN']);
/** Time for which a state counts as current, in milliseconds. Later viewers trigger a new read. */
const FRESH_MS = 1_000;
const IMMEDIATELY = { from: 0, due: 0 };

/** State of one target for all of its viewers: the last state, and the time of the next read. Makes no calls. */
export class Poller {
  readonly #viewers = new Set<Viewer>();
  /** Viewers that have not received a state yet. */
  readonly #pendingViewers = new Set<Viewer>();
  #last: { readonly state: unknown; readonly text: string } | null = null;
  /** Start of the newest read, which determines the age of its result. */
  #readAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;
  #pauses = 0;
  #isReading = false;
  #isInvalidated = false;
  /** True if the next read is an early one for new viewers. */
  #isExtra = false;
  /** True if another read must follow the one in progress. */
  #again = false;
  #next = IMMEDIATELY;

  constructor(readonly target: PollTarget<unknown>) {}

  /** Time of the next read; Infinity during a read. */
  get due(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.due;
  }

  /** Time from which it can join another read of its group; Infinity during a read. */
  get from(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.from;
  }

  /** True while a viewer without a state waits for the next read. */
  get isAwaited(): boolean {
    return this.#pendingViewers.size > 0;
  }

  /** Adds a viewer. @param now Time by the same clock as in `begin`. */
  follow(viewer: Viewer, now: number): void {
    this.#viewers.add(viewer);
    const isFresh = now - this.#readAt <= FRESH_MS;
    if (this.target.startsWithLast === false) this.#pendingViewers.add(viewer);
    else if (this.#last && !this.#isReading && isFresh) viewer.show(this.#last.state);
    else {
      this.#pendingViewers.add(viewer);
      // The result of a slow read may already be old, so another read follows.
      if (this.#isReading) this.#again ||= !isFresh;
      else if (this.#last && this.#next.due > Math.max(now, this.#endedAt + FRESH_MS)) {
        this.#isExtra = true;
        const at = this.#endedAt + FRESH_MS;
        this.#next = { from: at, due: at };
      }
    }
  }

  /** Removes a viewer. @returns true if any viewers are left. */
  leave(viewer: Viewer): boolean {
    this.#viewers.delete(viewer);
    this.#pendingViewers.delete(viewer);
    return this.#viewers.size > 0;
  }

  /** Schedules an immediate read, because the target is known to have changed. */
  invalidate(): void {
    this.#isInvalidated = true;
    this.#isExtra = false;
    this.#pauses = 0;
    this.#next = IMMEDIATELY;
    // The read in progress may return the state before the change.
    this.#again = this.#isReading;
  }

  /** Marks the start of a read. */
  begin(now: number): void {
    this.#readAt = now;
    this.#isReading = true;
    this.#again = false;
  }

  /** Handles the result of a read. @returns true if another read is needed. */
  take(update: Update<unknown>, when: Omit<PollState, 'pauses'>): boolean {
    this.#isReading = false;
    this.#endedAt = when.now;
    const isLast = update instanceof Error ? !this.#canContinue(update) : update === null;
    if (isLast) return this.close(update);
    if (update instanceof Error) this.#showLast();
    else this.#show(update);
    if (!this.#last || this.target.isSettled(this.#last.state)) return this.close();
    if (this.#again) this.#next = IMMEDIATELY;
    else this.#plan(this.#last.state, when);
    return true;
  }

  /**
   * Gives waiting viewers the last state, because the target cannot be read for a while.
   * @param reason Error for the viewers if no state is known; the target ends then.
   * @returns true if a later read is needed.
   */
  hold(reason: Error): boolean {
    if (!this.#last) return this.close(reason);
    this.#showLast();
    return true;
  }

  /** Ends the target for all viewers, after a last update if there is one. @returns false, because no further read is needed. */
  close(update?: Update<unknown>): false {
    for (const viewer of this.#viewers) {
      if (update !== undefined) viewer.show(update);
      viewer.end();
    }
    this.#viewers.clear();
    this.#pendingViewers.clear();
    return false;
  }

  /** Schedules the next read. An early read does not lengthen the pauses, so that many new viewers do not cause fewer reads. */
  #plan(state: unknown, when: Omit<PollState, 'pauses'>): void {
    const interval = this.#isInvalidated
      ? this.target.intervalAfterInvalidation
      : this.target.intervalOf(state);
    const pauses = this.#isExtra ? Math.max(0, this.#pauses - 1) : this.#pauses;
    this.#next = nextRead(interval, { ...when, pauses });
    this.#pauses = pauses + 1;
    this.#isExtra = false;
  }

  /** Returns true if a state is known and the error may pass. */
  #canContinue(error: Error): boolean {
    return this.#last !== null && error instanceof UpstreamError && !FINAL.has(error.kind);
  }

  #show(state: unknown): void {
    const text = JSON.stringify(this.target.changing ? this.target.changing(state) : state);
    const viewers = text === this.#last?.text ? this.#pendingViewers : this.#viewers;
    this.#last = { state, text };
    for (const viewer of viewers) viewer.show(state);
    this.#pendingViewers.clear();
  }

  #showLast(): void {
    if (!this.#last) return;
    for (const viewer of this.#pendingViewers) viewer.show(this.#last.state);
    this.#pendingViewers.clear();
  }
}
