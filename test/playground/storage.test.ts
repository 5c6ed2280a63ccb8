import { describe, expect, it } from '@jest/globals';
import { pageStorage, storageOf } from '../../playground/browser-storage.js';
import { storageWithoutHeaders } from '../../playground/storage.js';

const SECRET = '{"authorization": "Bearer pg_secret"}';

function setup() {
  const local = pageStorage();
  let cleared = 0;
  const storage = storageWithoutHeaders(local, () => {
    cleared += 1;
  });
  return { local, storage, cleared: () => cleared };
}

describe('what GraphiQL keeps', () => {
  it.each([
    ['the history', 'graphiql:queries', { queries: [{ query: '{ a }', variables: '{}', headers: SECRET }] }],
    ['favorites', 'graphiql:favorites', { favorites: [{ query: '{ a }', headers: SECRET }] }],
    ['tabs', 'graphiql:tabState', { tabs: [{ id: '1', query: '{ a }', headers: SECRET }] }],
  ])('is %s without headers', (_what, name, value) => {
    const { local, storage } = setup();
    storage.setItem(name, JSON.stringify(value));
    const kept = local.getItem(name) ?? '';
    expect(kept).toContain('{ a }');
    expect(kept).not.toContain('pg_secret');
    expect(storage.getItem(name)).toBe(kept);
  });

  it('is never the text of the headers editor', () => {
    const { local, storage } = setup();
    storage.setItem('graphiql:headers', SECRET);
    expect(local.length).toBe(0);
  });

  it('is left as it is otherwise, also what is no JSON, and what is called headers within a text', () => {
    const { storage } = setup();
    for (const value of ['{ tunes { nodes { id } } }', 'dark', '{"headers": 1', '[1]'])
      for (const name of ['graphiql:query', 'graphiql:theme']) {
        storage.setItem(name, value);
        expect(storage.getItem(name)).toBe(value);
      }
  });

  it('is cleared alone, and told of', () => {
    const { local, storage, cleared } = setup();
    local.setItem('other', 'x');
    for (const name of ['graphiql:a', 'graphiql:b', 'graphiql:c']) storage.setItem(name, 'y');
    expect(storage.length).toBe(3);
    storage.removeItem('graphiql:a');
    storage.clear();
    expect([storage.length, local.length, local.getItem('other'), cleared()]).toEqual([0, 1, 'x', 1]);
  });
});

describe('a browser that keeps nothing', () => {
  it('is stood in for by the page', () => {
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
