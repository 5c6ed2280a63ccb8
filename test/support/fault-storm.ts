import { numberFor, pick } from '../../src/sandbox/deterministic.js';
import type { Fault, FaultKind, RecordedRequest, Sandbox } from '../../src/sandbox/index.js';
import { library } from '../replication/replicating.js';

type Strike = Pick<Fault, 'kind' | 'retryAfter' | 'delayMs'>;

const strikes = (...kinds: FaultKind[]): Strike[] => kinds.map((kind) => ({ kind }));
const RATE_LIMITS: Strike[] = [
  { kind: '429', retryAfter: 0 },
  { kind: '429', retryAfter: 1 },
];

/** Kinds of faults for the calls to one path, and the number of calls between two faults. */
interface Stream {
  readonly method: string;
  readonly path: string;
  readonly kinds: readonly Strike[];
  readonly gap: readonly [least: number, most: number];
}

const STREAMS: readonly Stream[] = [
  {
    method: 'POST',
    path: '/prompts',
    kinds: [
      ...strikes('drop-before', 'drop-after', '500', '502', '503', '504-before'),
      ...strikes('500-after', '502-after', '503-after', '504-after'),
      { kind: 'drop-late', delayMs: 150 },
      { kind: 'drop-late', delayMs: 900 },
      ...RATE_LIMITS,
    ],
    gap: [1, 7],
  },
  {
    method: 'GET',
    path: '/prompts/*',
    kinds: [...strikes('drop-before', 'drop-after', '500', '502', '503', '504-before'), ...RATE_LIMITS],
    gap: [5, 75],
  },
  {
    method: 'PUT',
    path: '/prompts/*',
    kinds: [
      ...strikes('drop-before', 'drop-after', '500', '502', '503', '504-before'),
      ...strikes('500-after', '502-after', '503-after', '504-after'),
      { kind: 'drop-late', delayMs: 150 },
      { kind: 'drop-late', delayMs: 900 },
      ...RATE_LIMITS,
    ],
    gap: [3, 12],
  },
  {
    method: 'PUT',
    path: '/prompts/*/makeDefault',
    kinds: strikes('drop-before', 'drop-after', '500', '503'),
    gap: [5, 25],
  },
  // Reading a whole list takes many calls, and a single failing call fails the list.
  {
    method: 'GET',
    path: '/prompts',
    kinds: strikes('drop-before', 'drop-after', '500', '503', '504-before'),
    gap: [15, 150],
  },
];

/** Number of lookups of one name during one run of the gateway that mean that its item has failed several times. */
const MANY_LOOKUPS = 8;

/**
 * Seeded storm of faults in an emulated Portkey. It pauses while an item has met several faults in a row, because the
 * test is about duplicate and missing replicas, not about items that fail after too many attempts.
 */
export class FaultStorm {
  readonly #sandbox: Sandbox;
  readonly #seed: string;
  readonly #horizon: number;
  readonly #calls: RecordedRequest[] = [];
  #lookups = new Map<string, number>();
  #callsOfLife = 0;
  #createsOfLife = 0;
  #armedAt = 0;
  #arming = 0;
  #isArmed = false;

  /** @param horizon Number of calls that one batch of faults covers. */
  constructor(sandbox: Sandbox, seed: string, horizon: number) {
    this.#sandbox = sandbox;
    this.#seed = seed;
    this.#horizon = horizon;
  }

  /** Number of calls since the gateway was last started. */
  get callsOfLife(): number {
    return this.#callsOfLife;
  }

  /** Number of create requests since the gateway was last started. */
  get createsOfLife(): number {
    return this.#createsOfLife;
  }

  /** Resets the counts when the gateway restarts, since it forgets its earlier failures. */
  newLife(): void {
    this.watch();
    this.#lookups = new Map();
    this.#callsOfLife = 0;
    this.#createsOfLife = 0;
  }

  /** Drops the connection of the next create request, which takes effect after `delayMs`. */
  landNextLate(delayMs: number): void {
    this.#sandbox.clearFaults();
    this.#sandbox.addFault({
      upstream: 'portkey',
      kind: 'drop-late',
      method: 'POST',
      path: '/prompts',
      delayMs,
    });
    this.#arm();
  }

  /** Counts the calls so far and adds new faults. Call it often. */
  watch(): void {
    const arrived = this.#sandbox.requests({ upstream: 'portkey' });
    this.#sandbox.clearRequests();
    this.#calls.push(...arrived);
    this.#callsOfLife += arrived.length;
    for (const { method, query } of arrived) {
      if (method === 'POST') this.#createsOfLife += 1;
      const { search } = query;
      if (search) this.#lookups.set(search, (this.#lookups.get(search) ?? 0) + 1);
    }
    if (this.#hasVictim()) this.#calm();
    else if (!this.#isArmed || this.#calls.length - this.#armedAt > this.#horizon) {
      this.#sandbox.clearFaults();
      this.#arm();
    }
  }

  /** Returns the number of calls by kind and status. `-` is a connection that ended without a response. */
  tally(): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const { method, path, status } of this.#calls) {
      const kind = kindOf(method, path);
      const line = `${kind} ${status ?? '-'}`;
      tally[line] = (tally[line] ?? 0) + 1;
    }
    return tally;
  }

  #hasVictim(): boolean {
    const sought = [...this.#lookups].filter(([, lookups]) => lookups >= MANY_LOOKUPS).map(([name]) => name);
    if (sought.length === 0) return false;
    const names = new Set(library(this.#sandbox).map(({ name }) => name));
    return sought.some((name) => !names.has(name));
  }

  #calm(): void {
    if (!this.#isArmed) return;
    this.#sandbox.clearFaults();
    this.#isArmed = false;
  }

  #arm(): void {
    this.#arming += 1;
    for (const [index, stream] of STREAMS.entries()) this.#armStream(stream, `${this.#arming}/${index}`);
    this.#isArmed = true;
    this.#armedAt = this.#calls.length;
  }

  #armStream({ method, path, kinds, gap: [least, most] }: Stream, name: string): void {
    let place = 0;
    for (let struck = 0; place < this.#horizon; struck += 1) {
      const key = `${this.#seed}/${name}/${struck}`;
      place += least + numberFor(`${key}/gap`, most - least + 1);
      // A call that meets this fault does not count for the later ones.
      const skip = place - 1 - struck;
      this.#sandbox.addFault({ upstream: 'portkey', method, path, skip, ...pick(`${key}/kind`, kinds) });
    }
  }
}

function kindOf(method: string, path: string): string {
  if (method === 'GET') return path === '/prompts' ? 'list' : 'read';
  if (method === 'POST') return 'create';
  return path.endsWith('/makeDefault') ? 'publish' : 'update';
}
