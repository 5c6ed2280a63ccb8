import { request } from 'node:http';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeGateway } from '../support/describe-gateway.js';
import { at, until } from '../support/gateway.js';
import { creates, ended, names, REPLICATE, readJob, replicate, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => gateway.sandbox.reset());

const otherKey = { 'x-portkey-api-key': 'pk-sandbox-other' };
const connection = z.object({
  totalCount: z.number().optional(),
  nodes: z.array(z.object({ id: z.string().optional(), replicaName: z.string().optional() })),
  edges: z.array(z.object({ cursor: z.string() })),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
const LIST = `query ($first: Int, $after: String) { replications(first: $first, after: $after) {
  nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } } }`;
const ITEMS = `query ($id: ID!, $first: Int, $after: String) { replication(id: $id) {
  items(first: $first, after: $after) {
    totalCount nodes { replicaName } edges { cursor } pageInfo { hasNextPage endCursor } } } }`;

/** Reads every page of a connection. */
async function pages(
  query: string,
  path: string,
  variables: Record<string, unknown>,
  headers = {},
): Promise<z.output<typeof connection>[]> {
  const all: z.output<typeof connection>[] = [];
  for (let after: string | null = null; ; ) {
    const { data, errors } = await gateway.graphql(query, { ...variables, after }, headers);
    expect(errors).toBeUndefined();
    const page = connection.parse(at(data, path));
    all.push(page);
    if (!page.pageInfo.hasNextPage) return all;
    after = page.pageInfo.endCursor;
  }
}

describe('replication', () => {
  it('a replication is readable immediately and until its end', async () => {
    for (const name of ['a', 'b', 'c']) gateway.sandbox.portkey.addPrompt({ name });
    gateway.sandbox.addFault({
      upstream: 'portkey',
      kind: 'slow-body',
      method: 'POST',
      times: 3,
      delayMs: 100,
    });
    const started = await replicate(gateway, { awaitSeconds: 0 });
    expect(['PLANNING', 'RUNNING']).toContain(started.status);
    expect(started).toMatchObject({ finishedAt: null, counts: { total: 3, pending: 3 } });
    expect(started.items.map(({ source }) => source.name)).toEqual(['c', 'b', 'a']);

    const running = await until(
      () => readJob(gateway, started.id),
      (job) => job?.status === 'RUNNING',
    );
    expect(running).toMatchObject({ finishedAt: null, counts: { pending: 3, created: 0 } });
    const last = await ended(gateway, started.id);
    expect(last).toMatchObject({ status: 'COMPLETED', counts: { total: 3, created: 3, pending: 0 } });
    const times = [last.createdAt, last.startedAt, last.finishedAt].map((time) => Date.parse(time ?? ''));
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('a replication is awaited for at most awaitSeconds', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 2000 });
    const started = await replicate(gateway, { awaitSeconds: 1 });
    expect(started).toMatchObject({ status: 'RUNNING', items: [{ status: 'RUNNING' }] });
    expect((await ended(gateway, started.id)).counts.created).toBe(1);
  });

  it.each(['00000000-0000-4000-8000-000000000000', 'nonsense', ''])(
    'a replication is null for the unknown id %p',
    async (id) => {
      expect(await readJob(gateway, id)).toBeNull();
    },
  );

  it('a replication continues when the client that started it disconnects', async () => {
    for (const name of ['a', 'b']) gateway.sandbox.portkey.addPrompt({ name });
    gateway.sandbox.addFault({
      upstream: 'portkey',
      kind: 'slow-body',
      method: 'POST',
      times: 2,
      delayMs: 300,
    });
    const before = (await pages(LIST, 'replications', { first: 500 }))[0]?.nodes[0]?.id;
    const client = request(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    const hungUp = new Promise((resolve) => client.once('error', resolve));
    client.end(JSON.stringify({ query: REPLICATE, variables: { targetModel: 'gpt-5', awaitSeconds: 60 } }));
    const newest = async () => (await pages(LIST, 'replications', { first: 1 }))[0]?.nodes[0]?.id;
    await until(
      () => creates(gateway.sandbox),
      (count) => count === 2,
    );
    client.destroy(new Error('enough'));
    await hungUp;
    const id = await newest();
    expect(id).not.toBe(before);
    expect((await ended(gateway, id ?? '')).counts).toMatchObject({ total: 2, created: 2 });
    expect(names(gateway.sandbox)).toEqual(['a', 'a-replica', 'b', 'b-replica']);
  });
});

describe('items of a replication', () => {
  it('the items of a replication appear once each, in pages, in the order of the plan', async () => {
    for (let n = 0; n < 11; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
    // The plan leaves out a replica that has a marker. No page may show that gap.
    await replicate(gateway, { selection: { search: 'p5' }, options: { nameTemplate: '{slug} copy' } });
    const { id, items } = await replicate(gateway);
    for (const first of [1, 4, 11, 500]) {
      const read = await pages(ITEMS, 'replication.items', { id, first });
      expect(read.flatMap(({ nodes }) => nodes.map(({ replicaName }) => replicaName))).toEqual(
        items.map(({ replicaName }) => replicaName),
      );
      for (const page of read) {
        expect(page.totalCount).toBe(11);
        expect(page.edges.at(-1)?.cursor).toBe(page.pageInfo.endCursor);
      }
      expect(read).toHaveLength(Math.ceil(11 / first));
    }
  });

  it('the items of a replication can be filtered by status', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'homeless', collection_id: null });
    for (const name of ['a', 'b', 'c']) gateway.sandbox.portkey.addPrompt({ name });
    const { id } = await replicate(gateway);
    const byStatus = `query ($id: ID!, $first: Int, $after: String, $status: ReplicationItemStatus) {
      replication(id: $id) { items(first: $first, after: $after, status: $status) {
        totalCount nodes { replicaName } edges { cursor } pageInfo { hasNextPage endCursor } } } }`;
    const read = async (status: string) =>
      (await pages(byStatus, 'replication.items', { id, first: 2, status })).flatMap(
        ({ totalCount, nodes }) => [totalCount, ...nodes.map(({ replicaName }) => replicaName)],
      );
    expect(await read('FAILED')).toEqual([1, 'homeless-replica']);
    expect(await read('CREATED')).toEqual([3, 'c-replica', 'b-replica', 3, 'a-replica']);
    expect(await read('PENDING')).toEqual([0]);
  });

  it.each([
    ['a malformed cursor', { after: 'nonsense' }],
    ['a cursor of another list', { after: Buffer.from('tune:3').toString('base64url') }],
    ['a cursor with a bad position', { after: Buffer.from('replication-item:-1').toString('base64url') }],
    ['an empty cursor', { after: '' }],
    ['a page size of 0', { first: 0 }],
    ['a page size of 501', { first: 501 }],
  ])('the items of a replication cannot be read with %s', async (_case, paging) => {
    const { id } = await replicate(gateway);
    const { data, errors } = await gateway.graphql(ITEMS, { id, first: 5, ...paging });
    expect(at(data, 'replication')).toEqual({ items: null });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors).toHaveLength(1);
  });
});

