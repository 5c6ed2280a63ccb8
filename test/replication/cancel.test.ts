import { beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import { cancel, creates, ended, lines, names, readJob, replicate, resume } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (let n = 0; n < 8; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});

/** Starts a job whose create requests get slow responses, and waits until the first one is sent. */
async function startSlowly(delayMs: number, options = {}): Promise<string> {
  gateway.sandbox.addFault({
    ...{ upstream: 'portkey', kind: 'slow-body', method: 'POST', path: '/prompts' },
    ...{ delayMs, times: 0 },
  });
  const { id } = await replicate(gateway, { awaitSeconds: 0, options: { concurrency: 2, ...options } });
  await until(
    () => creates(gateway.sandbox),
    (count) => count > 0,
  );
  return id;
}

describe('cancelled replication', () => {
  it('a cancelled replication finishes and records the create requests in progress, and sends no more', async () => {
    const id = await startSlowly(300);
    const { replication, userErrors } = await cancel(gateway, id);
    expect(userErrors).toEqual([]);
    expect(replication).toMatchObject({ id, status: 'CANCELLED', finishedAt: expect.any(String) });
    const created = replication?.counts.created ?? 0;
    expect(created).toBe(creates(gateway.sandbox));
    expect(replication?.counts).toMatchObject({ total: 8, pending: 8 - created, failed: 0 });
    expect(replication?.items.filter(({ status }) => status === 'RUNNING')).toEqual([]);
    expect(names(gateway.sandbox)).toHaveLength(8 + created);
  });

  it('a cancelled replication creates each remaining replica once when it is resumed', async () => {
    const id = await startSlowly(200);
    await cancel(gateway, id);
    gateway.sandbox.clearFaults();
    const resumed = await resume(gateway, id);
    expect([resumed.userErrors, resumed.replication?.finishedAt]).toEqual([[], null]);
    const last = await ended(gateway, id);
    expect(last).toMatchObject({ status: 'COMPLETED', counts: { total: 8, created: 8 } });
    expect([names(gateway.sandbox).length, creates(gateway.sandbox)]).toEqual([16, 8]);
  });

  it('a cancelled replication does not wait for the Retry-After of Portkey', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', times: 0, retryAfter: 3600 });
    const { id } = await replicate(gateway, { awaitSeconds: 0 });
    await until(
      () => sandbox.requests({ method: 'POST' }).length,
      (count) => count > 0,
    );
    const { replication } = await cancel(gateway, id);
    expect(replication).toMatchObject({ status: 'CANCELLED', counts: { pending: 8, created: 0 } });
    expect(replication?.items.map(({ status }) => status)).toEqual(Array(8).fill('PENDING'));
  });

  it('a cancelled replication searches for a create request whose response was lost, and records it', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', times: 0 });
    const { id } = await replicate(gateway, { awaitSeconds: 0, options: { concurrency: 1 } });
    await until(
      () => creates(sandbox),
      (count) => count > 0,
    );
    const { replication } = await cancel(gateway, id);
    expect(replication?.status).toBe('CANCELLED');
    expect(names(sandbox)).toHaveLength(8 + (replication?.counts.created ?? 0));
    expect(creates(sandbox)).toBe(replication?.counts.created);
  });

  it('a cancelled replication has created nothing when it was cancelled during planning', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: '429', path: '/prompts/*', times: 0, retryAfter: 600 });
    const { id } = await replicate(gateway, { awaitSeconds: 0 });
    const { replication } = await cancel(gateway, id);
    expect(replication).toMatchObject({ status: 'CANCELLED', startedAt: null, counts: { pending: 8 } });
    expect(creates(sandbox)).toBe(0);
  });

  it('a cancelled replication stays cancelled when it is cancelled again', async () => {
    const id = await startSlowly(200);
    const [one, two] = await Promise.all([cancel(gateway, id), cancel(gateway, id)]);
    const three = await cancel(gateway, id);
    for (const { replication, userErrors } of [one, two, three]) {
      expect([replication?.status, userErrors]).toEqual(['CANCELLED', []]);
    }
  });
});

