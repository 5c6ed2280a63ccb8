import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { UndoReplicationDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import {
  cancel,
  creates,
  library,
  names,
  readJob,
  replicate,
  resume,
  undo,
  upstream,
} from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (const name of ['a', 'b', 'c', 'd']) gateway.sandbox.portkey.addPrompt({ name });
});

const deletes = () =>
  gateway.sandbox
    .requests({ upstream: 'portkey', method: 'DELETE' })
    .map(({ path }) => path.split('/').at(-1));

/** Returns the sandbox's record of a prompt, which a test may change. */
function live(name: string): PortkeyPrompt {
  const found = library(gateway.sandbox).find((prompt) => prompt.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

describe('undoing a replication', () => {
  it('undoing a replication deletes only the replicas that the replication created', async () => {
    await replicate(gateway, { targetModel: 'gpt-4', options: { nameTemplate: '{name}-{model}' } });
    gateway.sandbox.portkey.addPrompt({ name: 'd-replica' });
    const before = names(gateway.sandbox);
    const job = await replicate(gateway);
    expect(job.counts).toMatchObject({ created: 3, failed: 1 });
    const replicas = ['a', 'b', 'c'].map((name) => upstream(gateway.sandbox, `${name}-replica`));
    const { deleted, kept, userErrors, replication } = await undo(gateway, job.id);
    expect(userErrors).toEqual([]);
    expect(kept).toEqual([]);
    const expected = replicas.map(({ id, name }) => ({ id, name }));
    expect(deleted.toSorted((one, other) => one.name.localeCompare(other.name))).toEqual(expected);
    expect(deletes().toSorted()).toEqual(replicas.map(({ id }) => id).toSorted());
    expect(names(gateway.sandbox)).toEqual(before);
    expect(replication).toMatchObject({
      status: 'UNDONE',
      counts: { total: 4, created: 0, undone: 3, failed: 1 },
    });
  });

  it.each<[string, RegExp, (replica: PortkeyPrompt) => void]>([
    [
      'has a new published version',
      /edited since.*2 versions/,
      (replica) => {
        const [version] = replica.versions;
        if (version) gateway.sandbox.portkey.addVersion(replica, { ...version, string: 'better' });
        replica.published = 2;
      },
    ],
    [
      'has a new unpublished version',
      /edited since.*2 versions/,
      (replica) => {
        const [version] = replica.versions;
        if (version) gateway.sandbox.portkey.addVersion(replica, { ...version, string: 'draft' });
      },
    ],
    ['was renamed', /renamed to "mine now" since/, (replica) => Object.assign(replica, { name: 'mine now' })],
    [
      'was moved to another collection',
      /moved to another collection/,
      (replica) => {
        replica.collection_id = gateway.sandbox.portkey.addCollection({ name: 'Elsewhere' }).id;
      },
    ],
    [
      'no longer has its marker',
      /marker/,
      (replica) => Object.assign(replica.versions[0] ?? {}, { template_metadata: null }),
    ],
  ])(
    'undoing a replication keeps a replica that %s, and reports the reason',
    async (_case, reason, change) => {
      const job = await replicate(gateway);
      const replica = live('b-replica');
      change(replica);
      const { deleted, kept } = await undo(gateway, job.id);
      expect(kept).toEqual([{ id: replica.id, name: 'b-replica', reason: expect.stringMatching(reason) }]);
      expect(deleted).toHaveLength(3);
      expect(deletes()).not.toContain(replica.id);
      expect(gateway.sandbox.portkey.prompts.get(replica.id)).toBeDefined();
      expect((await readJob(gateway, job.id))?.counts).toMatchObject({ created: 1, undone: 3 });
    },
  );

  it('undoing a replication keeps a replica that the replication only updated', async () => {
    await replicate(gateway);
    const source = live('a');
    const [version] = source.versions;
    if (version)
      source.published = gateway.sandbox.portkey.addVersion(source, { ...version, string: 'new' }).number;
    const job = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
    expect(job.counts).toMatchObject({ updated: 1, skipped: 3 });
    const { deleted, kept } = await undo(gateway, job.id);
    expect(deleted).toEqual([]);
    expect(kept).toMatchObject([{ name: 'a-replica', reason: expect.stringMatching(/existed before/) }]);
    expect(deletes()).toEqual([]);
  });

  it('undoing a replication deletes a replica whose creation is not on record', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST' });
    // Later reads fail, so the job ends with a create request that may have been sent.
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 401, method: 'GET', skip: 5, times: 0 });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect(job).toMatchObject({ status: 'FAILED', counts: { created: 0, pending: 4 } });
    expect(job.items.map(({ status }) => status).sort()).toEqual([
      'PENDING',
      'PENDING',
      'PENDING',
      'RUNNING',
    ]);
    sandbox.clearFaults();
    expect(names(sandbox)).toHaveLength(5);
    const { deleted, kept } = await undo(gateway, job.id);
    expect([deleted.length, kept]).toEqual([1, []]);
    expect(names(sandbox)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('undoing a replication counts a replica that no longer exists as undone', async () => {
    const job = await replicate(gateway);
    gateway.sandbox.portkey.prompts.delete(live('c-replica').id);
    const { deleted, kept, replication } = await undo(gateway, job.id);
    expect([deleted.length, kept, replication?.counts.undone]).toEqual([3, [], 4]);
  });

  it('undoing a replication deletes nothing the second time', async () => {
    const job = await replicate(gateway);
    await undo(gateway, job.id);
    gateway.sandbox.clearRequests();
    const again = await undo(gateway, job.id);
    expect([again.deleted, again.kept, again.replication?.status]).toEqual([[], [], 'UNDONE']);
    expect(deletes()).toEqual([]);
  });
});

describe('undo while Portkey fails', () => {
  it.each(['500', '504-after', 'drop-before', 'drop-after', '429'] as const)(
    'an undo while Portkey fails repeats a delete request (%s)',
    async (kind) => {
      const job = await replicate(gateway);
      gateway.sandbox.addFault({ upstream: 'portkey', kind, method: 'DELETE', retryAfter: 0 });
      const { deleted, kept, userErrors } = await undo(gateway, job.id);
      expect([deleted.length, kept, userErrors]).toEqual([4, [], []]);
      expect(names(gateway.sandbox)).toEqual(['a', 'b', 'c', 'd']);
    },
  );

  it('an undo while Portkey fails keeps a replica whose delete request gets a 400 response, and reports the reason', async () => {
    const job = await replicate(gateway);
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 400, method: 'DELETE' });
    const { deleted, kept } = await undo(gateway, job.id);
    expect(deleted).toHaveLength(3);
    expect(kept).toMatchObject([{ reason: expect.stringMatching(/could not be deleted/) }]);
    expect((await undo(gateway, job.id)).deleted).toHaveLength(1);
  });

  it('an undo while Portkey fails counts a replica as deleted when the response is lost and Portkey then returns 403 for it', async () => {
    const job = await replicate(gateway);
    gateway.sandbox.setDialect({ deletedStatus: 403 });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'DELETE' });
    const { kept, replication } = await undo(gateway, job.id);
    expect([kept, replication?.status, names(gateway.sandbox)]).toEqual([[], 'UNDONE', ['a', 'b', 'c', 'd']]);
  });

  it('an undo while Portkey fails keeps a replica that the gateway has updated, even if reads do not show the update yet', async () => {
    const job = await replicate(gateway);
    const source = live('a');
    const [version] = source.versions;
    if (version)
      source.published = gateway.sandbox.portkey.addVersion(source, { ...version, string: 'new' }).number;
    gateway.sandbox.setDialect({ readLagMs: 2_000 });
    const { id } = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
    const { deleted, kept } = await undo(gateway, job.id);
    expect(deleted).toHaveLength(3);
    expect(kept).toMatchObject([
      { reason: expect.stringContaining(`since been updated by replication ${id}`) },
    ]);
  });

  it('an undo while Portkey fails keeps the replicas that it cannot read while lists lag', async () => {
    gateway.sandbox.setDialect({ readLagMs: 200 });
    const job = await replicate(gateway);
    const fault = { upstream: 'portkey', kind: 'status', status: 403, method: 'GET', times: 0 } as const;
    gateway.sandbox.addFault({ ...fault, path: '/prompts/*' });
    const { deleted, kept } = await undo(gateway, job.id);
    expect([deleted, kept.length]).toEqual([[], 4]);
  });

  it('an undo while Portkey fails keeps the replicas that it is not allowed to read or delete, with the reason, and deletes the others', async () => {
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    const fault = { upstream: 'portkey', kind: 'status', status: 403 } as const;
    const [a, b] = job.items.map(({ replica }) => replica?.id);
    gateway.sandbox.addFault({ ...fault, method: 'GET', path: `/prompts/${a}`, times: 0 });
    gateway.sandbox.addFault({ ...fault, method: 'DELETE', path: `/prompts/${b}`, times: 0 });
    const { deleted, kept, replication } = await undo(gateway, job.id);
    expect([deleted.length, replication?.status]).toEqual([2, 'UNDONE']);
    expect(kept).toMatchObject([
      {
        id: a,
        reason: expect.stringMatching(/could not be read\. Portkey does not allow this with this key/),
      },
      {
        id: b,
        reason: expect.stringMatching(/could not be deleted\. Portkey does not allow this with this key/),
      },
    ]);
    gateway.sandbox.clearFaults();
    expect((await undo(gateway, job.id)).deleted).toHaveLength(2);
  });

  it('an undo while Portkey fails reports the reason for every remaining replica when Portkey rejects the key midway', async () => {
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    const fault = { upstream: 'portkey', kind: 'status', status: 401, method: 'DELETE' } as const;
    gateway.sandbox.addFault({ ...fault, skip: 1, times: 0 });
    const { deleted, kept, replication } = await undo(gateway, job.id);
    expect([deleted.length, kept.length, replication?.status]).toEqual([1, 3, 'UNDOING']);
    for (const { reason } of kept) expect(reason).toMatch(/stopped before it reached/);
    const { userErrors } = await cancel(gateway, job.id);
    expect(userErrors).toMatchObject([
      { code: 'INVALID', message: expect.stringContaining('undoReplication') },
    ]);
    gateway.sandbox.clearFaults();
    const rest = await undo(gateway, job.id);
    expect([rest.deleted.length, rest.replication?.status]).toEqual([3, 'UNDONE']);
  });

  it('an undo while Portkey fails fails with a top-level error when Portkey rejects the key from the start', async () => {
    const job = await replicate(gateway);
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 401, times: 0 });
    const { errors } = await gateway.graphql(`${UndoReplicationDocument}`, { id: job.id });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAUTHENTICATED' } }]);
    expect(deletes()).toEqual([]);
  });
});

