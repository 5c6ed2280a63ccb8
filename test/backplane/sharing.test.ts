import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newItem, newItems, newJob, openStore, type TestStore, temporaryFolder } from '../support/store.js';

let disk: ReturnType<typeof temporaryFolder>;
let one: TestStore;
let two: TestStore;
beforeEach(() => {
  disk = temporaryFolder();
  one = openStore(disk.folder);
  two = openStore(disk.folder);
});
afterEach(async () => {
  await one.close();
  await two.close();
  disk.remove();
});

describe('a job', () => {
  it('is run by one process at a time', async () => {
    await one.create(newJob('a'), []);
    expect([await one.isTaken('a'), await two.isTaken('a')]).toEqual([true, true]);
    expect([await one.take('a', {}), await two.take('a', {})]).toEqual([false, false]);
    await one.release('a', { status: 'FAILED' });
    expect(await two.isTaken('a')).toBe(false);
    expect(await two.take('a', { status: 'PLANNING' })).toBe(true);
    expect(await one.take('a', {})).toBe(false);
    expect(await one.get('a')).toMatchObject({ status: 'PLANNING' });
  });

  it('of a process that has ended is nobody’s, and can be taken', async () => {
    await one.create(newJob('a', { status: 'RUNNING', waitsFor: 'x' }), []);
    await one.close();
    expect(await two.isTaken('a')).toBe(false);
    expect(await two.countTaken('me')).toBe(0);
    expect(await two.take('a', {})).toBe(true);
  });

  it('of a process that has ended is said to be interrupted by the next one', async () => {
    await one.create(newJob('running', { status: 'RUNNING', waitsFor: 'x' }), []);
    await one.create(newJob('cancelling', { status: 'RUNNING' }), []);
    await one.requestCancel('cancelling');
    await one.create(newJob('undoing', { status: 'UNDOING' }), []);
    await one.create(newJob('dry', { dryRun: true }), []);
    await two.create(newJob('other', { status: 'RUNNING' }), []);
    await one.close();
    one = openStore(disk.folder);
    expect(await one.get('running')).toMatchObject({
      status: 'INTERRUPTED',
      waitsFor: null,
      finishedAt: null,
    });
    expect(await one.get('cancelling')).toMatchObject({
      status: 'CANCELLED',
      finishedAt: expect.stringMatching(/^20/),
    });
    expect(await one.get('other')).toMatchObject({ status: 'RUNNING' });
    expect((await one.abandoned('mine')).map(({ id }) => id)).toEqual(['running', 'undoing']);
    expect(await one.abandoned('yours')).toEqual([]);
  });

  it('is asked to stop from anywhere, which the next to take it does not care for', async () => {
    await one.create(newJob('a', { status: 'RUNNING' }), []);
    expect(await one.isCancelRequested('a')).toBe(false);
    await two.requestCancel('a');
    expect(await one.isCancelRequested('a')).toBe(true);
    expect(await two.get('a')).toMatchObject({ status: 'CANCELLING' });
    await one.update('a', { status: 'RUNNING' });
    expect(await two.get('a')).toMatchObject({ status: 'CANCELLING' });
    await one.release('a', { status: 'CANCELLED' });
    await two.take('a', { status: 'PLANNING' });
    expect(await two.isCancelRequested('a')).toBe(false);
    expect(await two.get('a')).toMatchObject({ status: 'PLANNING' });
  });

  it('is counted where somebody has it', async () => {
    await one.create(newJob('a'), []);
    await two.create(newJob('b'), []);
    await one.create(newJob('x', { principal: 'you', credential: 'yours' }), []);
    expect(await one.countTaken('me')).toBe(2);
    await one.release('a', {});
    expect(await two.countTaken('me')).toBe(1);
  });
});

