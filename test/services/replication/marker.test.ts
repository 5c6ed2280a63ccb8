import { describe, expect, it } from '@jest/globals';
import { markerOf, withMarker } from '../../../src/services/replication/copying/marker.js';

const marker = { promptId: 'p-1', versionId: 'v-1', targetModel: 'gpt-5', replicationId: 'job-1' };

describe('a marker', () => {
  it.each([
    ['no metadata', null],
    ['other metadata', { team: 'Support', nested: { deep: [1] } }],
    ['an older marker', withMarker(null, { ...marker, promptId: 'older' })],
  ])('is read back from %s', (_case, metadata) => {
    expect(markerOf({ metadata: withMarker(metadata, marker) })).toEqual(marker);
  });

  it('survives JSON and a missing version', () => {
    const sent = JSON.stringify(withMarker(null, { ...marker, versionId: null }));
    expect(markerOf({ metadata: JSON.parse(sent) })).toEqual({ ...marker, versionId: null });
  });

  it('leaves the rest of the metadata and the given object alone', () => {
    const metadata = Object.freeze({ team: 'Support' });
    const marked = withMarker(metadata, marker);
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

describe('metadata that only looks like a marker', () => {
  it.each([
    ['nothing', null],
    ['none', {}],
    ['text', { replicated_from: 'p-1' }],
    ['null', { replicated_from: null }],
    ['a number', { replicated_from: 7 }],
    ['a list', { replicated_from: ['p-1', 'v-1', 'gpt-5'] }],
    ['an empty object', { replicated_from: {} }],
    ['an id that is no text', { replicated_from: { prompt_id: 1, target_model: 'gpt-5' } }],
    ['no target', { replicated_from: { prompt_id: 'p-1' } }],
    ['a target that is no text', { replicated_from: { prompt_id: 'p-1', target_model: ['gpt-5'] } }],
    ['inherited fields only', { replicated_from: JSON.parse('{"__proto__": {"prompt_id": "p-1"}}') }],
  ])('is none: %s', (_case, metadata) => {
    expect(markerOf({ metadata })).toBeNull();
  });

  it('has no version when that is no text', () => {
    const metadata = { replicated_from: { prompt_id: 'p-1', version_id: 3, target_model: 'gpt-5' } };
    expect(markerOf({ metadata })).toEqual({ ...marker, versionId: null, replicationId: null });
  });
});
