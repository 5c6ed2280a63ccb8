import { UpstreamError, type UpstreamErrorKind } from '../../domain/upstream-error.js';
import { nextRead, type PaceQuestion } from './pace.js';
import type { Sighting, Subject } from './subject.js';

/** One who is shown what is read. */
export interface Viewer {
  show(sighting: Sighting<unknown>): void;
  end(): void;
}

/** These will not be better the next time; everything else may. */
const FINAL: ReadonlySet<UpstreamErrorKind> = new Set(['KEY_MISSING', 'UNAUTHENTICATED', 'FORBIDDEN']);
/** What was read within this time is the present state; for who comes later there is a read of its own. */
const FRESH_MS = 1_000;
const AT_ONCE = { from: 0, due: 0 };

/** One subject, for all who follow it: what was seen of it last, and when it is read next. It makes no calls. */
export class Poller {
  readonly #viewers = new Set<Viewer>();
  /** Those who were shown nothing yet. */
  readonly #newcomers = new Set<Viewer>();
  #last: { readonly state: unknown; readonly text: string } | null = null;
  /** When the newest read began: what it brings is as old as that. */
  #readAt = Number.NEGATIVE_INFINITY;
  #endedAt = Number.NEGATIVE_INFINITY;
  #pauses = 0;
  #isReading = false;
  #isNudged = false;
  /** Whether the read is one for newcomers, before its time. */
  #isExtra = false;
  /** Whether it is to be read once more after the read that is under way. */
  #again = false;
  #next = AT_ONCE;

  constructor(readonly subject: Subject<unknown>) {}

  /** When it is to be read; Infinity while it is being read. */
  get due(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.due;
  }

  /** From when on it may go along with a read of others; Infinity while it is being read. */
  get from(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.from;
  }

  /** Whether somebody waits for the next read who was shown nothing yet. */
  get isAwaited(): boolean {
    return this.#newcomers.size > 0;
  }

  /** @param now A time of the clock of `begin`. */
  follow(viewer: Viewer, now: number): void {
    this.#viewers.add(viewer);
    const isFresh = now - this.#readAt <= FRESH_MS;
    if (this.subject.startsWithLast === false) this.#newcomers.add(viewer);
    else if (this.#last && !this.#isReading && isFresh) viewer.show(this.#last.state);
    else {
      this.#newcomers.add(viewer);
      // What a slow read brings may be old already: there is another one right after it.
      if (this.#isReading) this.#again ||= !isFresh;
      else if (this.#last && this.#next.due > Math.max(now, this.#endedAt + FRESH_MS)) {
        this.#isExtra = true;
        const at = this.#endedAt + FRESH_MS;
        this.#next = { from: at, due: at };
      }
    }
  }

  /** @returns Whether anybody is left. */
  leave(viewer: Viewer): boolean {
    this.#viewers.delete(viewer);
    this.#newcomers.delete(viewer);
    return this.#viewers.size > 0;
  }

  /** It is known to have changed. */
  nudge(): void {
    this.#isNudged = true;
    this.#isExtra = false;
    this.#pauses = 0;
    this.#next = AT_ONCE;
    // What is being read may be from before the change.
    this.#again = this.#isReading;
  }

  /** A read begins. */
  begin(now: number): void {
    this.#readAt = now;
    this.#isReading = true;
    this.#again = false;
  }

  /** A read has ended. @returns Whether there is to be another one. */
  take(sighting: Sighting<unknown>, when: Omit<PaceQuestion, 'pauses'>): boolean {
    this.#isReading = false;
    this.#endedAt = when.now;
    const isLast = sighting instanceof Error ? !this.#canGoOn(sighting) : sighting === null;
    if (isLast) return this.close(sighting);
    if (sighting instanceof Error) this.#showLast();
    else this.#see(sighting);
    if (!this.#last || this.subject.isSettled(this.#last.state)) return this.close();
    if (this.#again) this.#next = AT_ONCE;
    else this.#plan(this.#last.state, when);
    return true;
  }

  /**
   * It cannot be read for a while: those who wait are given what there is.
   * @param reason In place of a state, where none was read.
   * @returns Whether it is to be read later.
   */
  hold(reason: Error): boolean {
    if (!this.#last) return this.close(reason);
    this.#showLast();
    return true;
  }

  /** Ends the subject for all viewers, after a last sighting if there is one. @returns false: no further read is needed. */
  close(sighting?: Sighting<unknown>): false {
    for (const viewer of this.#viewers) {
      if (sighting !== undefined) viewer.show(sighting);
      viewer.end();
    }
    this.#viewers.clear();
    this.#newcomers.clear();
    return false;
  }

  /** A read before its time makes the pauses no longer: else many newcomers would lead to few reads. */
  #plan(state: unknown, when: Omit<PaceQuestion, 'pauses'>): void {
    const pace = this.#isNudged ? this.subject.paceAfterNudge : this.subject.paceOf(state);
    const pauses = this.#isExtra ? Math.max(0, this.#pauses - 1) : this.#pauses;
    this.#next = nextRead(pace, { ...when, pauses });
    this.#pauses = pauses + 1;
    this.#isExtra = false;
  }

  /** Once something was seen, trouble that may pass is waited for. */
  #canGoOn(error: Error): boolean {
    return this.#last !== null && error instanceof UpstreamError && !FINAL.has(error.kind);
  }

  #see(state: unknown): void {
    const text = JSON.stringify(this.subject.changing ? this.subject.changing(state) : state);
    const viewers = text === this.#last?.text ? this.#newcomers : this.#viewers;
    this.#last = { state, text };
    for (const viewer of viewers) viewer.show(state);
    this.#newcomers.clear();
  }

  #showLast(): void {
    if (!this.#last) return;
    for (const viewer of this.#newcomers) viewer.show(this.#last.state);
    this.#newcomers.clear();
  }
}
