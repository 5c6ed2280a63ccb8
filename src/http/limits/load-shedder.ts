import type { ServerResponse } from 'node:http';
import { monotonicMs } from '../../domain/clock.js';
import { overloaded } from '../request-error.js';

/** Limits on the operations that run or wait. Open streams do not count. */
export interface OverloadLimits {
  /** Maximum number of operations. Bounds their latency, and memory when upstreams hang or clients do not read. */
  readonly maxOperations: number;
  /** Number of these that only mutations may use. Mutations cannot simply be repeated, so reads are shed first. */
  readonly reservedForWrites: number;
  /** Longest wait of any operation, in milliseconds. */
  readonly maxQueueDelayMs: number;
}

/** Limits that serve 512 concurrent clients, with some reserve. A longer queue would only add latency. */
export const OVERLOAD: OverloadLimits = {
  maxOperations: 800,
  reservedForWrites: 160,
  maxQueueDelayMs: 30_000,
};

/** Number of operations in a batch. With batches of one, a small operation costs a fifth more CPU time. */
export const STARTS_AT_ONCE = 4;
/** Minimum time for starting operations in one turn of the event loop, in milliseconds. */
export const START_MS = 2;
/**
 * Duration of a turn, in milliseconds, after which a new operation makes waiting ones start before its end. libuv polls up
 * to 48 times in one turn if 1 024 connections or more have data to read.
 */
export const LONG_TURN_MS = 50;
/** Number of running operations above which more of them would mostly wait for a connection to an upstream. */
export const MANY_RUNNING = 128;

/** Error of all refusals, shared because capturing a stack takes a sixth of the CPU time of a refusal. */
export const OVERLOADED = overloaded('The gateway is overloaded. Try again in a second.');

/** Slot of an operation, or its place in the queue. */
export interface Slot {
  /** True if the operation may start, false if it was refused or released, or a promise while it waits. */
  readonly isAdmitted: boolean | Promise<boolean>;
  /** Frees the slot. Idempotent. */
  release(): void;
}

class Ticket implements Slot {
  isAdmitted: boolean | Promise<boolean> = false;
  isRunning = false;
  decide: (isAdmitted: boolean) => void = () => {};

  constructor(
    readonly queue: AdmissionQueue,
    readonly since: number,
  ) {}

  release(): void {
    this.queue.release(this);
  }
}

/**
 * Starts operations in each turn of the event loop, oldest first, for about as long as everything else in the turn has taken.
 * If many are already running, a turn starts only a few more.
 *
 * See "Operations start a few at a time" in docs/decisions.md.
 */
export class AdmissionQueue {
  readonly #limits: OverloadLimits;
  readonly #now: () => number;
  #running = 0;
  /** Oldest first. */
  readonly #waiting = new Set<Ticket>();
  /** Number of starts since the last batch began. */
  #starts = 0;
  #turn: NodeJS.Immediate | null = null;
  /** Time at which the last starts ended, or at which the turn was scheduled. */
  #othersSince = 0;
  #startsUntil = 0;
  /** Number of running operations up to which this turn continues to start more. */
  #startsUpTo = 0;

  constructor(limits: OverloadLimits, now = monotonicMs) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Requests a slot for an operation. */
  acquire(isRead: boolean): Slot {
    const ticket = new Ticket(this, this.#now());
    if (this.#hasRoom(isRead)) this.#admit(ticket);
    const isLongTurn = ticket.since - this.#othersSince > LONG_TURN_MS;
    if (this.#waiting.size > 0 && this.#running < MANY_RUNNING && isLongTurn) this.#beginTurn();
    return ticket;
  }

  /** See {@link Slot.release}. */
  release(ticket: Ticket): void {
    if (ticket.isRunning) this.#running -= 1;
    ticket.isRunning = false;
    this.#waiting.delete(ticket);
    ticket.decide(false);
  }

  #hasRoom(isRead: boolean): boolean {
    const { maxOperations, reservedForWrites } = this.#limits;
    const left = maxOperations - this.#running - this.#waiting.size;
    return left > (isRead ? reservedForWrites : 0);
  }

  #admit(ticket: Ticket): void {
    if (this.#waiting.size === 0 && this.#starts < STARTS_AT_ONCE) {
      ticket.isAdmitted = true;
      this.#start(ticket);
    } else {
      ticket.isAdmitted = new Promise((decide) => {
        ticket.decide = decide;
      });
      this.#waiting.add(ticket);
    }
  }

  #start(ticket: Ticket): void {
    ticket.isRunning = true;
    this.#running += 1;
    this.#starts += 1;
    if (this.#turn) return;
    this.#othersSince = this.#now();
    this.#turn = setImmediate(this.#beginTurn);
  }

  readonly #beginTurn = (): void => {
    const now = this.#now();
    if (this.#turn) clearImmediate(this.#turn);
    this.#turn = null;
    this.#startsUntil = now + Math.max(START_MS, now - this.#othersSince);
    this.#startsUpTo = Math.max(MANY_RUNNING, this.#running + STARTS_AT_ONCE);
    this.#startBatch(now);
  };

  #startBatch(now: number): void {
    this.#starts = 0;
    for (const ticket of this.#waiting) {
      if (this.#starts >= STARTS_AT_ONCE) break;
      this.#waiting.delete(ticket);
      const isInTime = now - ticket.since <= this.#limits.maxQueueDelayMs;
      if (isInTime) this.#start(ticket);
      ticket.decide(isInTime);
    }
    // The operations of a batch run in microtasks, before the next tick, so the tick can measure how long they took.
    if (this.#starts > 0) queueMicrotask(() => process.nextTick(this.#continueTurn));
  }

  readonly #continueTurn = (): void => {
    const now = this.#now();
    this.#othersSince = now;
    const mayStart = now < this.#startsUntil && this.#running <= this.#startsUpTo;
    if (this.#waiting.size > 0 && mayStart) this.#startBatch(now);
  };
}

/**
 * Waits until an operation may start, and frees its slot when the response closes. Call it once the body has arrived, so that
 * a client that sends its body slowly does not occupy a slot.
 *
 * Probes need no slot. Failing readiness would only shift the load and bring the other instances down too.
 * @returns The slot of the operation, or null if the client has disconnected.
 * @throws RequestError if the gateway is overloaded.
 */
export async function acquireSlot(
  queue: AdmissionQueue,
  response: ServerResponse,
  isRead: boolean,
): Promise<Slot | null> {
  if (response.destroyed) return null;
  const slot = queue.acquire(isRead);
  response.once('close', () => slot.release());
  const isAdmitted = await slot.isAdmitted;
  if (response.destroyed) return null;
  if (isAdmitted) return slot;
  throw OVERLOADED;
}
