import { describe, expect, it } from '@jest/globals';
import { pageStorage, storageOf } from '../../playground/browser-storage.js';
import { firstTexts, storageWithoutHeaders } from '../../playground/storage.js';

const SECRET = '{"authorization": "Bearer pg_secret"}';

function setup() {
  const local = pageStorage();
  let cleared = 0;
  const storage = storageWithoutHeaders(local, () => {
    cleared += 1;
  });
  return { local, storage, cleared: () => cleared };
}

describe('storage of GraphiQL', () => {
  it.each([
    ['the history', 'graphiql:queries', { queries: [{ query: '{ a }', variables: '{}', headers: SECRET }] }],
    ['favorites', 'graphiql:favorites', { favorites: [{ query: '{ a }', headers: SECRET }] }],
    ['tabs', 'graphiql:tabState', { tabs: [{ id: '1', query: '{ a }', headers: SECRET }] }],
  ])('the storage of GraphiQL keeps %s without headers', (_what, name, value) => {
    const { local, storage } = setup();
    storage.setItem(name, JSON.stringify(value));
    const kept = local.getItem(name) ?? '';
    expect(kept).toContain('{ a }');
    expect(kept).not.toContain('pg_secret');
    expect(storage.getItem(name)).toBe(kept);
  });

  it.each(['graphiql:headers', 'graphiql:query', 'graphiql:variables'])(
    'the storage of GraphiQL does not keep %s',
    (name) => {
      const { local, storage } = setup();
      storage.setItem(name, SECRET);
      expect([local.length, storage.getItem(name)]).toEqual([0, null]);
    },
  );

  it('the storage of GraphiQL keeps any other value unchanged', () => {
    const { storage } = setup();
    for (const value of ['dark', '{"headers": 1', '{ "headers": 1 }', '[1]', '']) {
      storage.setItem('graphiql:theme', value);
      expect(storage.getItem('graphiql:theme')).toBe(value);
    }
  });

  it('the storage of GraphiQL clears only its own entries, and reports that', () => {
    const { local, storage, cleared } = setup();
    local.setItem('other', 'x');
    for (const name of ['graphiql:a', 'graphiql:b', 'graphiql:c']) storage.setItem(name, 'y');
    expect(storage.length).toBe(3);
    storage.removeItem('graphiql:a');
    storage.clear();
    expect([storage.length, local.length, local.getItem('other'), cleared()]).toEqual([0, 1, 'x', 1]);
  });
});

describe('initial contents of the editors', () => {
  const first = { query: '{ first }', variables: '{"a": 1}' };
  const kept = (tabState: unknown) => {
    const local = pageStorage();
    local.setItem('graphiql:tabState', JSON.stringify(tabState));
    return firstTexts(local, first);
  };

  it('the initial contents of the editors are the first example tab and its variables on a first visit', () => {
    expect(firstTexts(pageStorage(), first)).toEqual(first);
  });

  it('the initial contents of the editors are those of the tab that was active last', () => {
    const tabs = [{ query: '{ a }' }, { query: '{ b }', variables: '{\n  "headers": 1 }' }];
    expect(kept({ tabs, activeTabIndex: 1 })).toEqual(tabs[1]);
    expect(kept({ tabs, activeTabIndex: 0 })).toEqual({ query: '{ a }', variables: '' });
    expect(kept({ tabs: [{ query: null, variables: null }], activeTabIndex: 0 })).toEqual({
      query: '',
      variables: '',
    });
  });

  it.each([[{}], [null], [{ tabs: 3, activeTabIndex: 0 }], [{ tabs: [], activeTabIndex: 0 }], ['x']])(
    'the initial contents of the editors are the first example tab when the saved state is %j',
    (tabState) => {
      expect(kept(tabState)).toEqual(first);
    },
  );
});

describe('browser that blocks storage', () => {
  it('a browser that blocks storage is replaced by a storage that lasts as long as the page', () => {
    const storage = storageOf(() => {
      throw new Error('SecurityError');
    });
    storage.setItem('a', 'b');
    expect([storage.getItem('a'), storage.key(0), storage.key(1), storage.length]).toEqual([
      'b',
      'a',
      null,
      1,
    ]);
    const local = pageStorage();
    expect(storageOf(() => local)).toBe(local);
  });
});
