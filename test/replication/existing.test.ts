import { beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { bySource, creates, lines, names, replicate, upstream, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (const name of ['a', 'b']) gateway.sandbox.portkey.addPrompt({ name });
});

/** Publishes a new version of a source with direct Portkey calls. */
async function publishNewVersion(name: string, template: string): Promise<void> {
  const { sandbox } = gateway;
  const { id, versions } = upstream(sandbox, name);
  const version = versions.length + 1;
  const put = (path: string, body: unknown) =>
    fetch(`${sandbox.portkeyUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-portkey-api-key': sandbox.portkeyKey },
      body: JSON.stringify(body),
    });
  const updated = await put(`/prompts/${id}`, { string: template, patch: true });
  const published = await put(`/prompts/${id}/makeDefault`, { version });
  expect([updated.status, published.status]).toEqual([200, 200]);
}

describe('prompt that was replicated before', () => {
  it('a prompt that was replicated before is skipped even when the name template has changed', async () => {
    const first = await replicate(gateway, { options: { nameTemplate: '{slug} copy' } });
    expect(first.counts.created).toBe(2);
    gateway.sandbox.clearRequests();
    const second = await replicate(gateway);
    expect(lines(second)).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
    expect(second.items.map(({ replica }) => replica)).toEqual(first.items.map(({ replica }) => replica));
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a prompt that was replicated before is skipped after a change of the name template even when only some prompts are selected', async () => {
    const first = await replicate(gateway, { options: { nameTemplate: '{slug} copy' } });
    const second = await replicate(gateway, { selection: { ids: [upstream(gateway.sandbox, 'b').id] } });
    expect(lines(second)).toEqual(['b: SKIP SKIPPED']);
    expect(second.items[0]?.replica).toEqual(bySource(first).get('b')?.replica);
  });

  it('a prompt that was replicated before is skipped even when another prompt has taken the planned replica name', async () => {
    await replicate(gateway, { options: { nameTemplate: '{name} copy' } });
    gateway.sandbox.portkey.addPrompt({ name: 'a-replica' });
    const second = await replicate(gateway, { selection: { ids: [upstream(gateway.sandbox, 'a').slug] } });
    expect(lines(second)).toEqual(['a: SKIP SKIPPED']);
    expect(second.items[0]?.replica?.name).toBe('a copy');
  });

  it('a prompt that was replicated before is replicated again after its replica was deleted', async () => {
    await replicate(gateway);
    gateway.sandbox.portkey.prompts.delete(upstream(gateway.sandbox, 'a-replica').id);
    expect(lines(await replicate(gateway))).toEqual(['a: CREATE CREATED', 'b: SKIP SKIPPED']);
    expect(names(gateway.sandbox)).toEqual(['a', 'a-replica', 'b', 'b-replica']);
  });

  it('a prompt that was replicated before is skipped when the name template has leading and trailing spaces', async () => {
    const options = { nameTemplate: ' {name} copy ' };
    await replicate(gateway, { options });
    expect(lines(await replicate(gateway, { options }))).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
    expect(names(gateway.sandbox)).toEqual(['a', 'a copy', 'b', 'b copy']);
  });
});

describe('replica', () => {
  it('a replica becomes a source for another model after its own source was deleted', async () => {
    await replicate(gateway);
    gateway.sandbox.portkey.prompts.delete(upstream(gateway.sandbox, 'a').id);
    const next = await replicate(gateway, {
      targetModel: 'gpt-6',
      options: { nameTemplate: '{name}-{model}' },
    });
    expect(lines(next)).toEqual(['a-replica: CREATE CREATED', 'b: CREATE CREATED']);
  });

  it('a replica is not replicated for its own model, even after its source was deleted', async () => {
    await replicate(gateway);
    for (const name of ['a', 'b']) gateway.sandbox.portkey.prompts.delete(upstream(gateway.sandbox, name).id);
    gateway.sandbox.clearRequests();
    expect((await replicate(gateway)).counts).toMatchObject({ total: 0 });
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a replica is not a source even when it is selected by its id', async () => {
    await replicate(gateway);
    const replica = upstream(gateway.sandbox, 'a-replica');
    gateway.sandbox.clearRequests();
    const next = await replicate(gateway, { targetModel: 'gpt-6', selection: { ids: [replica.id] } });
    expect([next.status, next.counts.total]).toEqual(['COMPLETED', 0]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });
});

describe('replica for another model', () => {
  it('a replica for another model causes a CONFLICT for its name, which a template with {model} avoids', async () => {
    await replicate(gateway);
    gateway.sandbox.clearRequests();
    const refused = await replicate(gateway, { targetModel: 'claude-sonnet-4' });
    expect(lines(refused)).toEqual(['a: CONFLICT FAILED CONFLICT', 'b: CONFLICT FAILED CONFLICT']);
    for (const { error } of refused.items) {
      expect(error?.message).toContain('gpt-5');
      expect(error?.message).toContain('{name}-{model}');
    }
    expect(refused.status).toBe('COMPLETED');
    expect(writes(gateway.sandbox)).toEqual([]);

    const options = { nameTemplate: '{name}-{model}' };
    const solved = await replicate(gateway, { targetModel: 'claude-sonnet-4', options });
    expect(solved.counts).toMatchObject({ total: 2, created: 2 });
    expect(upstream(gateway.sandbox, 'a-claude-sonnet-4').version.model).toBe('claude-sonnet-4');
    expect(upstream(gateway.sandbox, 'a-replica').version.model).toBe('gpt-5');
  });
});

describe('unrelated prompt with the name of a replica', () => {
  it.each(['SKIP', 'UPDATE'])(
    'an unrelated prompt with the name of a replica stays unchanged with onExisting %s, and the item fails with CONFLICT',
    async (onExisting) => {
      const stranger = gateway.sandbox.portkey.addPrompt({ name: 'a-replica', string: 'mine' });
      const before = structuredClone(stranger);
      const job = await replicate(gateway, { options: { onExisting } });
      expect(lines(job)).toEqual(['a: CONFLICT FAILED CONFLICT', 'b: CREATE CREATED']);
      expect(upstream(gateway.sandbox, 'a-replica')).toMatchObject(before);
      expect(creates(gateway.sandbox)).toBe(1);
    },
  );

  it('an unrelated prompt with the name of a replica causes a CONFLICT even in another collection', async () => {
    const elsewhere = gateway.sandbox.portkey.addCollection({ name: 'Elsewhere' });
    gateway.sandbox.portkey.addPrompt({ name: 'a-replica', collection_id: elsewhere.id });
    expect(lines(await replicate(gateway))).toContain('a: CONFLICT FAILED CONFLICT');
  });

  it('an unrelated prompt with the name of a replica causes a CONFLICT when it appears after planning and Portkey rejects the create request with 409', async () => {
    const { sandbox } = gateway;
    const job = await replicate(gateway, { awaitSeconds: 60, selection: { sourceModel: 'gpt-4o' } });
    expect(job.counts.created).toBe(2);
    sandbox.reset();
    sandbox.portkey.addPrompt({ name: 'a' });
    const body = { success: false, data: { message: 'A prompt named "a-replica" already exists' } };
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 409, body, method: 'POST' });
    const refused = await replicate(gateway);
    expect(lines(refused)).toEqual(['a: CREATE FAILED CONFLICT']);
    expect(refused.items[0]).toMatchObject({
      attempts: 1,
      error: { message: `Portkey rejected the request: ${body.data.message}.` },
    });
  });
});

describe('source that has changed since its replication', () => {
  it('a source that has changed since its replication leaves its replica unchanged by default', async () => {
    await replicate(gateway);
    await publishNewVersion('a', 'new words');
    gateway.sandbox.clearRequests();
    const job = await replicate(gateway);
    expect(lines(job)).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
    expect(writes(gateway.sandbox)).toEqual([]);
    expect(upstream(gateway.sandbox, 'a-replica').version.string).not.toBe('new words');
  });

  it.each(['wrapped', 'bare'] as const)(
    'a source that has changed since its replication gives its replica a new version with onExisting UPDATE (%s version lists)',
    async (shape) => {
      const first = await replicate(gateway);
      gateway.sandbox.setDialect({ versionLists: shape });
      await publishNewVersion('a', 'new words');
      const job = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
      expect(lines(job)).toEqual(['a: UPDATE UPDATED', 'b: SKIP SKIPPED']);
      expect(job.counts).toMatchObject({ updated: 1, skipped: 1, created: 0 });
      expect(bySource(job).get('a')?.replica).toEqual(bySource(first).get('a')?.replica);

      const replica = upstream(gateway.sandbox, 'a-replica');
      expect(replica.versions).toHaveLength(2);
      expect(replica.version).toMatchObject({ number: 2, string: 'new words', model: 'gpt-5' });
      expect(replica.version.template_metadata?.replicated_from).toMatchObject({
        version_id: upstream(gateway.sandbox, 'a').version.id,
      });

      gateway.sandbox.clearRequests();
      const again = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
      expect(lines(again)).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
      expect(writes(gateway.sandbox)).toEqual([]);
    },
  );

  it('a source that has changed since its replication gives its replica an unpublished version when the newest version of the replica is a draft', async () => {
    await replicate(gateway);
    const replica = gateway.sandbox.portkey.prompts.get(upstream(gateway.sandbox, 'a-replica').id);
    const [version] = replica?.versions ?? [];
    if (!replica || !version) throw new Error('there is no replica');
    gateway.sandbox.portkey.addVersion(replica, { ...version, string: 'a draft' });
    await publishNewVersion('a', 'new words');
    const job = await replicate(gateway, { options: { onExisting: 'UPDATE', verify: true } });
    expect(lines(job)).toEqual(['a: UPDATE UPDATED', 'b: SKIP SKIPPED']);
    expect(replica.versions.map(({ string }) => string)).toEqual([version.string, 'a draft', 'new words']);
    expect(replica.published).toBe(1);

    gateway.sandbox.clearRequests();
    const again = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
    expect(lines(again)).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
    expect(writes(gateway.sandbox)).toEqual([]);
    expect(replica.versions).toHaveLength(3);
  });

  it('a source that has changed since its replication does not change a replica whose owner has republished an earlier version', async () => {
    await replicate(gateway);
    await publishNewVersion('a', 'new words');
    await replicate(gateway, { options: { onExisting: 'UPDATE' } });
    const replica = gateway.sandbox.portkey.prompts.get(upstream(gateway.sandbox, 'a-replica').id);
    if (!replica) throw new Error('there is no replica');
    replica.published = 1;
    const job = await replicate(gateway, { options: { onExisting: 'UPDATE' } });
    expect(lines(job)).toEqual(['a: SKIP SKIPPED', 'b: SKIP SKIPPED']);
    expect([replica.published, replica.versions.length]).toEqual([1, 2]);
  });

  it('a source that has changed since its replication updates a replica that was created with another name template', async () => {
    await replicate(gateway, { options: { nameTemplate: '{name} copy' } });
    await publishNewVersion('a', 'new words');
    expect(lines(await replicate(gateway, { options: { onExisting: 'UPDATE' } }))).toContain(
      'a: UPDATE UPDATED',
    );
    expect(upstream(gateway.sandbox, 'a copy').version.string).toBe('new words');
    expect(names(gateway.sandbox)).toEqual(['a', 'a copy', 'b', 'b copy']);
  });

  it.each([
    ['in one request', 1],
    ['in a second request after Portkey rejected the first', 2],
  ])(
    'a source that has changed since its replication removes the tools of its replica when it no longer has any, %s',
    async (_how, puts) => {
      const tools = [{ type: 'function', function: { name: 'look_up' } }];
      gateway.sandbox.portkey.addPrompt(
        { name: 'c', tools, tool_choice: { type: 'function', function: { name: 'look_up' } } },
        { versions: [{ string: 'no tools', tools: null, tool_choice: null }] },
      );
      await replicate(gateway);
      expect(upstream(gateway.sandbox, 'c-replica').version.tools).toEqual(tools);
      const source = gateway.sandbox.portkey.prompts.get(upstream(gateway.sandbox, 'c').id);
      if (source) source.published = 2;
      const fault = { upstream: 'portkey', kind: 'status', status: 400, method: 'PUT' } as const;
      if (puts === 2) gateway.sandbox.addFault({ ...fault, path: '/prompts/*' });
      gateway.sandbox.clearRequests();
      await replicate(gateway, { options: { onExisting: 'UPDATE' } });
      const bodies = writes(gateway.sandbox).flatMap(({ path, body }) =>
        path.endsWith('makeDefault') ? [] : [Object(body)],
      );
      const common = [
        'functions',
        'is_raw_template',
        'model',
        'parameters',
        'prompt_metadata',
        'string',
        'tools',
      ];
      const expected = [
        [...common, 'version_description', 'virtual_key'],
        [...common, 'tool_choice', 'version_description', 'virtual_key'],
      ];
      expect(bodies.map((body) => Object.keys(body).sort())).toEqual(
        expected.slice(0, puts).map((names) => names.sort()),
      );
      const { version } = upstream(gateway.sandbox, 'c-replica');
      expect([version.string, version.tools, version.tool_choice]).toEqual(['no tools', [], null]);
    },
  );
});
