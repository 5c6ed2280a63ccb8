import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Kind, parse } from 'graphql';
import { describeGateway } from './support/describe-gateway.js';
import { type Answer, at, calls, startTestGateway, type TestGateway, until } from './support/gateway.js';

const FILE = new URL('../../test/contract/operations.graphql', import.meta.url);

/** The operations by name, each in the very words of the file. */
function readOperations(): Map<string, string> {
  const text = readFileSync(FILE, 'utf8');
  const operations = new Map<string, string>();
  for (const definition of parse(text).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || !definition.name || !definition.loc) continue;
    operations.set(definition.name.value, text.slice(definition.loc.start, definition.loc.end));
  }
  return operations;
}

const operations = readOperations();
const gateway = describeGateway();
beforeEach(() => gateway.sandbox.reset());

/** Runs an operation of the contract; it must succeed. */
async function run(
  name: string,
  variables: Record<string, unknown> = {},
  on: TestGateway = gateway,
): Promise<Answer> {
  const answer = await on.graphql(operations.get(name) ?? '', variables);
  expect(answer).toMatchObject({ status: 200, errors: undefined });
  return answer;
}

const list = (value: unknown) => (Array.isArray(value) ? value : []);
const firstId = async (field: string) => {
  const { data } = await gateway.graphql(`{ ${field}(first: 1) { nodes { id } } }`);
  return String(at(data, `${field}.nodes.0.id`));
};

