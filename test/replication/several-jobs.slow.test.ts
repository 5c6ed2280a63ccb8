import { beforeEach, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import { cancel, creates, ended, names, propose, readJob, replicate, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty', latencyMs: 5 } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (let n = 0; n < 10; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});

it('three replications started one after the other without waiting create every replica once', async () => {
  const jobs = [];
  for (let n = 0; n < 3; n += 1) jobs.push(await replicate(gateway, { awaitSeconds: 0 }));
  const last = await Promise.all(jobs.map(({ id }) => ended(gateway, id)));
  expect(last.map(({ counts }) => [counts.total, counts.created, counts.skipped])).toEqual([
    [10, 10, 0],
    [10, 0, 10],
    [10, 0, 10],
  ]);
  expect(names(gateway.sandbox)).toHaveLength(20);
  expect(creates(gateway.sandbox)).toBe(10);
});

it('four replications started at the same time create every replica once', async () => {
  const jobs = await Promise.all([1, 2, 3, 4].map(() => replicate(gateway)));
  const created = jobs.map(({ counts }) => counts.created ?? 0);
  expect(created.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 10]);
  expect(creates(gateway.sandbox)).toBe(10);
});

it('of two simultaneous replications with the same replica names, one creates all replicas and the other fails all items', async () => {
  const [one, other] = await Promise.all(
    ['gpt-5', 'gpt-6'].map((targetModel) => replicate(gateway, { targetModel })),
  );
  const counts = [one?.counts, other?.counts].map((given) => [given?.created, given?.failed]);
  expect(counts.toSorted()).toEqual([
    [0, 10],
    [10, 0],
  ]);
  expect(new Set(names(gateway.sandbox)).size).toBe(20);
});

it('a replication that overlaps a running one waits for it and shows its id in waitsFor', async () => {
  gateway.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    delayMs: 400,
    times: 0,
  });
  const first = await replicate(gateway, { awaitSeconds: 0, selection: { search: 'p1' } });
  const second = await replicate(gateway, { awaitSeconds: 0 });
  const waiting = await until(
    () => readJob(gateway, second.id),
    (job) => job?.status === 'WAITING',
  );
  expect(waiting).toMatchObject({ waitsFor: first.id, finishedAt: null, counts: { pending: 10 } });
  gateway.sandbox.clearFaults();
  const last = await ended(gateway, second.id);
  expect(last).toMatchObject({ status: 'COMPLETED', waitsFor: null, counts: { created: 9, skipped: 1 } });
  expect(new Set(names(gateway.sandbox)).size).toBe(20);
  expect(creates(gateway.sandbox)).toBe(10);
});

it('a replication that shares no prompt with a running one does not wait', async () => {
  gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 1500 });
  const slow = await replicate(gateway, { awaitSeconds: 0, selection: { search: 'p1' } });
  await until(
    () => creates(gateway.sandbox),
    (count) => count === 1,
  );
  expect((await replicate(gateway, { selection: { search: 'p2' } })).counts).toMatchObject({ created: 1 });
  expect((await readJob(gateway, slow.id))?.status).toBe('RUNNING');
  await ended(gateway, slow.id);
});

it('a waiting replication can be cancelled', async () => {
  gateway.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    delayMs: 600,
    times: 0,
  });
  const first = await replicate(gateway, { awaitSeconds: 0 });
  const second = await replicate(gateway, { awaitSeconds: 0 });
  const { replication } = await cancel(gateway, second.id);
  expect(replication).toMatchObject({ status: 'CANCELLED', waitsFor: null });
  gateway.sandbox.clearFaults();
  expect((await ended(gateway, first.id)).counts.created).toBe(10);
});

it('a replication under another API key does not wait for a running one', async () => {
  gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 1500 });
  const slow = await replicate(gateway, { awaitSeconds: 0 });
  gateway.sandbox.portkey.addPrompt({ name: 'theirs', owner: 'other' });
  const other = await replicate(gateway, {}, { 'x-portkey-api-key': 'pk-sandbox-other' });
  expect(other.counts).toMatchObject({ total: 1, created: 1 });
  expect((await ended(gateway, slow.id)).counts.created).toBe(10);
});

it('the gateway rejects a replication with CONFLICT while ten others are unfinished', async () => {
  // Keeps the first job running until the others have started, even on a slow machine.
  gateway.sandbox.addFault({
    upstream: 'portkey',
    kind: 'slow-body',
    method: 'POST',
    delayMs: 2000,
    times: 0,
  });
  const jobs = [];
  for (let n = 0; n < 10; n += 1) jobs.push(await replicate(gateway, { awaitSeconds: 0 }));
  const { replication, userErrors } = await propose(gateway, { awaitSeconds: 0 });
  expect(replication).toBeNull();
  expect(userErrors).toMatchObject([
    { code: 'CONFLICT', message: expect.stringContaining('10 unfinished replications') },
  ]);
  gateway.sandbox.clearFaults();
  for (const { id } of jobs) await ended(gateway, id);
  expect(writes(gateway.sandbox)).toHaveLength(10);
  expect((await replicate(gateway)).counts.skipped).toBe(10);
});
