import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  CancelReplicationDocument,
  CreatePromptDocument,
  DuplicatePromptDocument,
  PortkeyLibraryDocument,
  PortkeyPromptDocument,
  PortkeyPromptsDocument,
  PromptDocument,
  PromptsWithTuneDocument,
  ReplicateAllDocument,
  ReplicatePromptsDocument,
  ReplicationDocument,
  ResumeReplicationDocument,
  TuneDocument,
  TunesDocument,
  UndoReplicationDocument,
} from './__generated__/operations.js';
import { describeGateway } from './support/describe-gateway.js';
import { calls, until } from './support/gateway.js';

const FILE = new URL('../../test/contract/operations.graphql', import.meta.url);

const replicationId = (payload: { readonly replication: { readonly id: string } | null } | null) => {
  if (!payload?.replication) throw new Error('The replication was not started.');
  return payload.replication.id;
};

describe('the contract document', () => {
  const gateway = describeGateway();
  beforeEach(() => gateway.sandbox.reset());

  /** Returns the prompts of the main account at Portkey. */
  const library = () => [...gateway.sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
  const firstTune = async () => {
    const { tunes } = await gateway.run(TunesDocument, { first: 1 });
    return tunes?.nodes[0]?.id ?? '';
  };
  const firstPrompt = async () => {
    const { prompts } = await gateway.run(PromptsWithTuneDocument, {});
    return prompts?.nodes[0]?.id ?? '';
  };
  const firstPortkeyPrompt = async () => {
    const { portkeyPrompts } = await gateway.run(PortkeyPromptsDocument, { first: 1 });
    return portkeyPrompts?.nodes[0]?.id ?? '';
  };
  const completed = (id: string) =>
    until(
      async () => (await gateway.run(ReplicationDocument, { id })).replication,
      (replication) => replication?.status === 'COMPLETED',
    );

  it('Tunes also runs from the complete file of documents', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: readFileSync(FILE, 'utf8'), operationName: 'Tunes' }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: await gateway.run(TunesDocument, {}) });
  });

  it('Tunes pages through all tunes of the account', async () => {
    const { tunes } = await gateway.run(TunesDocument, {});
    expect(tunes?.nodes).toHaveLength(20);
    const after = tunes?.pageInfo.endCursor ?? null;
    expect(after).toBe(tunes?.edges[19]?.cursor);
    const rest = await gateway.run(TunesDocument, { first: 100, after });
    const own = [...gateway.sandbox.astria.tunes.values()].filter(({ owner }) => owner === 'main');
    expect(rest.tunes?.nodes).toHaveLength(own.length - 20);
  });

  it('Tune reads a tune and its prompts', async () => {
    const id = await firstTune();
    const { tune } = await gateway.run(TuneDocument, { id });
    expect(tune?.id).toBe(id);
    expect(tune?.prompts?.nodes.length).toBeGreaterThan(0);
  });

  it('Prompt reads a prompt and its tune', async () => {
    const id = await firstPrompt();
    const { prompt } = await gateway.run(PromptDocument, { id });
    expect(prompt?.id).toBe(id);
    expect(prompt?.tune?.title).toEqual(expect.any(String));
  });

  it('PortkeyPrompts lists and filters the library', async () => {
    const { portkeyPrompts } = await gateway.run(PortkeyPromptsDocument, {});
    expect(portkeyPrompts?.nodes).toHaveLength(20);
    const filter = { collectionId: portkeyPrompts?.nodes[0]?.collectionId ?? null };
    const filtered = await gateway.run(PortkeyPromptsDocument, { first: 100, filter });
    expect(filtered.portkeyPrompts?.nodes).toHaveLength(filtered.portkeyPrompts?.totalCount ?? -1);
  });

  it('PortkeyPrompt reads a prompt with its template', async () => {
    const id = await firstPortkeyPrompt();
    const { portkeyPrompt } = await gateway.run(PortkeyPromptDocument, { id });
    expect(portkeyPrompt).toMatchObject({ id, template: expect.any(String) });
  });

  it('CreatePrompt creates a running prompt', async () => {
    const tuneId = await firstTune();
    const input = { text: 'a lighthouse in a storm', seed: 4_294_967_295 };
    const { createPrompt } = await gateway.run(CreatePromptDocument, { tuneId, input });
    expect(createPrompt).toMatchObject({
      prompt: { text: input.text, seed: input.seed, status: 'RUNNING', tune: { id: tuneId } },
      userErrors: [],
    });
  });

  it('DuplicatePrompt creates a prompt with overrides', async () => {
    const id = await firstPrompt();
    const overrides = { text: 'at night' };
    const { duplicatePrompt } = await gateway.run(DuplicatePromptDocument, { id, overrides });
    expect(duplicatePrompt).toMatchObject({ prompt: overrides, userErrors: [] });
    expect(duplicatePrompt?.prompt?.id).not.toBe(id);
  });

  it('CancelReplication stops a replication, which ResumeReplication continues and UndoReplication reverts', async () => {
    const { sandbox } = gateway;
    const ids = library().map((prompt) => prompt.id);
    const selection = { ids: ids.slice(0, 3) };
    sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', times: 0, retryAfter: 60 });
    const started = await gateway.run(ReplicatePromptsDocument, { targetModel: 'gpt-5', selection });
    const id = replicationId(started.replicatePrompts);
    expect(await gateway.run(CancelReplicationDocument, { id })).toEqual({
      cancelReplication: { replication: { id, status: 'CANCELLED' }, userErrors: [] },
    });
    sandbox.clearFaults();
    const { resumeReplication } = await gateway.run(ResumeReplicationDocument, { id });
    expect(resumeReplication).toMatchObject({ replication: { id }, userErrors: [] });
    await completed(id);
    const { undoReplication } = await gateway.run(UndoReplicationDocument, { id });
    expect(undoReplication?.deleted).toHaveLength(3);
    expect(undoReplication).toMatchObject({ kept: [], userErrors: [] });
  });

  it('ReplicateAll replicates the library, and Replication follows it', async () => {
    const all = library();
    const { replicatePrompts } = await gateway.run(ReplicateAllDocument, { targetModel: 'gpt-5' });
    expect(replicatePrompts?.userErrors).toEqual([]);
    const replication = await completed(replicationId(replicatePrompts));
    // Prompts without a collection require the collectionId option.
    const sources = all.filter(({ collection_id }) => collection_id !== null);
    expect(replication?.counts).toMatchObject({
      total: all.length,
      created: sources.length,
      failed: all.length - sources.length,
      pending: 0,
    });
  });

  it('ReplicatePrompts plans and runs a replication', async () => {
    const ids = [await firstPortkeyPrompt()];
    const variables = { targetModel: 'gpt-5', selection: { ids }, awaitSeconds: 60 };
    const planned = await gateway.run(ReplicatePromptsDocument, { ...variables, dryRun: true });
    expect(planned.replicatePrompts?.replication).toMatchObject({
      status: 'PLANNED',
      dryRun: true,
      counts: { total: 1, created: 0, pending: 1 },
    });
    const { replicatePrompts } = await gateway.run(ReplicatePromptsDocument, variables);
    expect(replicatePrompts?.replication).toMatchObject({
      status: 'COMPLETED',
      counts: { total: 1, created: 1 },
      items: { nodes: [{ source: { id: ids[0] }, status: 'CREATED', replica: { model: 'gpt-5' } }] },
    });
  });
});

describe('gateway with an empty cache', () => {
  const gateway = describeGateway();

  it('a gateway with an empty cache makes at most 3 calls for PromptsWithTune, with 100 prompts and the tune of each', async () => {
    const { prompts } = await gateway.run(PromptsWithTuneDocument, {});
    const tunes = prompts?.nodes.map(({ tune }) => tune);
    expect(tunes).toHaveLength(100);
    expect(tunes?.every((tune) => tune?.title)).toBe(true);
    expect(new Set(tunes?.map((tune) => tune?.id)).size).toBeGreaterThanOrEqual(20);
    expect(calls(gateway.sandbox).length).toBeLessThanOrEqual(3);
  });

  it('a gateway with an empty cache makes one call for the list and one per prompt for PortkeyLibrary', async () => {
    const { portkeyPrompts } = await gateway.run(PortkeyLibraryDocument, {});
    expect(portkeyPrompts?.nodes).toHaveLength(50);
    expect(portkeyPrompts?.nodes.every(({ template }) => template)).toBe(true);
    expect(calls(gateway.sandbox)).toHaveLength(51);
    expect(new Set(calls(gateway.sandbox)).size).toBe(51);
  });
});
