import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryReplicationStore } from '../../src/backplane/embedded/memory-replication-store.js';
import type { ReplicationStore } from '../../src/backplane/replication-store.js';
import type { Replication, ReplicationItem, ReplicationItemStatus } from '../../src/domain/replication.js';
import { withDefaults } from '../../src/services/replication/request.js';

function replication(id: string, given: Partial<Replication> = {}): Replication {
  return {
    id,
    principal: 'me',
    status: 'PLANNING',
    targetModel: 'gpt-5',
    dryRun: false,
    selection: {},
    options: withDefaults({}),
    error: null,
    createdAt: '2026-08-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    ...given,
  };
}

function item(position: number, status: ReplicationItemStatus = 'PENDING'): ReplicationItem {
  const source = { id: `p-${position}`, slug: null, name: null, model: null, collectionId: null };
  const open = { action: 'CREATE', replica: null, error: null, attempts: 0 } as const;
  return { position, source, replicaName: `r-${position}`, status, ...open };
}

let store: ReplicationStore;
beforeEach(() => {
  store = new MemoryReplicationStore();
});
const idsOf = async (principal: string, options: { first: number; after?: string }) => {
  const { items, hasNextPage } = await store.list(principal, options);
  return [...items.map(({ id }) => id), ...(hasNextPage ? ['...'] : [])];
};

describe('jobs', () => {
  it('are found by their id', async () => {
    await store.create(replication('a'), []);
    expect(await store.get('a')).toEqual(replication('a'));
    expect(await store.get('b')).toBeNull();
  });

  it('are listed newest first, in pages, to their owner alone', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await store.create(replication(id), []);
    await store.create(replication('x', { principal: 'you' }), []);
    expect(await idsOf('me', { first: 2 })).toEqual(['d', 'c', '...']);
    expect(await idsOf('me', { first: 2, after: 'c' })).toEqual(['b', 'a']);
    expect(await idsOf('me', { first: 2, after: 'a' })).toEqual([]);
    expect(await idsOf('you', { first: 9 })).toEqual(['x']);
    expect(await idsOf('nobody', { first: 9 })).toEqual([]);
  });

  it('end behind a job that is not known any more, or is somebody else’s', async () => {
    await store.create(replication('a'), []);
    await store.create(replication('x', { principal: 'you' }), []);
    expect(await idsOf('me', { first: 9, after: 'forgotten' })).toEqual([]);
    expect(await idsOf('me', { first: 9, after: 'x' })).toEqual([]);
  });

  it('change field by field', async () => {
    await store.create(replication('a'), []);
    await store.update('a', { status: 'RUNNING' });
    await store.update('a', { startedAt: 'now' });
    expect(await store.get('a')).toEqual(replication('a', { status: 'RUNNING', startedAt: 'now' }));
    await expect(store.update('b', { status: 'RUNNING' })).rejects.toThrow('no such replication');
  });

  it('are forgotten when a hundred others have ended since, but not while they go on', async () => {
    await store.create(replication('running'), []);
    for (let n = 0; n < 101; n += 1) await store.create(replication(`${n}`, { finishedAt: 'then' }), []);
    expect(await store.get('0')).toBeNull();
    expect(await store.get('1')).not.toBeNull();
    expect(await store.get('running')).not.toBeNull();
  });
});

describe('items', () => {
  const positions = async (options: { first: number; after?: number }) => {
    const { items, hasNextPage } = await store.items('a', options);
    return [...items.map(({ position }) => position), ...(hasNextPage ? ['...'] : [])];
  };

  it('come by position, in pages, whatever is written when', async () => {
    await store.create(
      replication('a'),
      [0, 1, 2, 3, 4].map((position) => item(position)),
    );
    await store.saveItem('a', item(3, 'CREATED'));
    await store.saveItem('a', item(0, 'CREATED'));
    expect(await positions({ first: 2 })).toEqual([0, 1, '...']);
    expect(await positions({ first: 2, after: 1 })).toEqual([2, 3, '...']);
    expect(await positions({ first: 2, after: 3 })).toEqual([4]);
    expect(await positions({ first: 2, after: 4 })).toEqual([]);
  });

  it('can be taken out, also the one that a page ended with', async () => {
    await store.create(
      replication('a'),
      [0, 1, 2, 3].map((position) => item(position)),
    );
    await store.removeItem('a', 1);
    expect(await positions({ first: 9 })).toEqual([0, 2, 3]);
    expect(await positions({ first: 9, after: 1 })).toEqual([2, 3]);
    expect((await store.counts('a')).total).toBe(3);
  });

  it('are counted by what became of them', async () => {
    const statuses = ['PENDING', 'RUNNING', 'CREATED', 'CREATED', 'UPDATED', 'SKIPPED', 'FAILED'] as const;
    await store.create(
      replication('a'),
      statuses.map((status, position) => item(position, status)),
    );
    const counts = { total: 7, created: 2, updated: 1, skipped: 1, failed: 1, pending: 2 };
    expect(await store.counts('a')).toEqual(counts);
  });

  it('of no job are an error', async () => {
    await expect(store.items('b', { first: 1 })).rejects.toThrow('no such replication');
    await expect(store.counts('b')).rejects.toThrow('no such replication');
    await expect(store.saveItem('b', item(0))).rejects.toThrow('no such replication');
  });
});
