import { describe, expect, it } from '@jest/globals';
import { provenanceOf, withProvenance } from '../../../src/services/replication/copying/replica-content.js';

const marker = { promptId: 'p-1', versionId: 'v-1', targetModel: 'gpt-5', replicationId: 'job-1' };

describe('marker', () => {
  it.each([
    ['no metadata', null],
    ['other metadata', { team: 'Support', nested: { deep: [1] } }],
    ['an older marker', withProvenance(null, { ...marker, promptId: 'older' })],
  ])('a marker is read back from %s', (_case, metadata) => {
    expect(provenanceOf({ metadata: withProvenance(metadata, marker) })).toEqual(marker);
  });

  it('a marker survives JSON and a missing version', () => {
    const sent = JSON.stringify(withProvenance(null, { ...marker, versionId: null }));
    expect(provenanceOf({ metadata: JSON.parse(sent) })).toEqual({ ...marker, versionId: null });
  });

  it('a marker keeps the rest of the metadata, and does not modify the given object', () => {
    const metadata = Object.freeze({ team: 'Support' });
    const marked = withProvenance(metadata, marker);
    expect(marked).toEqual({
      team: 'Support',
      replicated_from: {
        prompt_id: 'p-1',
        version_id: 'v-1',
        target_model: 'gpt-5',
        replication_id: 'job-1',
      },
    });
    expect(metadata).toEqual({ team: 'Support' });
  });
});

describe('metadata with', () => {
  it.each([
    ['a null value', null],
    ['no fields', {}],
    ['a string as the marker', { replicated_from: 'p-1' }],
    ['null as the marker', { replicated_from: null }],
    ['a number as the marker', { replicated_from: 7 }],
    ['a list as the marker', { replicated_from: ['p-1', 'v-1', 'gpt-5'] }],
    ['an empty marker', { replicated_from: {} }],
    ['an id that is not a string', { replicated_from: { prompt_id: 1, target_model: 'gpt-5' } }],
    ['no target model', { replicated_from: { prompt_id: 'p-1' } }],
    [
      'a target model that is not a string',
      { replicated_from: { prompt_id: 'p-1', target_model: ['gpt-5'] } },
    ],
    ['only inherited fields', { replicated_from: JSON.parse('{"__proto__": {"prompt_id": "p-1"}}') }],
  ])('%s has no marker', (_case, metadata) => {
    expect(provenanceOf({ metadata })).toBeNull();
  });

  it('a version that is not a string has a marker without a version', () => {
    const metadata = { replicated_from: { prompt_id: 'p-1', version_id: 3, target_model: 'gpt-5' } };
    expect(provenanceOf({ metadata })).toEqual({ ...marker, versionId: null, replicationId: null });
  });
});
