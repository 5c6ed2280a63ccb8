import { expect, it } from '@jest/globals';
import { describeBackplane } from '../support/describe-backplane.js';

const KEPT = 50_000;

const backplane = describeBackplane();
const add = (id: string, target: string | null = null) =>
  backplane.callbacks.add({ id, account: 'me', secretHash: 'h', target });

it('forgets the oldest of an account, but none that is still to be relayed', async () => {
  const { callbacks } = backplane;
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

it('goes on counting calls where the last one that called is forgotten', async () => {
  const { callbacks } = backplane;
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
  // Now another one is the last that called, and the row of the second call is as old as any.
  await Promise.all(['x', 'y', 'z'].map((id) => add(id)));
  await callbacks.forget();
  expect(await callbacks.callsAfter(0)).toMatchObject([{ number: 3 }]);
});
