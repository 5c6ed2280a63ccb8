import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { until } from '../support/gateway.js';
import {
  creates,
  ended,
  library,
  lines,
  names,
  propose,
  replicate,
  resume,
  upstream,
  writes,
} from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => gateway.sandbox.reset());

describe('options of a replication', () => {
  it('the options of a replication set the name, collection, virtual key and version description of the replicas', async () => {
    const { portkey } = gateway.sandbox;
    portkey.addPrompt({ name: 'a', slug: 'pp-a-1', description: 'First' });
    const target = portkey.addCollection({ name: 'Replicas' });
    const job = await replicate(gateway, {
      targetModel: 'claude-sonnet-4',
      options: {
        nameTemplate: '{model}/{slug}/{name}',
        virtualKey: 'anthropic-prod',
        collectionId: target.id,
        versionDescription: 'For the comparison',
      },
    });
    expect(job.items[0]?.replicaName).toBe('claude-sonnet-4/pp-a-1/a');
    const replica = upstream(gateway.sandbox, 'claude-sonnet-4/pp-a-1/a');
    expect(replica.collection_id).toBe(target.id);
    expect(replica.version).toMatchObject({
      model: 'claude-sonnet-4',
      virtual_key: 'anthropic-prod',
      description: 'For the comparison',
    });
  });

  it('the options of a replication that are null take their defaults', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const options = { nameTemplate: null, concurrency: null, onExisting: null, virtualKey: null };
    const job = await replicate(gateway, { options });
    expect(job.items.map(({ replicaName }) => replicaName)).toEqual(['a-replica']);
  });

  it('the options of a replication do not rename an existing replica, whose item shows the existing name', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    await replicate(gateway);
    const job = await replicate(gateway, { options: { nameTemplate: '{name} two' } });
    expect(job.items).toMatchObject([
      { action: 'SKIP', replicaName: 'a-replica', replica: { name: 'a-replica' } },
    ]);
  });

  it('the options of a replication provide a virtual key and a collection for sources without them', async () => {
    const { portkey } = gateway.sandbox;
    const { id } = portkey.addCollection({ name: 'Replicas' });
    const source = portkey.addPrompt({ name: 'a', collection_id: null });
    const [version] = source.versions;
    if (version) version.virtual_key = null;
    const poor = await replicate(gateway, { options: { collectionId: id } });
    expect(lines(poor)).toEqual(['a: CREATE FAILED REQUIRED']);
    expect(poor.items[0]?.error?.message).toContain('options.virtualKey');
    const rich = await replicate(gateway, { options: { collectionId: id, virtualKey: 'openai-prod' } });
    expect(lines(rich)).toEqual(['a: CREATE CREATED']);
  });

  it('the options of a replication with an unknown collection are rejected with NOT_FOUND before anything is created', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const { replication, userErrors } = await propose(gateway, { options: { collectionId: 'col-nothing' } });
    expect(replication).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['options', 'collectionId'] }]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('the options of a replication accept the slug of a collection', async () => {
    const { portkey } = gateway.sandbox;
    const { id, slug } = portkey.addCollection({ name: 'Replicas' });
    portkey.addPrompt({ name: 'a' });
    await replicate(gateway, { options: { collectionId: slug } });
    expect(upstream(gateway.sandbox, 'a-replica').collection_id).toBe(id);
  });

  it('the options of a replication accept a collection that the key cannot read, so that Portkey decides', async () => {
    const { portkey } = gateway.sandbox;
    const { id } = portkey.addCollection({ name: 'Replicas' });
    portkey.addPrompt({ name: 'a' });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 403, path: '/collections/*' });
    expect(lines(await replicate(gateway, { options: { collectionId: id } }))).toEqual(['a: CREATE CREATED']);
  });

  it('the options of a replication accept a concurrency of 1 and of 16', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    for (const concurrency of [1, 16]) {
      expect((await replicate(gateway, { options: { concurrency }, dryRun: true })).status).toBe('PLANNED');
    }
  });
});

describe('invalid replication request', () => {
  it.each([
    ['an empty target model', { targetModel: '' }, 'REQUIRED targetModel'],
    ['a target model of spaces', { targetModel: '  ' }, 'REQUIRED targetModel'],
    ['a negative awaitSeconds', { awaitSeconds: -1 }, 'INVALID awaitSeconds'],
    ['awaitSeconds above 120', { awaitSeconds: 121 }, 'INVALID awaitSeconds'],
    ['a concurrency of 0', { options: { concurrency: 0 } }, 'INVALID options.concurrency'],
    ['a concurrency of 17', { options: { concurrency: 17 } }, 'INVALID options.concurrency'],
    ['an unknown placeholder', { options: { nameTemplate: '{title}' } }, 'INVALID options.nameTemplate'],
    ['an unmatched brace', { options: { nameTemplate: '{name' } }, 'INVALID options.nameTemplate'],
    ['an empty name template', { options: { nameTemplate: '' } }, 'REQUIRED options.nameTemplate'],
    ['a virtual key of spaces', { options: { virtualKey: ' ' } }, 'INVALID options.virtualKey'],
    ['an empty collection', { options: { collectionId: '' } }, 'INVALID options.collectionId'],
  ])(
    'an invalid replication request is rejected before any upstream call (%s)',
    async (_case, variables, error) => {
      const { replication, userErrors } = await propose(gateway, variables);
      expect(replication).toBeNull();
      expect(userErrors.map(({ code, field }) => `${code} ${field?.join('.')}`)).toEqual([error]);
      expect(gateway.sandbox.requests()).toEqual([]);
    },
  );

  it('an invalid replication request is rejected with all its errors together', async () => {
    const { userErrors } = await propose(gateway, {
      targetModel: '',
      awaitSeconds: 999,
      options: { concurrency: 0, nameTemplate: '{x}' },
      selection: { ids: [] },
    });
    expect(userErrors).toHaveLength(5);
  });
});

