import { setTimeout as pause } from 'node:timers/promises';
import type { PollInterval } from '../../src/services/live/poll-interval.js';
import type { PollTarget, Update } from '../../src/services/live/poll-target.js';

export interface Thing {
  readonly value: number;
  readonly isDone: boolean;
}

const constant = (ms: number): PollInterval => ({
  firstMs: ms,
  ceilingMs: ms,
  factor: 1,
  jitter: 0,
  gridMs: 1,
});
/** Fast enough for a test to wait. */
export const QUICK = constant(20);
/** So slow that no read within a test comes from this pace. */
export const SLOW = constant(3_600_000);

/** In-memory source of objects that records its reads. */
export class FakeSource {
  readonly things = new Map<string, Update<Thing>>();
  /** Ids of each read, in order. */
  readonly reads: (readonly string[])[] = [];
  /** Number of completed reads. */
  endedReads = 0;
  /** Duration of a read in milliseconds. */
  readMs = 0;

  constructor(readonly account = 'main') {}

  put(id: string, value: number, isDone = false): void {
    this.things.set(id, { value, isDone });
  }

  target(
    id: string,
    { pace = QUICK, ...rest }: Partial<PollTarget<Thing>> & { pace?: PollInterval } = {},
  ): PollTarget<Thing> {
    return {
      key: `thing ${this.account} ${id}`,
      group: `things ${this.account}`,
      id,
      account: this.account,
      readAll: async (ids) => {
        this.reads.push([...ids]);
        const found = ids.map((one) => this.things.get(one) ?? null);
        await pause(this.readMs);
        this.endedReads += 1;
        return found;
      },
      isSettled: ({ isDone }) => isDone,
      intervalOf: () => pace,
      intervalAfterInvalidation: pace,
      ...rest,
    };
  }
}