describe('the documents of the contract', () => {
  it('Tunes', async () => {
    const { data } = await run('Tunes');
    expect(list(at(data, 'tunes.nodes'))).toHaveLength(20);
    const after = at(data, 'tunes.pageInfo.endCursor');
    expect(after).toBe(at(data, 'tunes.edges.19.cursor'));
    const rest = await run('Tunes', { first: 100, after });
    const own = [...gateway.sandbox.astria.tunes.values()].filter(({ owner }) => owner === 'main');
    expect(list(at(rest.data, 'tunes.nodes'))).toHaveLength(own.length - 20);
  });

  it('Tune', async () => {
    const id = await firstId('tunes');
    const { data } = await run('Tune', { id });
    expect(at(data, 'tune.id')).toBe(id);
    expect(list(at(data, 'tune.prompts.nodes')).length).toBeGreaterThan(0);
  });

  it('Prompt', async () => {
    const id = await firstId('prompts');
    const { data } = await run('Prompt', { id });
    expect(at(data, 'prompt.id')).toBe(id);
    expect(at(data, 'prompt.tune.title')).toEqual(expect.any(String));
  });

  it('PortkeyPrompts', async () => {
    const { data } = await run('PortkeyPrompts');
    expect(list(at(data, 'portkeyPrompts.nodes'))).toHaveLength(20);
    const filter = { collectionId: at(data, 'portkeyPrompts.nodes.0.collectionId') };
    const filtered = await run('PortkeyPrompts', { first: 100, filter });
    expect(at(filtered.data, 'portkeyPrompts.totalCount')).toBe(
      list(at(filtered.data, 'portkeyPrompts.nodes')).length,
    );
  });

  it('PortkeyPrompt', async () => {
    const id = await firstId('portkeyPrompts');
    const { data } = await run('PortkeyPrompt', { id });
    expect(at(data, 'portkeyPrompt')).toMatchObject({ id, template: expect.any(String) });
  });

  it('CreatePrompt', async () => {
    const tuneId = await firstId('tunes');
    const input = { text: 'a lighthouse in a storm', seed: 4_294_967_295 };
    const { data } = await run('CreatePrompt', { tuneId, input });
    expect(at(data, 'createPrompt')).toMatchObject({
      prompt: { text: input.text, seed: input.seed, status: 'RUNNING', tune: { id: tuneId } },
      userErrors: [],
    });
  });

  it('DuplicatePrompt', async () => {
    const id = await firstId('prompts');
    const { data } = await run('DuplicatePrompt', { id, overrides: { text: 'at night' } });
    expect(at(data, 'duplicatePrompt')).toMatchObject({ prompt: { text: 'at night' }, userErrors: [] });
    expect(at(data, 'duplicatePrompt.prompt.id')).not.toBe(id);
  });

  it('CancelReplication, ResumeReplication and UndoReplication', async () => {
    const { sandbox } = gateway;
    const own = [...sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
    const selection = { ids: own.slice(0, 3).map(({ id }) => id) };
    sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', times: 0, retryAfter: 60 });
    const { data } = await run('ReplicatePrompts', { targetModel: 'gpt-5', selection });
    const id = at(data, 'replicatePrompts.replication.id');
    const cancelled = await run('CancelReplication', { id });
    expect(cancelled.data).toEqual({
      cancelReplication: { replication: { id, status: 'CANCELLED' }, userErrors: [] },
    });
    sandbox.clearFaults();
    const resumed = await run('ResumeReplication', { id });
    expect(at(resumed.data, 'resumeReplication')).toMatchObject({ replication: { id }, userErrors: [] });
    await until(
      () => run('Replication', { id }),
      (answer) => at(answer.data, 'replication.status') === 'COMPLETED',
    );
    const undone = await run('UndoReplication', { id });
    expect(list(at(undone.data, 'undoReplication.deleted'))).toHaveLength(3);
    expect(at(undone.data, 'undoReplication')).toMatchObject({ kept: [], userErrors: [] });
  });

  it('ReplicateAll and Replication', async () => {
    const library = [...gateway.sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
    const { data } = await run('ReplicateAll', { targetModel: 'gpt-5' });
    expect(at(data, 'replicatePrompts.userErrors')).toEqual([]);
    const id = at(data, 'replicatePrompts.replication.id');
    const done = await until(
      () => run('Replication', { id }),
      (answer) => at(answer.data, 'replication.status') === 'COMPLETED',
    );
    // Prompts that are in no collection need one to be named.
    const sources = library.filter(({ collection_id }) => collection_id !== null);
    expect(at(done.data, 'replication.counts')).toMatchObject({
      total: library.length,
      created: sources.length,
      failed: library.length - sources.length,
      pending: 0,
    });
  });

  it('ReplicatePrompts', async () => {
    const ids = [await firstId('portkeyPrompts')];
    const variables = { targetModel: 'gpt-5', selection: { ids }, awaitSeconds: 60 };
    const planned = await run('ReplicatePrompts', { ...variables, dryRun: true });
    expect(at(planned.data, 'replicatePrompts.replication')).toMatchObject({
      status: 'PLANNED',
      dryRun: true,
      counts: { total: 1, created: 0, pending: 1 },
    });
    const { data } = await run('ReplicatePrompts', variables);
    expect(at(data, 'replicatePrompts.replication')).toMatchObject({
      status: 'COMPLETED',
      counts: { total: 1, created: 1 },
      items: { nodes: [{ source: { id: ids[0] }, status: 'CREATED', replica: { model: 'gpt-5' } }] },
    });
  });
});

describe('what they cost on a gateway that has read nothing yet', () => {
  let cold: TestGateway;
  beforeEach(async () => {
    cold = await startTestGateway();
  });
  const cost = () => calls(cold.sandbox).length;

  it('PromptsWithTune: at most 3 calls for 100 prompts and the tune of each', async () => {
    try {
      const { data } = await run('PromptsWithTune', {}, cold);
      const nodes = list(at(data, 'prompts.nodes'));
      expect(nodes).toHaveLength(100);
      expect(nodes.every((node) => at(node, 'tune.title'))).toBe(true);
      expect(new Set(nodes.map((node) => at(node, 'tune.id'))).size).toBeGreaterThanOrEqual(20);
      expect(cost()).toBeLessThanOrEqual(3);
    } finally {
      await cold.close();
    }
  });

  it('PortkeyLibrary: one call for the list and one per prompt', async () => {
    try {
      const { data } = await run('PortkeyLibrary', {}, cold);
      const nodes = list(at(data, 'portkeyPrompts.nodes'));
      expect(nodes).toHaveLength(50);
      expect(nodes.every((node) => at(node, 'template'))).toBe(true);
      expect(cost()).toBe(51);
      expect(new Set(calls(cold.sandbox)).size).toBe(51);
    } finally {
      await cold.close();
    }
  });
});