it('a completed replication cannot be cancelled', async () => {
  const { id } = await replicate(gateway);
  const { replication, userErrors } = await cancel(gateway, id);
  expect(replication).toMatchObject({ id, status: 'COMPLETED' });
  expect(userErrors).toMatchObject([
    { code: 'INVALID', field: ['id'], message: expect.stringMatching(/ended/) },
  ]);
});

it('an interrupted replication can be cancelled', async () => {
  const { sandbox } = gateway;
  const env = { PORTKEY_BASE_URL: sandbox.portkeyUrl, PORTKEY_API_KEY: 'pk-sandbox' };
  const first = await startTestGateway({ env });
  sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', times: 0, retryAfter: 600 });
  const { id } = await replicate(first, { awaitSeconds: 0 });
  await until(
    () => sandbox.requests({ method: 'POST' }).length,
    (count) => count > 0,
  );
  await first.stop();
  const second = await startTestGateway({ env: { ...env, PORTKEY_API_KEY: '', DATA_DIR: first.dataDir } });
  const headers = { 'x-portkey-api-key': 'pk-sandbox' };
  expect(await readJob(second, id, headers)).toMatchObject({ status: 'INTERRUPTED', finishedAt: null });
  const { replication, userErrors } = await cancel(second, id, headers);
  expect([replication?.status, userErrors]).toEqual(['CANCELLED', []]);
  await second.close();
  await first.close();
});

describe('caller with another key', () => {
  const headers = { 'x-portkey-api-key': 'pk-sandbox-other' };

  it.each([
    ['cancel', cancel],
    ['resume', resume],
  ])(
    'a caller with another key cannot %s a replication, and gets the same response as for an unknown id',
    async (_name, mutate) => {
      const id = await startSlowly(100);
      const refused = await mutate(gateway, id, headers);
      const unknown = await mutate(gateway, '11111111-2222-4333-8444-555555555555', headers);
      expect(refused).toEqual(unknown);
      expect(refused).toMatchObject({
        replication: null,
        userErrors: [{ code: 'NOT_FOUND', field: ['id'] }],
      });
      expect((await ended(gateway, id)).counts).toMatchObject({ created: 8 });
    },
  );
});

it('the list of replications can be filtered and paged', async () => {
  const dry = await replicate(gateway, { dryRun: true });
  const one = await replicate(gateway);
  const two = await replicate(gateway, { targetModel: 'gpt-6', options: { nameTemplate: '{name}-{model}' } });
  const list = async (args: string) => {
    const { data, errors } = await gateway.graphql(
      `{ replications(${args}) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
    );
    expect(errors).toBeUndefined();
    return data;
  };
  const idsOf = (data: unknown) => JSON.stringify(data).match(/[0-9a-f-]{36}/g);
  expect(idsOf(await list('filter: { targetModel: "gpt-6" }'))).toEqual([two.id]);
  expect(idsOf(await list('filter: { dryRun: true }'))).toEqual([dry.id]);
  expect(idsOf(await list('first: 3, filter: { status: [COMPLETED] }'))?.slice(0, 2)).toEqual([
    two.id,
    one.id,
  ]);
  expect(idsOf(await list('filter: { status: [UNDONE] }'))).toBeNull();
  const bad = await gateway.graphql(
    `{ replications(filter: { targetModel: "${'m'.repeat(300)}" }) { nodes { id } } }`,
  );
  expect(bad.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
});

it('a replication that is cancelled midway has only created and pending items', async () => {
  const id = await startSlowly(300);
  const { replication } = await cancel(gateway, id);
  if (!replication) throw new Error('there is no such job');
  const statuses = new Set(lines(replication).map((line) => line.split(': ')[1]));
  expect([...statuses].sort()).toEqual(['CREATE CREATED', 'CREATE PENDING']);
});
