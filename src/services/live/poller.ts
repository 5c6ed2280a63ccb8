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

/** One subject, for all who follow it: what was seen of it last, and when it is read next. It makes no calls. */
export class Poller {
  readonly subject: Subject<unknown>;
  readonly #viewers = new Set<Viewer>();
  /** Those who were shown nothing yet. */
  readonly #newcomers = new Set<Viewer>();
  #last: { readonly state: unknown; readonly text: string } | null = null;
  #pauses = 0;
  #isReading = false;
  #isNudged = false;
  /** Whether it is to be read once more after the read that is under way. */
  #again = false;
  #next = { from: 0, due: 0 };

  constructor(subject: Subject<unknown>) {
    this.subject = subject;
  }

  /** When it is to be read; Infinity while it is being read. */
  get due(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.due;
  }

  /** From when on it may go along with a read of others; Infinity while it is being read. */
  get from(): number {
    return this.#isReading ? Number.POSITIVE_INFINITY : this.#next.from;
  }

  follow(viewer: Viewer): void {
    this.#viewers.add(viewer);
    if (this.#last && this.subject.startsWithLast !== false) viewer.show(this.#last.state);
    else this.#newcomers.add(viewer);
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
    this.#pauses = 0;
    this.#next = { from: 0, due: 0 };
    // What is being read may be from before the change.
    this.#again = this.#isReading;
  }

  /** A read begins. */
  begin(): void {
    this.#isReading = true;
    this.#again = false;
  }

  /** A read has ended. @returns Whether there is to be another one. */
  take(sighting: Sighting<unknown>, when: Omit<PaceQuestion, 'pauses'>): boolean {
    this.#isReading = false;
    const isLast = sighting instanceof Error ? !this.#canGoOn(sighting) : sighting === null;
    if (isLast) return this.#finish(sighting);
    if (!(sighting instanceof Error)) this.#see(sighting);
    if (!this.#last || this.subject.isSettled(this.#last.state)) return this.#finish();
    if (this.#again) return true;
    const pace = this.#isNudged ? this.subject.paceAfterNudge : this.subject.paceOf(this.#last.state);
    this.#next = nextRead(pace, { ...when, pauses: this.#pauses });
    this.#pauses += 1;
    return true;
  }

  /** Ends it for all who follow it. */
  close(): void {
    this.#finish();
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

  /** The `sighting` is the last one. */
  #finish(sighting?: Sighting<unknown>): false {
    for (const viewer of this.#viewers) {
      if (sighting !== undefined) viewer.show(sighting);
      viewer.end();
    }
    this.#viewers.clear();
    this.#newcomers.clear();
    return false;
  }
}
