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

describe('options', () => {
  it('name, place and describe the replicas', async () => {
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

  it('of null are the defaults', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const options = { nameTemplate: null, concurrency: null, onExisting: null, virtualKey: null };
    const job = await replicate(gateway, { options });
    expect(job.items.map(({ replicaName }) => replicaName)).toEqual(['a-replica']);
  });

  it('leave a replica that exists its name, which its item shows', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    await replicate(gateway);
    const job = await replicate(gateway, { options: { nameTemplate: '{name} two' } });
    expect(job.items).toMatchObject([
      { action: 'SKIP', replicaName: 'a-replica', replica: { name: 'a-replica' } },
    ]);
  });

  it('give a virtual key and a collection to sources that have none', async () => {
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

  it('that name a collection which does not exist are refused before anything is created', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const { replication, userErrors } = await propose(gateway, { options: { collectionId: 'col-nothing' } });
    expect(replication).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['options', 'collectionId'] }]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('may name a collection by its slug', async () => {
    const { portkey } = gateway.sandbox;
    const { id, slug } = portkey.addCollection({ name: 'Replicas' });
    portkey.addPrompt({ name: 'a' });
    await replicate(gateway, { options: { collectionId: slug } });
    expect(upstream(gateway.sandbox, 'a-replica').collection_id).toBe(id);
  });

  it('may name a collection that the key cannot read: Portkey decides', async () => {
    const { portkey } = gateway.sandbox;
    const { id } = portkey.addCollection({ name: 'Replicas' });
    portkey.addPrompt({ name: 'a' });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 403, path: '/collections/*' });
    expect(lines(await replicate(gateway, { options: { collectionId: id } }))).toEqual(['a: CREATE CREATED']);
  });

  it('can be any number of prompts at once from 1 to 16', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    for (const concurrency of [1, 16]) {
      expect((await replicate(gateway, { options: { concurrency }, dryRun: true })).status).toBe('PLANNED');
    }
  });
});

describe('a request that cannot be', () => {
  it.each([
    ['no target', { targetModel: '' }, 'REQUIRED targetModel'],
    ['a blank target', { targetModel: '  ' }, 'REQUIRED targetModel'],
    ['a negative wait', { awaitSeconds: -1 }, 'INVALID awaitSeconds'],
    ['too long a wait', { awaitSeconds: 121 }, 'INVALID awaitSeconds'],
    ['nothing at once', { options: { concurrency: 0 } }, 'INVALID options.concurrency'],
    ['too much at once', { options: { concurrency: 17 } }, 'INVALID options.concurrency'],
    ['an unknown placeholder', { options: { nameTemplate: '{title}' } }, 'INVALID options.nameTemplate'],
    ['a brace without its pair', { options: { nameTemplate: '{name' } }, 'INVALID options.nameTemplate'],
    ['an empty template', { options: { nameTemplate: '' } }, 'REQUIRED options.nameTemplate'],
    ['an empty virtual key', { options: { virtualKey: ' ' } }, 'INVALID options.virtualKey'],
    ['an empty collection', { options: { collectionId: '' } }, 'INVALID options.collectionId'],
  ])('is refused before anything is sent: %s', async (_case, variables, fault) => {
    const { replication, userErrors } = await propose(gateway, variables);
    expect(replication).toBeNull();
    expect(userErrors.map(({ code, field }) => `${code} ${field?.join('.')}`)).toEqual([fault]);
    expect(gateway.sandbox.requests()).toEqual([]);
  });

  it('is told all its faults at once', async () => {
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

  it('are conflicts by themselves, and the others are replicated', async () => {
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

  it('stay conflicts when the job is resumed', async () => {
    const { id } = await replicate(gateway);
    await resume(gateway, id);
    expect((await ended(gateway, id)).counts).toMatchObject({ created: 1, failed: 2 });
    expect(creates(gateway.sandbox)).toBe(1);
  });

  it.each(['{name} of {collection}', '{slug} copy'])(
    'are all replicated with the template %s',
    async (nameTemplate) => {
      const job = await replicate(gateway, { options: { nameTemplate } });
      expect(job.counts.created).toBe(3);
    },
  );

  it('are named after the collection that each is in', async () => {
    await replicate(gateway, { options: { nameTemplate: '{name} of {collection}' } });
    expect(names(gateway.sandbox)).toContain('same of Other');
  });

  it('are named after the id of a collection that cannot be shown', async () => {
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

  it('need a template without {collection} under a key that may not read collections', async () => {
    const fault = { upstream: 'portkey', kind: 'status', status: 403 } as const;
    gateway.sandbox.addFault({ ...fault, path: '/collections/*', times: 0 });
    const { userErrors } = await propose(gateway, { options: { nameTemplate: '{name} of {collection}' } });
    expect(userErrors).toMatchObject([
      { code: 'INVALID', field: ['options', 'nameTemplate'], message: expect.stringContaining('{slug}') },
    ]);
  });
});

it('keeps a source apart from a replica that would have its own name', async () => {
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

  it.each([1, 3])('of %i is reached and never exceeded', async (concurrency) => {
    const options = { concurrency, nameTemplate: `{name} ${concurrency}` };
    const running = replicate(slow, { options, targetModel: `model-${concurrency}` });
    const isUnderWay = () =>
      slow.sandbox.requests().filter(({ status, path }) => status === null && path !== '/prompts').length;
    await until(isUnderWay, (count) => count === concurrency);
    expect((await running).counts.created).toBe(5);
    // A call lasts at least the latency, so whatever arrived within that time was under way together.
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