describe('request to undo a replication', () => {
  it('a request to undo a replication is rejected for a dry run', async () => {
    const { id } = await replicate(gateway, { dryRun: true });
    expect((await undo(gateway, id)).userErrors).toMatchObject([{ code: 'INVALID', field: ['id'] }]);
  });

  it('a request to undo a replication is rejected with CONFLICT while the replication is running', async () => {
    gateway.sandbox.addFault({
      upstream: 'portkey',
      kind: 'slow-body',
      method: 'POST',
      delayMs: 400,
      times: 0,
    });
    const { id } = await replicate(gateway, { awaitSeconds: 0 });
    await until(
      () => creates(gateway.sandbox),
      (count) => count > 0,
    );
    const { userErrors, deleted } = await undo(gateway, id);
    expect(userErrors).toMatchObject([
      { code: 'CONFLICT', message: expect.stringMatching(/Cancel it first/) },
    ]);
    expect(deleted).toEqual([]);
    expect(deletes()).toEqual([]);
    await cancel(gateway, id);
    expect((await undo(gateway, id)).userErrors).toEqual([]);
    expect(names(gateway.sandbox)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('a request to undo a replication is rejected alike for an unknown replication and for one of another key', async () => {
    const { id } = await replicate(gateway);
    const refused = await undo(gateway, id, { 'x-portkey-api-key': 'pk-sandbox-other' });
    const unknown = await undo(gateway, 'no-such-job');
    expect(refused).toEqual(unknown);
    expect(refused).toMatchObject({ replication: null, userErrors: [{ code: 'NOT_FOUND' }] });
    expect(deletes()).toEqual([]);
  });
});

it('an undone replication cannot be resumed, but its prompts can be replicated again', async () => {
  const { id } = await replicate(gateway);
  await undo(gateway, id);
  expect((await resume(gateway, id)).userErrors).toMatchObject([{ code: 'INVALID', field: ['id'] }]);
  expect(names(gateway.sandbox)).toEqual(['a', 'b', 'c', 'd']);
  expect((await replicate(gateway)).counts).toMatchObject({ created: 4 });
});
