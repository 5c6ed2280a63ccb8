import type { ServerResponse } from 'node:http';
import { monotonicMs } from '../domain/clock.js';
import { RequestError } from './request-error.js';

/** How much is taken on at once. Times in milliseconds. */
export interface OverloadLimits {
  /** Operations that are under way or wait for their turn; open streams do not count. */
  readonly maxOperations: number;
  /** How long a read may wait for its turn before that is an overload, and no burst, which ends. */
  readonly burstWaitMs: number;
  /** And how long in an overload. */
  readonly overloadWaitMs: number;
  /** For so long an overload lasts at least. */
  readonly windowMs: number;
  /**
   * How long a mutation or a subscription may wait in any case: they are few, and whoever sends one cannot do without. What
   * can be asked for again at any time gives way.
   */
  readonly patientWaitMs: number;
}

/**
 * The number bounds memory where waits do not: upstreams that hang, and clients that do not read. A thousand clients that
 * begin at the same moment are a burst, and all of them are served.
 */
export const OVERLOAD: OverloadLimits = {
  maxOperations: 2_000,
  burstWaitMs: 2_000,
  overloadWaitMs: 20,
  windowMs: 500,
  patientWaitMs: 10_000,
};

/** In an overload more than this share has to be refused. */
const REFUSED_SHARE = 0.1;
/** How many may be under way at first, and at the least. */
const FIRST_LIMIT = 128;
const LEAST_LIMIT = 16;
/** So often it becomes more or less, by these factors; from the beginning after a time in which nothing waited. */
const STEP_MS = 100;
const MORE = 1.1;
const LESS = 0.8;
/** Where the event loop has had time left: what is under way waits for something else. */
const MUCH_MORE = 2;
const BUSY_SHARE = 0.8;
const QUIET_MS = 1_000;
/** From here on a turn of the event loop is long. */
const LONG_TURN_MS = 40;
/** How often it is looked for operations that have waited for too long. */
const LOOK_MS = 5;
const RETRY_AFTER = { 'retry-after': '1' };

/** What a client is told whose operation is not taken on. */
export const OVERLOADED = {
  code: 'OVERLOADED',
  message: 'the gateway has more to do than it can: try again in a second',
} as const;

/** To be called when an operation has ended; more often does no harm. */
export type Leave = () => void;

/**
 * Decides how long is too long. A burst may wait, as all of it will be served. Where more comes than can be served, waiting
 * only makes everybody late: then what cannot be served soon is refused, until hardly anything has to be.
 */
export class Patience {
  readonly #limits: OverloadLimits;
  #isOverload = false;
  #endsAt = 0;
  #served = 0;
  #refused = 0;

  constructor(limits: OverloadLimits) {
    this.#limits = limits;
  }

