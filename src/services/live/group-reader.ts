import { monotonicMs } from '../../domain/clock.js';
import { UpstreamError } from '../../domain/upstream-error.js';
import { GroupReads } from './group-reads.js';
import type { Update } from './poll-target.js';
import type { Poller } from './poller.js';

/** Window in which due reads are combined, in milliseconds, because many followers arrive at the same moment. */
const GATHER_MS = 10;
/** Longest hold in milliseconds, whatever the upstream asks for. Timers cannot exceed 24 days. */
const LONGEST_HOLD_MS = 3_600_000;

/** Times until which the reads of each account are held, because its upstream asked to wait. */
export class RateLimitHolds {
  readonly #holds = new Map<string, { readonly until: number; readonly reason: UpstreamError }>();

  /** Returns the end of an account's hold as a time of {@link monotonicMs}, or 0. */
  until(account: string): number {
    return this.#holds.get(account)?.until ?? 0;
  }

  /** Returns the error that a read would get during a hold, or null. */
  reason(account: string, now: number): UpstreamError | null {
    const held = this.#holds.get(account);
    if (!held || held.until <= now) return null;
    const { upstream, kind, message, status } = held.reason;
    const retryAfterMs = Math.ceil(held.until - now);
    return new UpstreamError(upstream, kind, message, { status, retryAfterMs });
  }

  /** Delays the reads of an account if an error asks for it. */
  hold(account: string, reason: Update<unknown>): void {
    if (!(reason instanceof UpstreamError) || !reason.retryAfterMs) return;
    const now = monotonicMs();
    // A hold outlives its followers, because the upstream's limit still applies.
    for (const [other, { until }] of this.#holds) if (until <= now) this.#holds.delete(other);
    const until = now + Math.min(reason.retryAfterMs, LONGEST_HOLD_MS);
    if (until > this.until(account)) this.#holds.set(account, { until, reason });
  }
}

/** Reads the targets of one group with a single timer. Targets that are due at about the same time share one call. */
export class GroupReader {
  readonly #account: string;
  readonly #holds: RateLimitHolds;
  readonly #ended: (poller: Poller) => void;
  readonly #pollers = new Set<Poller>();
  readonly #reads = new GroupReads();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param ended Called when a poller needs no further reads. */
  constructor(account: string, holds: RateLimitHolds, ended: (poller: Poller) => void) {
    this.#account = account;
    this.#holds = holds;
    this.#ended = ended;
  }

  get isEmpty(): boolean {
    return this.#pollers.size === 0;
  }

  add(poller: Poller): void {
    this.#pollers.add(poller);
  }

  remove(poller: Poller): void {
    this.#pollers.delete(poller);
    if (this.isEmpty) this.#disarm();
  }

  /** Schedules the next read of a poller. */
  schedule(poller: Poller): void {
    this.#arm(this.#timeOf(poller));
  }

  /** Returns the time of the next action for a poller. A hold does not delay viewers that wait for their first state. */
  #timeOf({ due, isAwaited }: Poller): number {
    return isAwaited ? due : Math.max(due, this.#holds.until(this.#account));
  }

  /** Makes the timer fire by a time of {@link monotonicMs}. Infinity means never. */
  #arm(time: number): void {
    const now = monotonicMs();
    const at = Math.max(time, now + GATHER_MS);
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
    const now = monotonicMs() + 1;
    const pollers = [...this.#pollers];
    const held = this.#holds.reason(this.#account, now);
    if (held) this.#hold(pollers, held, now);
    else if (pollers.some(({ due }) => due <= now)) {
      void this.#read(pollers.filter(({ from }) => from <= now));
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const poller of this.#pollers) earliest = Math.min(earliest, this.#timeOf(poller));
    this.#arm(earliest);
  }

  #hold(pollers: readonly Poller[], reason: UpstreamError, now: number): void {
    for (const poller of pollers)
      if (poller.isAwaited && poller.due <= now && !poller.hold(reason)) this.#ended(poller);
  }

  async #read(pollers: readonly Poller[]): Promise<void> {
    const begunAt = monotonicMs();
    for (const poller of pollers) poller.begin(begunAt);
    const updates = await readAll(pollers, this.#reads);
    for (const update of updates) this.#holds.hold(this.#account, update);
    const when = { now: monotonicMs(), random: Math.random() };
    for (const [n, poller] of pollers.entries()) {
      // All viewers may have left during the read.
      if (!this.#pollers.has(poller)) continue;
      if (poller.take(updates[n] ?? null, when)) this.schedule(poller);
      else this.#ended(poller);
    }
  }
}

/** Returns one update per poller, also on errors. */
async function readAll(pollers: readonly Poller[], reads: GroupReads): Promise<readonly Update<unknown>[]> {
  const ids = pollers.map(({ target }) => target.id);
  try {
    // All targets of a group share one way to read.
    return (await pollers[0]?.target.readAll(ids, reads)) ?? [];
  } catch (error) {
    const failure = error instanceof Error ? error : new Error('The read failed.');
    return pollers.map(() => failure);
  }
}