describe('rivals', () => {
  const never = Number.MAX_SAFE_INTEGER;

  it('are those that were taken before and have a source in common, whoever runs them for whom', async () => {
    await one.create(newJob('a', { principal: 'you', credential: 'yours' }), newItems(2));
    await two.create(newJob('b'), newItems(2, 1));
    await two.create(newJob('c'), newItems(2, 7));
    expect(await two.rivals('b', never)).toEqual({ ahead: 'a', lastEnd: null, open: null });
    expect(await one.rivals('a', never)).toEqual({ ahead: null, lastEnd: null, open: null });
    expect(await two.rivals('c', never)).toEqual({ ahead: null, lastEnd: null, open: null });
  });

  it('have a replica name in common under the same key only', async () => {
    const item = (position: number) => newItem(position, { replicaName: 'same' });
    await one.create(newJob('a'), [item(1)]);
    await one.create(newJob('b'), [item(2)]);
    await one.create(newJob('x', { principal: 'you', credential: 'yours' }), [item(3)]);
    expect((await one.rivals('b', never)).ahead).toBe('a');
    expect((await one.rivals('x', never)).ahead).toBeNull();
  });

  it('are behind once they have ended or died, and then have ended since', async () => {
    const since = Date.now();
    await one.create(newJob('a'), newItems(1));
    await two.create(newJob('b'), newItems(1));
    await one.release('a', { status: 'COMPLETED' });
    expect(await two.rivals('b', since)).toEqual({ ahead: null, lastEnd: expect.any(Number), open: null });
    expect(await two.rivals('b', Date.now() + 60_000)).toEqual({ ahead: null, lastEnd: null, open: null });
    await one.take('a', {});
    // It is behind now.
    expect(await two.rivals('b', never)).toEqual({ ahead: null, lastEnd: null, open: null });
    expect(await one.rivals('a', never)).toEqual({ ahead: 'b', lastEnd: null, open: null });
    await two.close();
    expect(await one.rivals('a', since)).toEqual({ ahead: null, lastEnd: expect.any(Number), open: null });
    two = openStore(disk.folder);
  });

  it('may have left something open, which is told with the time of their end', async () => {
    const since = Date.now();
    const error = { code: 'OUTCOME_UNKNOWN', message: 'no answer' };
    await one.create(newJob('a'), [newItem(0, { status: 'RUNNING', attempts: 1 }), newItem(1)]);
    await one.create(newJob('b'), [newItem(1, { status: 'FAILED', attempts: 6, error }), newItem(2)]);
    await one.create(newJob('c'), [
      newItem(2, { status: 'FAILED', attempts: 1, error: { ...error, code: 'INVALID' } }),
    ]);
    await two.create(newJob('d'), newItems(3));
    for (const id of ['c', 'a']) await one.release(id, { status: 'FAILED' });
    expect(await two.rivals('d', since)).toEqual({
      ahead: 'b',
      lastEnd: expect.any(Number),
      open: { id: 'a', since: expect.any(Number) },
    });
    await one.close();
    const { open } = await two.rivals('d', since);
    expect(open?.id).toBe('b');
    expect(open?.since).toBeGreaterThanOrEqual(since);
    one = openStore(disk.folder);
  });

  it('are not dry runs', async () => {
    await one.create(newJob('a', { dryRun: true }), newItems(1));
    await one.create(newJob('b'), newItems(1));
    expect(await one.rivals('b', 0)).toEqual({ ahead: null, lastEnd: null, open: null });
  });
});

it('writes of two processes at once are all kept', async () => {
  await one.create(newJob('a'), newItems(200));
  await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      (n % 2 ? one : two).saveItem('a', newItem(n, { status: 'CREATED' })),
    ),
  );
  expect((await one.counts('a')).created).toBe(200);
});

it('leaves no lock behind, not even those of processes that were killed', async () => {
  const folder = path.join(disk.folder, 'processes');
  expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toHaveLength(2);
  await one.close();
  await two.close();
  expect(readdirSync(folder)).toEqual([]);
});
