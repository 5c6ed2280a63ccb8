import { describe, expect, it } from '@jest/globals';
import {
  checkRequest,
  type ReplicationRequest,
  withDefaults,
} from '../../../src/services/replication/request.js';

const good: ReplicationRequest = {
  targetModel: 'gpt-5',
  selection: {},
  options: {},
  dryRun: false,
  awaitSeconds: 0,
  idempotencyKey: null,
};
const errorsOf = (given: Partial<ReplicationRequest>) =>
  checkRequest({ ...good, ...given }).map(({ code, field }) => `${code} ${field?.join('.')}`);

describe('checkRequest', () => {
  it.each<[string, Partial<ReplicationRequest>]>([
    ['the minimal request', {}],
    ['all: true', { selection: { all: true } }],
    ['all: false with conditions', { selection: { all: false, search: 'a' } }],
    ['all: true with null conditions', { selection: { all: true, ids: null, search: null } }],
    [
      'every condition',
      { selection: { ids: ['a'], collectionId: 'c', workspaceId: 'w', search: 's', sourceModel: 'm' } },
    ],
    ['the maximum number of ids', { selection: { ids: Array.from({ length: 5000 }, String) } }],
    ['the minimum concurrency and the maximum wait', { options: { concurrency: 1 }, awaitSeconds: 120 }],
    [
      'the maximum concurrency and string lengths',
      { options: { concurrency: 16, nameTemplate: 'n'.repeat(255) }, targetModel: 'm'.repeat(255) },
    ],
    [
      'nulls',
      {
        options: {
          nameTemplate: null,
          concurrency: null,
          virtualKey: null,
          collectionId: null,
          onExisting: null,
        },
      },
    ],
  ])('checkRequest accepts %s', (_case, given) => {
    expect(errorsOf(given)).toEqual([]);
  });

  it.each<[string, Partial<ReplicationRequest>]>([
    ['REQUIRED targetModel', { targetModel: '' }],
    ['REQUIRED targetModel', { targetModel: ' \n' }],
    ['INVALID targetModel', { targetModel: 'm'.repeat(256) }],
    ['INVALID awaitSeconds', { awaitSeconds: -1 }],
    ['INVALID awaitSeconds', { awaitSeconds: 121 }],
    ['REQUIRED options.nameTemplate', { options: { nameTemplate: '  ' } }],
    ['INVALID options.nameTemplate', { options: { nameTemplate: 'n'.repeat(256) } }],
    ['INVALID options.nameTemplate', { options: { nameTemplate: '{nam}' } }],
    ['INVALID options.concurrency', { options: { concurrency: 0 } }],
    ['INVALID options.concurrency', { options: { concurrency: 17 } }],
    ['INVALID options.virtualKey', { options: { virtualKey: '' } }],
    ['INVALID options.collectionId', { options: { collectionId: ' ' } }],
    ['INVALID selection.collectionId', { selection: { collectionId: '' } }],
    ['INVALID selection.workspaceId', { selection: { workspaceId: '' } }],
    ['INVALID selection.search', { selection: { search: ' ' } }],
    ['INVALID selection.search', { selection: { search: 's'.repeat(256) } }],
    ['INVALID selection.sourceModel', { selection: { sourceModel: '' } }],
    ['INVALID selection.ids', { selection: { ids: [] } }],
    ['INVALID selection.ids', { selection: { ids: Array.from({ length: 5001 }, String) } }],
    ['INVALID selection.all', { selection: { all: true, ids: ['a'] } }],
    ['INVALID selection.all', { selection: { all: true, sourceModel: 'm' } }],
  ])('checkRequest reports %s for %j', (error, given) => {
    expect(errorsOf(given)).toEqual([error]);
  });

  it('checkRequest reports all errors together', () => {
    const given = {
      targetModel: '',
      awaitSeconds: 500,
      options: { nameTemplate: '{a}{b}', concurrency: 99, virtualKey: '' },
      selection: { all: true, ids: [], search: '' },
    };
    expect(errorsOf(given)).toEqual([
      'REQUIRED targetModel',
      'INVALID awaitSeconds',
      'INVALID options.nameTemplate',
      'INVALID options.nameTemplate',
      'INVALID options.concurrency',
      'INVALID options.virtualKey',
      'INVALID selection.search',
      'INVALID selection.all',
      'INVALID selection.ids',
    ]);
  });

  it('checkRequest names the unknown placeholder and the known ones', () => {
    const [error] = checkRequest({ ...good, options: { nameTemplate: '{nmae}' } });
    expect(error?.message).toMatch(/\{nmae\}.*\{name\}.*\{slug\}.*\{model\}/);
  });
});

it('withDefaults adds the documented defaults', () => {
  const defaults = {
    nameTemplate: '{name}-replica',
    virtualKey: null,
    collectionId: null,
    versionDescription: null,
    concurrency: 4,
    onExisting: 'SKIP',
    verify: false,
  };
  expect(withDefaults({})).toEqual(defaults);
  expect(withDefaults({ nameTemplate: null, concurrency: null, onExisting: null })).toEqual(defaults);
});
