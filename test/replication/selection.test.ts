import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Collection } from '../../src/sandbox/portkey/records.js';
import { describeGateway } from '../support/describe-gateway.js';
import { lines, propose, replicate, upstream, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
let general: Collection;
let growth: Collection;
let growthWorkspace: string;
beforeEach(() => {
  gateway.sandbox.reset();
  const { portkey } = gateway.sandbox;
  growthWorkspace = portkey.addWorkspace({ name: 'Growth' }).id;
  growth = portkey.addCollection({ name: 'Ads', workspace_id: growthWorkspace });
  const own = [...portkey.collections.values()].find(({ name }) => name === 'General');
  if (!own) throw new Error('the seed has no collection General');
  general = own;
  portkey.addPrompt({ name: 'triage', collection_id: general.id });
  portkey.addPrompt({ name: 'triage long', collection_id: general.id, model: 'gpt-4o-mini' });
  portkey.addPrompt({ name: 'tagline', collection_id: growth.id });
  portkey.addPrompt({ name: 'tagline long', collection_id: growth.id, model: 'gpt-4o-mini' });
});

/** Returns the names of the selected sources. */
async function selected(selection: Record<string, unknown>): Promise<string[]> {
  const job = await replicate(gateway, { selection, dryRun: true });
  return job.items.map(({ source }) => source.name).sort();
}
const idOf = (name: string) => upstream(gateway.sandbox, name).id;
const slugOf = (name: string) => upstream(gateway.sandbox, name).slug;

describe('selection', () => {
  it('a selection covers the whole library by default and with all: true', async () => {
    const all = ['tagline', 'tagline long', 'triage', 'triage long'];
    expect(await selected({})).toEqual(all);
    expect(await selected({ all: true })).toEqual(all);
    expect(await selected({ all: false, ids: null, search: null })).toEqual(all);
  });

  it('a selection accepts ids and slugs, and contains each prompt once', async () => {
    expect(await selected({ ids: [idOf('triage')] })).toEqual(['triage']);
    expect(await selected({ ids: [slugOf('tagline'), idOf('triage')] })).toEqual(['tagline', 'triage']);
    expect(await selected({ ids: [slugOf('triage'), idOf('triage'), idOf('triage')] })).toEqual(['triage']);
  });

  it('a selection keeps the order of the ids', async () => {
    const ids = ['triage long', 'tagline', 'triage'].map(idOf);
    const job = await replicate(gateway, { selection: { ids }, dryRun: true });
    expect(job.items.map(({ source }) => source.id)).toEqual(ids);
  });

  it('a selection filters by collection id or slug, workspace, search and source model', async () => {
    expect(await selected({ collectionId: growth.id })).toEqual(['tagline', 'tagline long']);
    expect(await selected({ collectionId: general.slug })).toEqual(['triage', 'triage long']);
    expect(await selected({ workspaceId: growthWorkspace })).toEqual(['tagline', 'tagline long']);
    expect(await selected({ search: 'LONG' })).toEqual(['tagline long', 'triage long']);
    expect(await selected({ sourceModel: 'gpt-4o' })).toEqual(['tagline', 'triage']);
    expect(await selected({ sourceModel: 'gpt-4' })).toEqual([]);
  });

  it('a selection combines its conditions with AND', async () => {
    expect(await selected({ search: 'long', sourceModel: 'gpt-4o' })).toEqual([]);
    expect(await selected({ search: 'long', collectionId: growth.id })).toEqual(['tagline long']);
    expect(await selected({ workspaceId: growthWorkspace, sourceModel: 'gpt-4o' })).toEqual(['tagline']);
    const ids = [idOf('triage'), idOf('triage long')];
    expect(await selected({ collectionId: general.id, ids })).toEqual(['triage', 'triage long']);
  });

  it('a selection rejects ids that do not exist or that the other conditions exclude', async () => {
    const ids = [idOf('triage'), 'pp-nothing', idOf('tagline'), '../prompts', 'x'.repeat(1000)];
    const { replication, userErrors } = await propose(gateway, {
      selection: { ids, collectionId: general.id },
    });
    expect(replication).toBeNull();
    expect(userErrors[0]?.message).toBe(
      'There is no prompt with this id or slug among the prompts that the other conditions select.',
    );
    expect(userErrors.map(({ code, field }) => `${code} ${field?.join('.')}`)).toEqual(
      [1, 2, 3, 4].map((index) => `NOT_FOUND selection.ids.${index}`),
    );
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a selection rejects the id of a prompt in another account', async () => {
    const foreign = gateway.sandbox.portkey.addPrompt({ name: 'theirs', owner: 'other' });
    const { userErrors } = await propose(gateway, { selection: { ids: [foreign.id] } });
    expect(userErrors).toEqual([
      {
        code: 'NOT_FOUND',
        message: 'There is no prompt with this id or slug.',
        field: ['selection', 'ids', '0'],
      },
    ]);
  });

  it('a selection reports NOT_FOUND for a collection that Portkey rejects with 404', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 404, path: '/prompts', skip: 1 });
    const { userErrors } = await propose(gateway, { selection: { collectionId: 'col-nothing' } });
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['selection', 'collectionId'] }]);
  });

  it.each(['col-nothing', '11111111-2222-4333-8444-555555555555'])(
    'a selection reports NOT_FOUND for the unknown collection %s',
    async (collectionId) => {
      const { userErrors } = await propose(gateway, { selection: { collectionId } });
      expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['selection', 'collectionId'] }]);
    },
  );

  it('a selection reports all unknown collections and ids together', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const { userErrors } = await propose(gateway, {
      selection: { ids: ['no-such-id'], collectionId: 'col-nothing' },
      options: { collectionId: 'col-neither' },
    });
    expect(userErrors.map(({ field }) => field?.join('.')).sort()).toEqual([
      'options.collectionId',
      'selection.collectionId',
      'selection.ids.0',
    ]);
  });

  it('a selection of an empty collection completes without items', async () => {
    const empty = gateway.sandbox.portkey.addCollection({ name: 'Empty' });
    const job = await replicate(gateway, { selection: { collectionId: empty.id } });
    expect([job.status, job.counts.total, job.items]).toEqual(['COMPLETED', 0, []]);
  });

  it.each([
    ['all and another condition', { all: true, search: 'a' }, 'all'],
    ['all and ids', { all: true, ids: ['a'] }, 'all'],
    ['an empty list of ids', { ids: [] }, 'ids'],
    ['an empty search', { search: '' }, 'search'],
    ['a source model of spaces', { sourceModel: ' ' }, 'sourceModel'],
    ['an empty collection', { collectionId: '' }, 'collectionId'],
    ['an empty workspace', { workspaceId: '' }, 'workspaceId'],
  ])('a selection with %s is rejected before any call to Portkey', async (_case, selection, field) => {
    gateway.sandbox.clearRequests();
    const { replication, userErrors } = await propose(gateway, { selection });
    expect(replication).toBeNull();
    expect(userErrors).toMatchObject([{ code: 'INVALID', field: ['selection', field] }]);
    expect(gateway.sandbox.requests()).toEqual([]);
  });
});

