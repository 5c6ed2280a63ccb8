import { expect, it } from '@jest/globals';
import { describeStorage } from '../support/describe-storage.js';

const KEPT = 50_000;

const storage = describeStorage();
const add = (id: string, target: string | null = null) =>
  storage.callbacks.add({ id, account: 'me', secretHash: 'h', target });

it('the callback store deletes the oldest entries of an account, except those still to be delivered', async () => {
  const { callbacks } = storage;
  await Promise.all([
    add('open', 'https://example.com/'),
    callbacks.change('open', { promptId: '1' }),
    add('pending', 'https://example.com/'),
    callbacks.change('pending', { status: 'PENDING' }),
    add('delivered', 'https://example.com/'),
    callbacks.change('delivered', { status: 'DELIVERED' }),
    add('without a target'),
    ...Array.from({ length: KEPT }, (_, n) => add(`n${n}`)),
  ]);
  await callbacks.forget();
  const ids = ['open', 'pending', 'delivered', 'without a target', 'n0'];
  const found = await Promise.all(ids.map(async (id) => (await callbacks.get(id))?.id ?? null));
  expect(found).toEqual(['open', 'pending', null, null, 'n0']);
});

it('the callback store continues to number calls after it has deleted the last called entry', async () => {
  const { callbacks } = storage;
  await Promise.all([add('first'), add('last'), add('new')]);
  for (const id of ['first', 'last']) {
    await callbacks.call(id, null, null);
    await callbacks.change(id, { status: 'DELIVERED' });
  }
  await Promise.all(Array.from({ length: KEPT }, (_, n) => add(`n${n}`)));
  await callbacks.forget();
  expect(await callbacks.get('first')).toBeNull();
  expect(await callbacks.lastCall()).toBe(2);
  await callbacks.call('n0', null, null);
  expect(await callbacks.callsAfter(2)).toMatchObject([{ number: 3, id: 'n0' }]);
  await callbacks.remove('n0');
  expect(await callbacks.lastCall()).toBe(3);
  await callbacks.remove('n1');
  expect(await callbacks.get('n1')).toBeNull();
  // Another entry has the last call now, so the store can delete the entry of the second call.
  await Promise.all(['x', 'y', 'z'].map((id) => add(id)));
  await callbacks.forget();
  expect(await callbacks.callsAfter(0)).toMatchObject([{ number: 3 }]);
});