  /** Whether a read that has waited for so long is refused. Times in milliseconds. */
  isOver(waitedMs: number, now: number): boolean {
    const { windowMs, overloadWaitMs, burstWaitMs } = this.#limits;
    if (now >= this.#endsAt) {
      const isRecent = now < this.#endsAt + windowMs;
      this.#isOverload = isRecent && this.#refused > (this.#served + this.#refused) * REFUSED_SHARE;
      this.#endsAt = now + windowMs;
      this.#served = 0;
      this.#refused = 0;
    }
    if (waitedMs <= (this.#isOverload ? overloadWaitMs : burstWaitMs)) return false;
    this.#isOverload = true;
    this.#refused += 1;
    return true;
  }

  /** To be told of each operation that begins. */
  served(): void {
    this.#served += 1;
  }
}

/**
 * Decides how many may be under way at once, by the longest turn of the event loop among the last ones. What has begun comes
 * back from the upstreams for its larger part later; when too much comes back at once, each turn is long, and everything that
 * is under way is late. A fixed number would be too small with a slow upstream and too large with a fast one.
 */
export class Concurrency {
  readonly #busyShare: () => number;
  #limit = FIRST_LIMIT;
  #steppedAt = Number.NEGATIVE_INFINITY;
  #longestMs = 0;

  /** @param busyShare How much of the time since it was last asked the event loop was busy, 0 to 1. */
  constructor(busyShare = eventLoopUse()) {
    this.#busyShare = busyShare;
  }

  get limit(): number {
    return this.#limit;
  }

  #factor(): number {
    if (this.#busyShare() < BUSY_SHARE) return MUCH_MORE;
    return this.#longestMs > LONG_TURN_MS ? LESS : MORE;
  }

  /** To be told of each turn in which operations wait. Times in milliseconds. */
  turned(turnMs: number, now: number): void {
    if (now > this.#steppedAt + QUIET_MS) {
      this.#limit = FIRST_LIMIT;
      this.#steppedAt = now;
      this.#longestMs = 0;
      this.#busyShare();
    }
    this.#longestMs = Math.max(this.#longestMs, turnMs);
    if (now < this.#steppedAt + STEP_MS) return;
    this.#limit = Math.max(LEAST_LIMIT, this.#limit * this.#factor());
    this.#steppedAt = now;
    this.#longestMs = 0;
  }
}

/** How much of the time since the last call the event loop was busy. */
function eventLoopUse(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

interface Waiting {
  readonly since: number;
  readonly decide: (leave: Leave | null) => void;
}

/**
 * Lets operations begin, one in each turn of the event loop, and as many at once as leave the turns short. What is too much
 * waits here, where it costs nothing and the wait can be measured. The newest goes first: of a burst all are served in any
 * order, and in an overload those who can still be served soon are, while only those who are late already become later.
 * A sampled delay of the event loop (as of `@fastify/under-pressure`) would let everything in until all of it is late, and
 * then nothing, in turns.
 */
export class Intake {
  readonly #limits: OverloadLimits;
  readonly #now: () => number;
  readonly #patience: Patience;
  readonly #concurrency = new Concurrency();
  readonly #reads: Waiting[] = [];
  readonly #others: Waiting[] = [];
  readonly #leaves = new WeakMap<ServerResponse, Leave>();
  #underWay = 0;
  #isTurnTaken = false;
  /** Runs while operations wait for others to end. */
  #look: NodeJS.Timeout | null = null;

  constructor(limits: OverloadLimits, now = monotonicMs) {
    this.#limits = limits;
    this.#now = now;
    this.#patience = new Patience(limits);
  }

  /** Resolves when an operation may begin, with what is to be called at its end; or with null where it is refused. */
  enter(isRead: boolean): Promise<Leave | null> {
    if (this.#underWay + this.#waits >= this.#limits.maxOperations) {
      const oldest = this.#reads.shift() ?? this.#others.shift();
      if (!oldest) return Promise.resolve(null);
      oldest.decide(null);
    }
    return new Promise((decide) => {
      (isRead ? this.#reads : this.#others).push({ since: this.#now(), decide });
      if (!this.#isTurnTaken) this.#takeTurn();
    });
  }

  /** The same for an operation over HTTP, which ends with its response. */
  async enterWith(response: ServerResponse, isRead: boolean): Promise<boolean> {
    const leave = await this.enter(isRead);
    if (!leave) return false;
    this.#leaves.set(response, leave);
    response.once('close', leave);
    // While it waited the client may have gone already.
    if (response.destroyed) leave();
    return true;
  }

  /** A response that is a stream takes no place any more. */
  streams(response: ServerResponse): void {
    this.#leaves.get(response)?.();
  }

  get #waits(): number {
    return this.#reads.length + this.#others.length;
  }

  #takeTurn(): void {
    this.#isTurnTaken = false;
    this.#refuseLate();
    if (this.#waits === 0) return;
    this.#isTurnTaken = true;
    if (this.#underWay >= this.#concurrency.limit) {
      this.#look = setTimeout(this.#turnedAfter(LOOK_MS), LOOK_MS);
      return;
    }
    setImmediate(this.#turnedAfter(0));
    this.#begin();
  }

  /** The next turn, which tells how late it is. */
  #turnedAfter(ms: number): () => void {
    const due = this.#now() + ms;
    return () => {
      const now = this.#now();
      this.#look = null;
      if (this.#waits > 0) this.#concurrency.turned(now - due, now);
      this.#takeTurn();
    };
  }

  #begin(): void {
    let hasLeft = false;
    this.#underWay += 1;
    this.#patience.served();
    (this.#others.pop() ?? this.#reads.pop())?.decide(() => {
      if (hasLeft) return;
      hasLeft = true;
      this.#underWay -= 1;
      if (!this.#look) return;
      clearTimeout(this.#look);
      this.#look = null;
      setImmediate(this.#turnedAfter(0));
    });
  }

  #refuseLate(): void {
    const now = this.#now();
    const { patientWaitMs } = this.#limits;
    refuseWhile(this.#reads, (since) => this.#patience.isOver(now - since, now));
    refuseWhile(this.#others, (since) => now - since > patientWaitMs);
  }
}

/** Refuses those that wait, the oldest first. */
function refuseWhile(waiting: Waiting[], isOver: (since: number) => boolean): void {
  for (let [oldest] = waiting; oldest && isOver(oldest.since); [oldest] = waiting) {
    waiting.shift();
    oldest.decide(null);
  }
}

/** As far as that is seen without parsing it, and without knowing a document that is only named. */
export function isReadOnly(query: unknown): boolean {
  return typeof query !== 'string' || !/\b(mutation|subscription)\b/.test(query);
}

/**
 * Waits until an operation that has arrived may begin; whoever is slow to send holds nobody up. Everything that is no
 * operation is served without: it costs little, probes and metrics are needed in an overload most of all, and a callback that
 * is refused does not come again. `/readyz` says yes as well: a gateway that sheds does as much as it can, and to send all that
 * to the others would fell them in turn.
 * @throws RequestError where there is too much to do.
 */
export async function takePlace(intake: Intake, response: ServerResponse, isRead: boolean): Promise<void> {
  if (await intake.enterWith(response, isRead)) return;
  throw new RequestError(503, OVERLOADED.code, OVERLOADED.message, { headers: RETRY_AFTER });
}