describe('replications', () => {
  it('replications are listed newest first, in pages', async () => {
    const started: string[] = [];
    for (let n = 0; n < 5; n += 1) started.push((await replicate(gateway, { dryRun: true })).id);
    const read = await pages(LIST, 'replications', { first: 2 });
    const listed = read.flatMap(({ nodes }) => nodes.map(({ id }) => id));
    expect(listed.slice(0, 5)).toEqual(started.toReversed());
    expect(new Set(listed).size).toBe(listed.length);
    expect(Math.max(...read.map(({ nodes }) => nodes.length))).toBe(2);
  });

  it('replications cannot be listed with a malformed cursor', async () => {
    const { errors } = await gateway.graphql(LIST, { after: 'nonsense' });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' }, path: ['replications'] }]);
  });

  it('replications are visible only to the key that started them', async () => {
    const { id } = await replicate(gateway);
    expect(await readJob(gateway, id, otherKey)).toBeNull();
    expect(await readJob(gateway, id, { 'x-portkey-api-key': 'pk-sandbox-readonly' })).toBeNull();
    expect((await pages(LIST, 'replications', {}, otherKey)).flatMap(({ nodes }) => nodes)).toEqual([]);
    const ownKey = { 'x-portkey-api-key': gateway.sandbox.portkeyKey };
    expect((await readJob(gateway, id, ownKey))?.id).toBe(id);
  });

  it('replications use the library of the key in the request', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'mine' });
    gateway.sandbox.portkey.addPrompt({ name: 'theirs', owner: 'other' });
    const job = await replicate(gateway, {}, otherKey);
    expect(job.items.map(({ source }) => source.name)).toEqual(['theirs']);
    expect(job.counts.created).toBe(1);
    expect(names(gateway.sandbox)).toEqual(['mine']);
    expect(writes(gateway.sandbox)).toHaveLength(1);
  });
});
