import { expect, it } from '@jest/globals';
import { describeStore } from '../support/describe-storage.js';
import { newItems, newJob } from '../support/store.js';

const disk = describeStore();

it('the store keeps a thousand finished jobs per key, and deletes dry runs and then the oldest first', async () => {
  const { opened: store } = disk;
  await store.create(newJob('theirs', { principal: 'you' }), []);
  await store.claimed('theirs').release({ status: 'COMPLETED' });
  await store.create(newJob('interrupted'), []);
  await store.claimed('interrupted').release({ status: 'INTERRUPTED' });
  await store.create(newJob('oldest'), newItems(2));
  await store.create(newJob('old'), []);
  await store.create(newJob('running'), []);
  await store.create(newJob('dry', { dryRun: true }), []);
  for (const id of ['oldest', 'old', 'dry']) await store.claimed(id).release({ status: 'COMPLETED' });
  const others = Array.from({ length: 1000 }, (_, n) => `n${n}`);
  await Promise.all(others.map((id) => store.create(newJob(id), [])));
  await Promise.all(others.map((id) => store.claimed(id).release({ status: 'COMPLETED' })));
  // The next job triggers the deletion.
  await store.create(newJob('last'), []);
  const known = await Promise.all(
    ['dry', 'oldest', 'old', 'running', 'theirs', 'interrupted', 'n0'].map((id) => store.get(id)),
  );
  expect(known.map((job) => job?.id)).toEqual([
    undefined,
    undefined,
    undefined,
    'running',
    'theirs',
    'interrupted',
    'n0',
  ]);
  expect((await store.items('oldest', { first: 9 })).total).toBe(0);
});
