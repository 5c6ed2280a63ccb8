import { describe, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../../src/domain/portkey-prompt.js';
import { copyOf } from '../../../src/services/replication/copying/replica-content.js';
import { job, prompt } from './fixtures.js';

const rich: PortkeyPrompt = prompt('p-1', {
  name: 'Order lookup',
  template: '[{"role":"user","content":"{{message}}"}]',
  parameters: { model: 'gpt-4o', temperature: 0, stop: ['END'], message: 'sample' },
  functions: [{ name: 'old_style' }],
  tools: [{ type: 'function', function: { name: 'look_up_order' } }],
  toolChoice: { type: 'function', function: { name: 'look_up_order' } },
  metadata: { team: 'Support', nested: { reviewed: true } },
  versionDescription: 'Third try',
});

describe('copyOf', () => {
  it('copyOf copies everything and changes the model', () => {
    expect(copyOf(rich, 'Order lookup-replica', job('gpt-5'))).toEqual({
      name: 'Order lookup-replica',
      collectionId: 'collection-1',
      template: '[{"role":"user","content":"{{message}}"}]',
      isRawTemplate: false,
      parameters: { model: 'gpt-5', temperature: 0, stop: ['END'], message: 'sample' },
      model: 'gpt-5',
      virtualKey: 'openai-prod',
      functions: [{ name: 'old_style' }],
      tools: [{ type: 'function', function: { name: 'look_up_order' } }],
      toolChoice: { type: 'function', function: { name: 'look_up_order' } },
      versionDescription: 'Third try',
      metadata: {
        team: 'Support',
        nested: { reviewed: true },
        replicated_from: {
          prompt_id: 'p-1',
          version_id: 'p-1-v1',
          target_model: 'gpt-5',
          replication_id: 'job-1',
        },
      },
    });
  });

  it('copyOf prefers the options to the fields of the source', () => {
    const given = { collectionId: 'other', virtualKey: 'anthropic-prod', versionDescription: 'copied' };
    expect(copyOf(rich, 'n', job('claude-sonnet-4', given))).toMatchObject(given);
  });

  it('copyOf adds no model to parameters without one', () => {
    expect(copyOf(prompt('p', { parameters: { top_p: 1 } }), 'n', job('m')).parameters).toEqual({
      top_p: 1,
    });
    expect(copyOf(prompt('p', { parameters: null }), 'n', job('m')).parameters).toEqual({});
  });

  it('copyOf keeps null fields null', () => {
    const { functions, tools, toolChoice, versionDescription } = copyOf(prompt('p'), 'n', job('m'));
    expect([functions, tools, toolChoice, versionDescription]).toEqual([null, null, null, null]);
  });

  it('copyOf replaces the marker of a source that used to be a replica', () => {
    const orphan = prompt('p-2', {
      metadata: { replicated_from: { prompt_id: 'gone', version_id: null, target_model: 'm1' }, kept: 1 },
    });
    expect(copyOf(orphan, 'n', job('m2')).metadata).toEqual({
      kept: 1,
      replicated_from: {
        prompt_id: 'p-2',
        version_id: 'p-2-v1',
        target_model: 'm2',
        replication_id: 'job-1',
      },
    });
  });

  it('copyOf does not change the source', () => {
    const before = structuredClone(rich);
    copyOf(rich, 'n', job('gpt-5', { collectionId: 'other', virtualKey: 'other' }));
    expect(rich).toEqual(before);
  });
});
