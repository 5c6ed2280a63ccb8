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

describe('job in a shared store', () => {
  it('a job in a shared store runs in one process at a time', async () => {
    await one.create(newJob('a'), []);
    expect([await one.isClaimed('a'), await two.isClaimed('a')]).toEqual([true, true]);
    expect([await one.claim('a', {}), await two.claim('a', {})]).toEqual([null, null]);
    await one.claimed('a').release({ status: 'FAILED' });
    expect(await two.isClaimed('a')).toBe(false);
    expect(await two.claim('a', { status: 'PLANNING' })).not.toBeNull();
    expect(await one.claim('a', {})).toBeNull();
    expect(await one.get('a')).toMatchObject({ status: 'PLANNING' });
  });

  it('a job in a shared store of a closed process is unclaimed and can be claimed', async () => {
    await one.create(newJob('a', { status: 'RUNNING', waitsFor: 'x' }), []);
    await one.close();
    expect(await two.isClaimed('a')).toBe(false);
    expect(await two.countClaimed('me')).toBe(0);
    expect(await two.claim('a', {})).not.toBeNull();
  });

  it('a job in a shared store of a closed process is marked as interrupted by the next process', async () => {
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

  it('a job in a shared store can be cancelled by any process, and the next claim clears the cancel request', async () => {
    await one.create(newJob('a', { status: 'RUNNING' }), []);
    expect(await one.claimed('a').isCancelRequested()).toBe(false);
    await two.requestCancel('a');
    expect(await one.claimed('a').isCancelRequested()).toBe(true);
    expect(await two.get('a')).toMatchObject({ status: 'CANCELLING' });
    await one.claimed('a').update({ status: 'RUNNING' });
    expect(await two.get('a')).toMatchObject({ status: 'CANCELLING' });
    await one.claimed('a').release({ status: 'CANCELLED' });
    await two.claim('a', { status: 'PLANNING' });
    expect(await two.claimed('a').isCancelRequested()).toBe(false);
    expect(await two.get('a')).toMatchObject({ status: 'PLANNING' });
  });

  it('a job in a shared store is counted while a process has claimed it', async () => {
    await one.create(newJob('a'), []);
    await two.create(newJob('b'), []);
    await one.create(newJob('x', { principal: 'you', credential: 'yours' }), []);
    expect(await one.countClaimed('me')).toBe(2);
    await one.claimed('a').release({});
    expect(await two.countClaimed('me')).toBe(1);
  });
});

describe('conflicting jobs', () => {
  const never = Number.MAX_SAFE_INTEGER;

  it('conflicting jobs are earlier jobs with a common source, whatever process or key they have', async () => {
    await one.create(newJob('a', { principal: 'you', credential: 'yours' }), newItems(2));
    await two.create(newJob('b'), newItems(2, 1));
    await two.create(newJob('c'), newItems(2, 7));
    expect(await two.claimed('b').findConflicts(never)).toEqual({
      blockedBy: 'a',
      lastEnd: null,
      open: null,
    });
    expect(await one.claimed('a').findConflicts(never)).toEqual({
      blockedBy: null,
      lastEnd: null,
      open: null,
    });
    expect(await two.claimed('c').findConflicts(never)).toEqual({
      blockedBy: null,
      lastEnd: null,
      open: null,
    });
  });

  it('conflicting jobs are jobs with a common replica name only under the same key', async () => {
    const item = (position: number) => newItem(position, { replicaName: 'same' });
    await one.create(newJob('a'), [item(1)]);
    await one.create(newJob('b'), [item(2)]);
    await one.create(newJob('x', { principal: 'you', credential: 'yours' }), [item(3)]);
    expect((await one.claimed('b').findConflicts(never)).blockedBy).toBe('a');
    expect((await one.claimed('x').findConflicts(never)).blockedBy).toBeNull();
  });

  it('no longer block a job after they have ended, and report when they ended', async () => {
    const since = Date.now();
    await one.create(newJob('a'), newItems(1));
    await two.create(newJob('b'), newItems(1));
    await one.claimed('a').release({ status: 'COMPLETED' });
    expect(await two.claimed('b').findConflicts(since)).toEqual({
      blockedBy: null,
      lastEnd: expect.any(Number),
      open: null,
    });
    expect(await two.claimed('b').findConflicts(Date.now() + 60_000)).toEqual({
      blockedBy: null,
      lastEnd: null,
      open: null,
    });
    await one.claim('a', {});
    // The new claim comes after job b.
    expect(await two.claimed('b').findConflicts(never)).toEqual({
      blockedBy: null,
      lastEnd: null,
      open: null,
    });
    expect(await one.claimed('a').findConflicts(never)).toEqual({
      blockedBy: 'b',
      lastEnd: null,
      open: null,
    });
    await two.close();
    expect(await one.claimed('a').findConflicts(since)).toEqual({
      blockedBy: null,
      lastEnd: expect.any(Number),
      open: null,
    });
    two = openStore(disk.folder);
  });

  it('conflicting jobs report an unknown outcome that they left behind, with the time of their end', async () => {
    const since = Date.now();
    const error = { code: 'OUTCOME_UNKNOWN', message: 'no response' };
    await one.create(newJob('a'), [newItem(0, { status: 'RUNNING', attempts: 1 }), newItem(1)]);
    await one.create(newJob('b'), [newItem(1, { status: 'FAILED', attempts: 6, error }), newItem(2)]);
    await one.create(newJob('c'), [
      newItem(2, { status: 'FAILED', attempts: 1, error: { ...error, code: 'INVALID' } }),
    ]);
    await two.create(newJob('d'), newItems(3));
    for (const id of ['c', 'a']) await one.claimed(id).release({ status: 'FAILED' });
    expect(await two.claimed('d').findConflicts(since)).toEqual({
      blockedBy: 'b',
      lastEnd: expect.any(Number),
      open: { id: 'a', since: expect.any(Number) },
    });
    await one.close();
    const { open } = await two.claimed('d').findConflicts(since);
    expect(open?.id).toBe('b');
    expect(open?.since).toBeGreaterThanOrEqual(since);
    one = openStore(disk.folder);
  });

  it('conflicting jobs exclude dry runs', async () => {
    await one.create(newJob('a', { dryRun: true }), newItems(1));
    await one.create(newJob('b'), newItems(1));
    expect(await one.claimed('b').findConflicts(0)).toEqual({ blockedBy: null, lastEnd: null, open: null });
  });
});

it('the store keeps all concurrent writes of two processes', async () => {
  const claims = [await one.create(newJob('a'), newItems(100)), await two.create(newJob('b'), newItems(100))];
  const created = Array.from({ length: 100 }, (_, n) => newItem(n, { status: 'CREATED' }));
  await Promise.all(created.flatMap((item) => claims.map((claimed) => claimed.saveItem(item))));
  for (const id of ['a', 'b']) expect((await one.counts(id)).created).toBe(100);
});

it('closed processes leave no lock files behind', async () => {
  const folder = path.join(disk.folder, 'processes');
  expect(readdirSync(folder).filter((name) => name.endsWith('.lock'))).toHaveLength(2);
  await one.close();
  await two.close();
  expect(readdirSync(folder)).toEqual([]);
});
