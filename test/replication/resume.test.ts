import { beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { creates, ended, lines, names, replicate, resume, upstream } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (const name of ['a', 'b', 'c', 'd']) gateway.sandbox.portkey.addPrompt({ name });
});

const ALL = ['a', 'a-replica', 'b', 'b-replica', 'c', 'c-replica', 'd', 'd-replica'];

describe('resuming a replication', () => {
  it.each([401, 402, 403])(
    'resuming a replication completes a job that failed on a %i response from Portkey',
    async (status) => {
      const { sandbox } = gateway;
      sandbox.addFault({ upstream: 'portkey', kind: 'status', status, method: 'POST', skip: 2, times: 0 });
      const { id } = await replicate(gateway, { options: { concurrency: 1 } });
      sandbox.clearFaults();
      const { replication, userErrors } = await resume(gateway, id);
      expect(userErrors).toEqual([]);
      expect(replication).toMatchObject({ id, error: null, finishedAt: null });
      const last = await ended(gateway, id);
      expect(last).toMatchObject({ status: 'COMPLETED', error: null, counts: { total: 4, created: 4 } });
      expect([names(sandbox), creates(sandbox)]).toEqual([ALL, 5]);
    },
  );

  it('resuming a replication retries only the failed items', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 400, method: 'POST', skip: 1, times: 2 });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect(job).toMatchObject({ status: 'COMPLETED', counts: { created: 2, failed: 2 } });
    sandbox.clearRequests();
    await resume(gateway, job.id);
    const last = await ended(gateway, job.id);
    expect(last.counts).toMatchObject({ total: 4, created: 4, failed: 0 });
    expect(last.items.map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(last.items.map(({ attempts }) => attempts).sort()).toEqual([1, 1, 2, 2]);
    expect([names(sandbox), creates(sandbox)]).toEqual([ALL, 2]);
    expect(last.startedAt).toBe(job.startedAt);
  });

  it('resuming a replication searches for a create request with an unknown outcome before it sends another', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST' });
    sandbox.addFault({
      upstream: 'portkey',
      kind: 'status',
      status: 401,
      path: '/prompts',
      skip: 1,
      times: 0,
    });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect([job.status, names(sandbox).length]).toEqual(['FAILED', 5]);
    sandbox.clearFaults();
    await resume(gateway, job.id);
    const last = await ended(gateway, job.id);
    expect(last.counts).toMatchObject({ created: 4, skipped: 0 });
    expect(names(sandbox)).toEqual(ALL);
    for (const { source, replica } of last.items)
      expect(replica?.id).toBe(upstream(sandbox, `${source.name}-replica`).id);
  });

  it('resuming a replication changes nothing when the job is completed or still running', async () => {
    const job = await replicate(gateway);
    const complete = await resume(gateway, job.id);
    expect([complete.replication, complete.userErrors]).toEqual([job, []]);
    gateway.sandbox.reset();
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 300 });
    const { id } = await replicate(gateway, { awaitSeconds: 0 });
    const [one, two] = await Promise.all([resume(gateway, id), resume(gateway, id)]);
    expect([one.userErrors, two.userErrors]).toEqual([[], []]);
    expect((await ended(gateway, id)).counts).toMatchObject({ created: 1 });
    expect(creates(gateway.sandbox)).toBe(1);
  });

  it('resuming a replication three times simultaneously runs the job once', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 402, method: 'POST', times: 0 });
    const { id } = await replicate(gateway);
    sandbox.clearFaults();
    sandbox.clearRequests();
    await Promise.all([1, 2, 3].map(() => resume(gateway, id)));
    expect((await ended(gateway, id)).counts).toMatchObject({ created: 4 });
    expect([names(sandbox), creates(sandbox)]).toEqual([ALL, 4]);
  });

  it('resuming a replication fails the item of a source that was deleted meanwhile with NOT_FOUND', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 402, method: 'POST', times: 0 });
    const { id } = await replicate(gateway);
    sandbox.clearFaults();
    sandbox.portkey.prompts.delete(upstream(sandbox, 'b').id);
    await resume(gateway, id);
    expect(lines(await ended(gateway, id))).toContain('b: CREATE FAILED NOT_FOUND');
  });

  it('resuming a replication is rejected for a dry run', async () => {
    const { id } = await replicate(gateway, { dryRun: true });
    const { replication, userErrors } = await resume(gateway, id);
    expect(replication).toMatchObject({ id, status: 'PLANNED' });
    expect(userErrors).toMatchObject([{ code: 'INVALID', field: ['id'] }]);
  });
});
