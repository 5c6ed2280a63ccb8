import { beforeAll, describe, expect, it } from '@jest/globals';
import { type PortkeyPrompt, publishedVersion } from '../../src/sandbox/portkey/records.js';
import { describeGateway } from '../support/describe-gateway.js';
import { creates, type Job, library, lines, replicate, upstream, writes } from './replicating.js';

// The tests depend on their order. They replicate the seeded library to gpt-5 twice.
const gateway = describeGateway();
let sources: PortkeyPrompt[];
let first: Job;
/** Number of create requests of the first run. */
let created: number;
beforeAll(async () => {
  sources = structuredClone(library(gateway.sandbox));
  first = await replicate(gateway, { options: { concurrency: 16 } });
  created = creates(gateway.sandbox);
});

const inCollection = () => sources.filter(({ collection_id }) => collection_id !== null);
const withoutCollection = () => sources.filter(({ collection_id }) => collection_id === null);

describe('replicating the whole library', () => {
  it('replicating the whole library handles every prompt and counts the outcomes', () => {
    expect(first.status).toBe('COMPLETED');
    expect(sources.length).toBeGreaterThan(120);
    expect(withoutCollection().length).toBeGreaterThan(0);
    expect(first.items.map(({ source }) => source.id).sort()).toEqual(sources.map(({ id }) => id).sort());
    expect(first.counts).toEqual({
      total: sources.length,
      created: inCollection().length,
      updated: 0,
      skipped: 0,
      failed: withoutCollection().length,
      pending: 0,
      undone: 0,
    });
    expect(created).toBe(inCollection().length);
  });

  it('replicating the whole library creates replicas that equal their sources except for the model', () => {
    for (const source of inCollection()) {
      const published = publishedVersion(source);
      const replica = upstream(gateway.sandbox, `${source.name}-replica`);
      expect(replica.collection_id).toBe(source.collection_id);
      expect(replica.versions).toHaveLength(1);
      expect(replica.version).toMatchObject({
        model: 'gpt-5',
        string: published.string,
        parameters: { ...published.parameters, model: 'gpt-5' },
        tools: published.tools,
        functions: published.functions,
        tool_choice: published.tool_choice,
        virtual_key: published.virtual_key,
        is_raw_template: published.is_raw_template,
        description: published.description,
        template_metadata: {
          ...published.template_metadata,
          replicated_from: { prompt_id: source.id, version_id: published.id, target_model: 'gpt-5' },
        },
      });
    }
  });

  it('replicating the whole library covers every kind of prompt', () => {
    const versions = inCollection().map(publishedVersion);
    const kinds = {
      tools: versions.some(({ tools }) => tools !== null),
      functions: versions.some(({ functions }) => functions !== null),
      'a named tool choice': versions.some(({ tool_choice }) => tool_choice !== null),
      'a raw template': versions.some(({ is_raw_template }) => is_raw_template === 1),
      metadata: versions.some(({ template_metadata }) => template_metadata !== null),
      'a description': versions.some(({ description }) => description !== null),
      'a text template': versions.some(({ string }) => !string.startsWith('[')),
      'an unpublished newer version': inCollection().some(
        ({ published, versions: all }) => published < all.length,
      ),
    };
    expect(Object.entries(kinds).filter(([, found]) => !found)).toEqual([]);
  });

  it('replicating the whole library changes no source', () => {
    for (const source of sources) expect(gateway.sandbox.portkey.prompts.get(source.id)).toEqual(source);
  });

  it('replicating the whole library shows each replica with its id, slug and name at Portkey', () => {
    for (const { status, replicaName, replica } of first.items) {
      if (status !== 'CREATED') continue;
      const { id, slug, name } = upstream(gateway.sandbox, replicaName);
      expect(replica).toEqual({ id, slug, name, model: 'gpt-5' });
    }
  });

  it('replicating the whole library requires options.collectionId for sources without a collection', () => {
    for (const { name } of withoutCollection()) {
      const failed = first.items.find(({ source }) => source.name === name);
      expect(failed).toMatchObject({ action: 'CREATE', status: 'FAILED', replica: null, attempts: 0 });
      expect(failed?.error).toMatchObject({
        code: 'REQUIRED',
        message: expect.stringContaining('options.collectionId'),
      });
    }
  });
});

describe('replicating the whole library again', () => {
  it('replicating the whole library again creates nothing and shows the existing replicas', async () => {
    gateway.sandbox.clearRequests();
    const again = await replicate(gateway);
    expect(writes(gateway.sandbox)).toEqual([]);
    expect(again.counts).toEqual({ ...first.counts, created: 0, skipped: inCollection().length });
    const replicaOf = (job: Job, id: string) => job.items.find(({ source }) => source.id === id)?.replica;
    for (const { id } of inCollection()) {
      expect(replicaOf(again, id)).not.toBeNull();
      expect(replicaOf(again, id)).toEqual(replicaOf(first, id));
    }
  });

  it('replicating the whole library again creates the remaining replicas when options.collectionId is set', async () => {
    gateway.sandbox.clearRequests();
    const [collection] = [...gateway.sandbox.portkey.collections.values()].filter(
      ({ owner }) => owner === 'main',
    );
    const rest = await replicate(gateway, { options: { collectionId: collection?.id } });
    expect(rest.counts).toMatchObject({ created: withoutCollection().length, failed: 0 });
    expect(creates(gateway.sandbox)).toBe(withoutCollection().length);
    for (const { name } of withoutCollection()) {
      expect(upstream(gateway.sandbox, `${name}-replica`).collection_id).toBe(collection?.id);
    }
  });

  it('replicating the whole library again plans no replica of a replica, even with another name template', async () => {
    gateway.sandbox.clearRequests();
    const dry = await replicate(gateway, { options: { nameTemplate: '{name} on {model}' }, dryRun: true });
    expect(dry.items.map(({ source }) => source.id).sort()).toEqual(sources.map(({ id }) => id).sort());
    expect(lines(dry).filter((line) => !line.endsWith(': SKIP SKIPPED'))).toEqual([]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });
});
