import { UpstreamError } from '../../domain/upstream-error.js';
import type { Poller } from './poller.js';
import type { Sighting } from './subject.js';

/** What falls due within this time is read together, in milliseconds: many followers come in the same moment. */
const GATHER_MS = 10;
/** However long an upstream asks to wait, it is asked again after an hour; a timer takes no more than 24 days. */
const LONGEST_HOLD_MS = 3_600_000;

/** Milliseconds of a clock that nobody sets. */
const clock = () => performance.now();

/** Until when the reads of each account are held, as its upstream has asked for. */
export class Holds {
  readonly #until = new Map<string, number>();

  /** A time of the clock; 0 where nothing is held. */
  until(account: string): number {
    return this.#until.get(account) ?? 0;
  }

  hold(account: string, ms: number): void {
    const now = clock();
    // A hold is kept when nobody follows anything any more, as it still holds.
    for (const [other, until] of this.#until) if (until <= now) this.#until.delete(other);
    this.#until.set(account, Math.max(this.until(account), now + Math.min(ms, LONGEST_HOLD_MS)));
  }
}

/** Reads the subjects of one group, those that are due at about the same time by one call, with one timer for all. */
export class GroupReader {
  readonly #account: string;
  readonly #holds: Holds;
  readonly #ended: (poller: Poller) => void;
  readonly #pollers = new Set<Poller>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param ended Is called when there is nothing more to be seen of one. */
  constructor(account: string, holds: Holds, ended: (poller: Poller) => void) {
    this.#account = account;
    this.#holds = holds;
    this.#ended = ended;
  }

  get isEmpty(): boolean {
    return this.#pollers.size === 0;
  }

  add(poller: Poller): void {
    this.#pollers.add(poller);
    this.schedule(poller);
  }

  remove(poller: Poller): void {
    this.#pollers.delete(poller);
    if (this.isEmpty) this.#disarm();
  }

  /** Has a poller read when it is due. */
  schedule({ due }: Poller): void {
    this.#arm(due);
  }

  /** Sees to it that the timer fires at a time of the clock, or before; Infinity is never. */
  #arm(due: number): void {
    const now = clock();
    const at = Math.max(due, now + GATHER_MS, this.#holds.until(this.#account));
    if (at >= this.#timerAt) return;
    this.#disarm();
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#readDue(), at - now);
  }

  #disarm(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #readDue(): void {
    this.#disarm();
    // A timer may fire a little early.
    const now = clock() + 1;
    const pollers = [...this.#pollers];
    const isHeld = this.#holds.until(this.#account) > now;
    if (!isHeld && pollers.some(({ due }) => due <= now)) {
      void this.#read(pollers.filter(({ from }) => from <= now));
    }
    const next = pollers.reduce((earliest, { due }) => Math.min(earliest, due), Number.POSITIVE_INFINITY);
    this.#arm(next);
  }

  async #read(pollers: readonly Poller[]): Promise<void> {
    for (const poller of pollers) poller.begin();
    const sightings = await readAll(pollers);
    for (const sighting of sightings) {
      if (sighting instanceof UpstreamError && sighting.retryAfterMs)
        this.#holds.hold(this.#account, sighting.retryAfterMs);
    }
    const when = { now: clock(), random: Math.random() };
    for (const [n, poller] of pollers.entries()) {
      // Nobody may have waited for it to the end.
      if (!this.#pollers.has(poller)) continue;
      if (poller.take(sightings[n] ?? null, when)) this.schedule(poller);
      else this.#ended(poller);
    }
  }
}

/** One sighting per poller, whatever happens. */
async function readAll(pollers: readonly Poller[]): Promise<readonly Sighting<unknown>[]> {
  try {
    // Those of a group read alike.
    const read = await pollers[0]?.subject.readAll(pollers.map(({ subject }) => subject.id));
    return read ?? [];
  } catch (error) {
    const failure = error instanceof Error ? error : new Error('a read has failed');
    return pollers.map(() => failure);
  }
}
