import { describe, expect, it } from '@jest/globals';
import { NumberedStore } from '../../src/sandbox/astria/numbered-store.js';
import { DEFAULT_DIALECT } from '../../src/sandbox/dialect.js';
import { newestFirst } from '../../src/sandbox/portkey/paging.js';
import { appendVersion } from '../../src/sandbox/portkey/records.js';
import { PortkeyState } from '../../src/sandbox/portkey/state.js';
import { Store } from '../../src/sandbox/store.js';

describe('store', () => {
  it('a store finds the records that match all values, oldest first', () => {
    const store = new Store<{ id: number; owner: string; size: number }>();
    for (const [id, owner, size] of [
      [3, 'main', 1],
      [1, 'main', 1],
      [2, 'other', 1],
      [4, 'main', 2],
    ] as const) {
      store.add({ id, owner, size });
    }
    expect(store.where({ owner: 'main', size: 1 }).map(({ id }) => id)).toEqual([3, 1]);
  });

  it('a store never reuses an id, not even that of a deleted record', () => {
    const store = new NumberedStore<{ id: number; owner: 'main' }>(7);
    store.add({ id: 8, owner: 'main' });
    const first = store.newId();
    store.add({ id: first, owner: 'main' });
    store.delete(first);
    expect([first, store.newId(), store.newId()]).toEqual([7, 9, 10]);
    store.clear();
    expect(store.newId()).toBe(11);
  });
});

it('newestFirst lists the record that was added last first among equal creation times', () => {
  const records = ['1999', '2001', '1999', '2000'].map((created_at, id) => ({ id, created_at }));
  expect(newestFirst(records).map(({ id }) => id)).toEqual([1, 3, 2, 0]);
});

it('a version after a gap in the numbers gets the next number', () => {
  const partial = new PortkeyState(DEFAULT_DIALECT).addPartial({ name: 'greeting', string: 'a' });
  for (const version of partial.versions) version.number = 4;
  const content = { string: 'b', description: null };
  expect(appendVersion(partial, content)).toMatchObject({ ...content, number: 5, label_id: null });
  expect(partial).toMatchObject({ published: 1, versions: [{ number: 4 }, { number: 5 }] });
});
