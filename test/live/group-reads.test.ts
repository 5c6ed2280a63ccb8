import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../../src/domain/upstream-error.js';
import { GroupReads } from '../../src/services/live/group-reads.js';

const ids = (count: number, from = 1_000) => Array.from({ length: count }, (_, n) => String(from + n * 7));

let listed: Set<string>;
let lists: number;
let singles: string[];
let inProgress: number;
let peak: number;
let reads: GroupReads;
beforeEach(() => {
  [listed, lists, singles, inProgress, peak] = [new Set(), 0, [], 0, 0];
  reads = new GroupReads();
});

const readers = {
  async list({
    limit,
    beforeId = Number.POSITIVE_INFINITY,
  }: {
    limit: number;
    beforeId?: number | undefined;
  }) {
    lists += 1;
    const below = [...listed].filter((id) => Number(id) < beforeId).sort((a, b) => Number(b) - Number(a));
    return below.slice(0, limit).map((id) => ({ id }));
  },
  async single(id: string) {
    singles.push(id);
    inProgress += 1;
    peak = Math.max(peak, inProgress);
    await pause(2);
    inProgress -= 1;
    return { id };
  },
};

describe('reads of a group', () => {
  it('the reads of a group run at most eight at a time, across all callers', async () => {
    const [one, other] = [ids(150), ids(150, 50_000)];
    const found = await Promise.all([reads.byIds(one, readers), reads.byIds(other, readers)]);
    expect(found.flat()).toEqual([...one, ...other].map((id) => ({ id })));
    expect(peak).toBe(8);
  });

  it('the reads of a group do not repeat a list that contained no requested id', async () => {
    for (let round = 0; round < 5; round += 1) await reads.byIds(ids(30), readers);
    expect([lists, singles.length]).toEqual([1, 150]);
  });

  it('the reads of a group still use the list for the ids that it contains', async () => {
    const [own, gallery] = [ids(30), ids(5, 900)];
    listed = new Set(own);
    for (let round = 0; round < 5; round += 1) await reads.byIds([...own, ...gallery], readers);
    expect(lists).toBeGreaterThanOrEqual(5);
    expect(new Set(singles)).toEqual(new Set(gallery));
  });

  it('the reads of a group stop at the first rate limit', async () => {
    const limited = new UpstreamError('astria', 'RATE_LIMITED', 'slowly', { retryAfterMs: 60_000 });
    let made = 0;
    const single = async (): Promise<{ id: string }> => {
      made += 1;
      await pause(2);
      throw limited;
    };
    const found = await reads.byIds(ids(100), { ...readers, single });
    expect(found).toEqual(Array.from({ length: 100 }, () => limited));
    expect(made).toBeLessThanOrEqual(8);
  });
});
