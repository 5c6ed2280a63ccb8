import type { ServerResponse } from 'node:http';
import { monotonicMs } from '../domain/clock.js';
import { RequestError } from './request-error.js';

/** Bounds on the operations that run or wait. Open streams do not count. */
export interface OverloadLimits {
  /** Number of operations that run or wait. It bounds memory when upstreams hang or clients do not read. */
  readonly maxOperations: number;
  /** Number of these that reads leave free. Mutations are rare and cannot simply be repeated, so reads are shed first. */
  readonly reservedForWrites: number;
  /** Number of waiting operations from which on reads are refused. */
  readonly maxQueued: number;
  /** Longest wait of any operation, in milliseconds. */
  readonly maxQueueDelayMs: number;
}

/** A thousand clients that start at the same moment are all served. */
export const OVERLOAD: OverloadLimits = {
  maxOperations: 2_000,
  reservedForWrites: 200,
  maxQueued: 1_000,
  maxQueueDelayMs: 30_000,
};

/** With one start per turn, a small operation costs a fifth more CPU time. */
export const STARTS_PER_TURN = 4;
const RETRY_AFTER = { 'retry-after': '1' };

/** Error for a client whose operation is refused. */
export const OVERLOADED = {
  code: 'OVERLOADED',
  message: 'the gateway has more to do than it can: try again in a second',
} as const;

interface Waiting {
  readonly since: number;
  readonly decide: (isAdmitted: boolean) => void;
}

/**
 * Starts a few operations per turn of the event loop, oldest first. In between, the event loop handles upstream responses and
 * finishes what is running. So a busy gateway slows its starts down by itself, and a slow upstream does not.
 */
export class AdmissionQueue {
  readonly #limits: OverloadLimits;
  readonly #now: () => number;
  readonly #running = new Set<object>();
  readonly #waiting = new Map<object, Waiting>();
  /** Kept, because a new iterator would step over every removed entry again. */
  readonly #oldestFirst = this.#waiting.entries();
  #startsInTurn = 0;

  constructor(limits: OverloadLimits, now = monotonicMs) {
    this.#limits = limits;
    this.#now = now;
  }

  /**
   * Asks for the slot of an operation, which is any object that identifies it.
   * @returns True if it may start, false if it is refused or was released while it waited; a promise if it has to wait.
   */
  acquire(operation: object, isRead: boolean): boolean | Promise<boolean> {
    if (!this.#hasRoom(isRead)) return false;
    if (this.#startsInTurn < STARTS_PER_TURN) {
      this.#start(operation);
      return true;
    }
    return new Promise((decide) => this.#waiting.set(operation, { since: this.#now(), decide }));
  }

  /** Frees the slot of an operation, or its place in the queue. Idempotent. */
  release(operation: object): void {
    if (this.#running.delete(operation)) return;
    this.#waiting.get(operation)?.decide(false);
    this.#waiting.delete(operation);
  }

  #hasRoom(isRead: boolean): boolean {
    const { maxOperations, reservedForWrites, maxQueued } = this.#limits;
    const left = maxOperations - this.#running.size - this.#waiting.size;
    return isRead ? left > reservedForWrites && this.#waiting.size < maxQueued : left > 0;
  }

  #start(operation: object): void {
    this.#running.add(operation);
    if (this.#startsInTurn === 0) setImmediate(this.#beginTurn);
    this.#startsInTurn += 1;
  }

  readonly #beginTurn = (): void => {
    this.#startsInTurn = 0;
    const leastSince = this.#now() - this.#limits.maxQueueDelayMs;
    while (this.#waiting.size > 0 && this.#startsInTurn < STARTS_PER_TURN) {
      const next = this.#oldestFirst.next();
      if (next.done) return;
      const [operation, { since, decide }] = next.value;
      this.#waiting.delete(operation);
      const isInTime = since >= leastSince;
      if (isInTime) this.#start(operation);
      decide(isInTime);
    }
  };
}

/**
 * Waits until an operation may start, and frees its slot when the response closes. Call it once the body has arrived: a client
 * that sends its body slowly does not occupy a slot. Probes, metrics and callbacks need no slot. They cost little, matter most
 * under overload, and failing readiness would only shift the load and bring the other instances down too.
 * @returns When the operation may start, or when the client has disconnected: see `response.destroyed`.
 * @throws RequestError if the gateway is overloaded.
 */
export async function acquireSlot(
  queue: AdmissionQueue,
  response: ServerResponse,
  isRead: boolean,
): Promise<void> {
  if (response.destroyed) return;
  response.once('close', () => queue.release(response));
  if ((await queue.acquire(response, isRead)) || response.destroyed) return;
  throw new RequestError(503, OVERLOADED.code, OVERLOADED.message, { headers: RETRY_AFTER });
}
