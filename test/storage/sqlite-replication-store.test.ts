import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ReplicationItemStatus } from '../../src/domain/replication.js';
import type { ReplicationQuery } from '../../src/storage/replication-store.js';
import { describeStore } from '../support/describe-storage.js';
import { newItem, newItems, newJob, openStore, type TestStore } from '../support/store.js';

const disk = describeStore();
let store: TestStore;
beforeEach(() => {
  store = disk.opened;
});

const idsOf = async (principal: string, query: Partial<ReplicationQuery> = {}) => {
  const { items, hasNextPage } = await store.list(principal, { first: 99, ...query });
  return [...items.map(({ id }) => id), ...(hasNextPage ? ['...'] : [])];
};

describe('jobs in a store', () => {
  it('the jobs in a store can be read unchanged by another process and after a restart', async () => {
    const job = newJob('a', {
      selection: { ids: ['x'], search: 'ünï' },
      error: { code: 'C', message: "it's" },
    });
    await store.create(job, newItems(3));
    expect(await store.get('a')).toEqual(job);
    expect(await store.get('b')).toBeNull();
    const other = openStore(disk.folder);
    expect(await other.get('a')).toEqual(job);
    await other.close();
    store = await disk.reopen();
    expect(await store.get('a')).toEqual({ ...job, status: 'INTERRUPTED' });
    expect((await store.items('a', { first: 9 })).items).toEqual(newItems(3));
  });

  it('the jobs in a store can be updated field by field', async () => {
    await store.create(newJob('a', { startedAt: '2026-01-02T00:00:00.000Z' }), []);
    const error = { code: 'FORBIDDEN', message: 'no' };
    await store.claimed('a').update({ status: 'RUNNING', waitsFor: 'b', error });
    await store.claimed('a').update({});
    expect(await store.get('a')).toMatchObject({ status: 'RUNNING', waitsFor: 'b', error });
    await store.claimed('a').update({ waitsFor: null, error: null });
    expect(await store.get('a')).toMatchObject({
      waitsFor: null,
      error: null,
      startedAt: '2026-01-02T00:00:00.000Z',
    });
  });

  it('the jobs in a store are listed in pages, newest first, only to their owner', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await store.create(newJob(id), []);
    await store.create(newJob('x', { principal: 'you' }), []);
    expect(await idsOf('me', { first: 2 })).toEqual(['d', 'c', '...']);
    expect(await idsOf('me', { first: 2, after: 'c' })).toEqual(['b', 'a']);
    expect(await idsOf('me', { first: 2, after: 'a' })).toEqual([]);
    expect(await idsOf('you')).toEqual(['x']);
    expect(await idsOf('nobody')).toEqual([]);
    for (const unknown of ['forgotten', 'x']) expect(await idsOf('me', { after: unknown })).toEqual([]);
  });

  it('the jobs in a store can be filtered and paged together', async () => {
    await store.create(newJob('a', { targetModel: 'm1', status: 'COMPLETED' }), []);
    await store.create(newJob('b', { targetModel: 'm2', dryRun: true, status: 'PLANNED' }), []);
    await store.create(newJob('c', { targetModel: 'm1', status: 'RUNNING' }), []);
    await store.requestCancel('c');
    expect(await idsOf('me', { targetModel: 'm1' })).toEqual(['c', 'a']);
    expect(await idsOf('me', { targetModel: 'm1', first: 1, after: 'c' })).toEqual(['a']);
    expect(await idsOf('me', { dryRun: true })).toEqual(['b']);
    expect(await idsOf('me', { dryRun: false, status: ['COMPLETED', 'PLANNED'] })).toEqual(['a']);
    expect(await idsOf('me', { status: ['CANCELLING'] })).toEqual(['c']);
    expect(await idsOf('me', { status: ['RUNNING'] })).toEqual([]);
    expect(await idsOf('me', { status: [] })).toEqual([]);
    expect(await idsOf('me', { status: null, targetModel: null, dryRun: null })).toEqual(['c', 'b', 'a']);
  });
});

describe('items of a job', () => {
  it('the items of a job are paged by position, with their total', async () => {
    await store.create(newJob('a'), newItems(5));
    await store.create(newJob('b'), newItems(2, 100));
    const first = await store.items('a', { first: 2 });
    expect([first.items.map(({ position }) => position), first.hasNextPage, first.total]).toEqual([
      [0, 1],
      true,
      5,
    ]);
    const last = await store.items('a', { first: 2, after: 3 });
    expect([last.items, last.hasNextPage, last.total]).toEqual([[newItem(4)], false, 5]);
  });

  it('the items of a job can be replaced, removed and counted by status', async () => {
    const statuses: ReplicationItemStatus[] = [
      ...(['PENDING', 'RUNNING', 'CREATED', 'UPDATED'] as const),
      ...(['SKIPPED', 'FAILED', 'UNDONE', 'CREATED'] as const),
    ];
    await store.create(newJob('a'), newItems(9));
    const replica = { id: 'r', slug: null, name: 'ünï', model: 'gpt-5', collectionId: 'c' };
    const error = { code: 'CONFLICT', message: 'taken' };
    await Promise.all(
      statuses.map((status, n) =>
        store.claimed('a').saveItem(newItem(n, { status, replica, error, attempts: n })),
      ),
    );
    await store.claimed('a').removeItem(8);
    expect(await store.counts('a')).toEqual({
      total: 8,
      pending: 2,
      created: 2,
      updated: 1,
      skipped: 1,
      failed: 1,
      undone: 1,
    });
    const open = await store.items('a', { first: 9, statuses: ['CREATED', 'FAILED'] });
    expect(open.items.map(({ position }) => position)).toEqual([2, 5, 7]);
    expect(open.total).toBe(3);
    expect(open.items[1]).toEqual(newItem(5, { status: 'FAILED', replica, error, attempts: 5 }));
  });

  it('the items of a job include pending writes', async () => {
    await store.create(newJob('a'), newItems(1));
    const writing = store.claimed('a').saveItem(newItem(0, { status: 'CREATED' }));
    expect((await store.counts('a')).created).toBe(1);
    await writing;
  });

  it('the items of a job determine the recent throughput since the job started', async () => {
    await store.create(newJob('a'), newItems(5));
    await store.claimed('a').saveItem(newItem(0, { status: 'FAILED' }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await store.claimed('a').update({ status: 'RUNNING' });
    for (const [n, status] of (['CREATED', 'UPDATED', 'SKIPPED'] as const).entries()) {
      await store.claimed('a').saveItem(newItem(n + 1, { status }));
    }
    const { done, ms } = await store.throughput('a', 60_000);
    expect(done).toBe(2);
    expect(ms).toBeLessThan(30_000);
    expect((await store.throughput('a', -60_000)).done).toBe(0);
    expect(await store.throughput('unknown', 60_000)).toEqual({ done: 0, ms: 0 });
  });

  it('the items of a job are all pending again after the job is reset', async () => {
    await store.create(newJob('a'), newItems(2));
    const replica = { id: 'r', slug: null, name: 'x', model: 'm', collectionId: null };
    await store.claimed('a').saveItem(newItem(0, { status: 'CREATED', replica, attempts: 3 }));
    await store.claimed('a').reset();
    expect((await store.items('a', { first: 9 })).items).toEqual(newItems(2));
  });
});
