import { expect, it } from '@jest/globals';
import {
  copyOf,
  provenanceOf,
  unreadable,
} from '../../../src/services/replication/copying/replica-content.js';
import { replicaName } from '../../../src/services/replication/planning/plan.js';
import { badResponse } from '../../../src/upstream/errors.js';
import { job, prompt } from './fixtures.js';

const error = badResponse('portkey', 'the field x is not as documented');
const later = badResponse('portkey', 'the field y is not as documented');

it.each([
  ...(['template', 'parameters', 'functions', 'tools', 'toolChoice', 'metadata', 'virtualKey'] as const),
  ...(['collectionId', 'versionId', 'versionDescription', 'name', 'model'] as const),
])('a source whose %s cannot be read is unreadable', (field) => {
  expect(unreadable(prompt('a', { [field]: error }))).toBe(error);
});

it('the first unreadable field of a source is reported', () => {
  expect(unreadable(prompt('a', { model: later, template: error }))).toBe(error);
});

it('fields that no replica contains may be unreadable', () => {
  const odd = { slug: error, status: error, createdAt: error, variables: error, version: error };
  expect(unreadable(prompt('a', odd))).toBeNull();
});

it.each([
  ...(['template', 'parameters', 'functions', 'tools', 'toolChoice'] as const),
  ...(['metadata', 'virtualKey', 'collectionId', 'versionId', 'versionDescription'] as const),
])('copyOf rejects a source whose %s cannot be read', (field) => {
  expect(() => copyOf(prompt('a', { [field]: error }), 'b', job('gpt-5'))).toThrow(error);
});

it('a replica name consists of readable fields, and unreadable metadata contain no marker', () => {
  const source = prompt('a', { name: error });
  expect(replicaName('{name} {slug}', source, 'gpt-5', '')).toBe('pp-a pp-a');
  expect(replicaName('{name} {slug}', { ...source, slug: error }, 'gpt-5', '')).toBe('a a');
  expect(provenanceOf({ metadata: error })).toBeNull();
});