describe('prompts that would get the same replica name', () => {
  beforeEach(() => {
    const { portkey } = gateway.sandbox;
    const other = portkey.addCollection({ name: 'Other' });
    portkey.addPrompt({ name: 'same' });
    portkey.addPrompt({ name: 'same', collection_id: other.id });
    portkey.addPrompt({ name: 'unique' });
  });

  it('prompts that would get the same replica name fail with CONFLICT, and the other prompts are replicated', async () => {
    const job = await replicate(gateway);
    expect(job.status).toBe('COMPLETED');
    expect(lines(job)).toEqual([
      'same: CONFLICT FAILED CONFLICT',
      'same: CONFLICT FAILED CONFLICT',
      'unique: CREATE CREATED',
    ]);
    expect(job.items.find(({ error }) => error)?.error?.message).toMatch(/\{slug\} .*\{collection\}/);
    expect(creates(gateway.sandbox)).toBe(1);
  });

  it('prompts that would get the same replica name still fail when the job is resumed', async () => {
    const { id } = await replicate(gateway);
    await resume(gateway, id);
    expect((await ended(gateway, id)).counts).toMatchObject({ created: 1, failed: 2 });
    expect(creates(gateway.sandbox)).toBe(1);
  });

  it.each(['{name} of {collection}', '{slug} copy'])(
    'prompts that would get the same replica name are all replicated with the template %s',
    async (nameTemplate) => {
      const job = await replicate(gateway, { options: { nameTemplate } });
      expect(job.counts.created).toBe(3);
    },
  );

  it('prompts that would get the same replica name are named after their collections with {collection} in the template', async () => {
    await replicate(gateway, { options: { nameTemplate: '{name} of {collection}' } });
    expect(names(gateway.sandbox)).toContain('same of Other');
  });

  it('prompts that would get the same replica name are named after the id of a collection that the key cannot read', async () => {
    const [hidden] = library(gateway.sandbox).map(({ collection_id }) => collection_id);
    gateway.sandbox.addFault({
      upstream: 'portkey',
      kind: 'status',
      status: 403,
      path: `/collections/${hidden}`,
      times: 0,
    });
    const job = await replicate(gateway, { options: { nameTemplate: '{name} of {collection}' } });
    expect(job.counts.created).toBe(3);
    expect(names(gateway.sandbox)).toContain(`same of ${hidden}`);
  });

  it('prompts that would get the same replica name need a template without {collection} when the key cannot read collections', async () => {
    const fault = { upstream: 'portkey', kind: 'status', status: 403 } as const;
    gateway.sandbox.addFault({ ...fault, path: '/collections/*', times: 0 });
    const { userErrors } = await propose(gateway, { options: { nameTemplate: '{name} of {collection}' } });
    expect(userErrors).toMatchObject([
      { code: 'INVALID', field: ['options', 'nameTemplate'], message: expect.stringContaining('{slug}') },
    ]);
  });
});

it('a source fails with CONFLICT when its replica would have the same name', async () => {
  gateway.sandbox.portkey.addPrompt({ name: 'a' });
  const job = await replicate(gateway, { options: { nameTemplate: '{name}' } });
  expect(lines(job)).toEqual(['a: CONFLICT FAILED CONFLICT']);
  expect(names(gateway.sandbox)).toEqual(['a']);
});

describe('concurrency', () => {
  const LATENCY_MS = 60;
  const slow = describeGateway({ sandbox: { seed: 'empty', latencyMs: LATENCY_MS } });
  beforeAll(() => {
    for (let n = 0; n < 5; n += 1) slow.sandbox.portkey.addPrompt({ name: `p${n}` });
  });

  it.each([1, 3])('a concurrency of %i is reached and never exceeded', async (concurrency) => {
    const options = { concurrency, nameTemplate: `{name} ${concurrency}` };
    const running = replicate(slow, { options, targetModel: `model-${concurrency}` });
    const countPending = () =>
      slow.sandbox.requests().filter(({ status, path }) => status === null && path !== '/prompts').length;
    await until(countPending, (count) => count === concurrency);
    expect((await running).counts.created).toBe(5);
    // A call lasts at least the latency, so calls that arrive within that time overlap.
    const arrivals = slow.sandbox
      .requests()
      .filter(({ method, path }) => method === 'POST' || path !== '/prompts')
      .map(({ at }) => at);
    const together = arrivals.map(
      (start) => arrivals.filter((at) => at >= start && at < start + LATENCY_MS - 5).length,
    );
    expect(arrivals.length).toBeGreaterThanOrEqual(10);
    expect(Math.max(...together)).toBeLessThanOrEqual(concurrency);
  });
});