describe('replicas in another workspace than their sources', () => {
  const across = () => ({
    selection: { workspaceId: general.workspace_id },
    options: { collectionId: growth.id },
  });

  it('replicas in another workspace than their sources are found by the next run', async () => {
    expect(lines(await replicate(gateway, across()))).toEqual([
      'triage long: CREATE CREATED',
      'triage: CREATE CREATED',
    ]);
    gateway.sandbox.clearRequests();
    expect(lines(await replicate(gateway, across()))).toEqual([
      'triage long: SKIP SKIPPED',
      'triage: SKIP SKIPPED',
    ]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('replicas in another workspace than their sources are found when the response to the create request is lost', async () => {
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST' });
    const job = await replicate(gateway, across());
    expect(job.counts).toMatchObject({ created: 2, failed: 0 });
    expect(writes(gateway.sandbox)).toHaveLength(2);
  });

  it('replicas in another workspace than their sources are not sources when their workspace is selected', async () => {
    await replicate(gateway, across());
    const names = await selected({ workspaceId: growthWorkspace });
    expect(names).toEqual(['tagline', 'tagline long']);
  });
});

it('a prompt in an unselected workspace does not conflict with a replica of the same name', async () => {
  gateway.sandbox.portkey.addPrompt({ name: 'triage-replica', collection_id: growth.id });
  const job = await replicate(gateway, { selection: { workspaceId: general.workspace_id } });
  expect(job.counts).toMatchObject({ created: 2, failed: 0 });
});
