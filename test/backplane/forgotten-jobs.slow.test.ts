import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { newItems, newJob, openStore, type TestStore, temporaryFolder } from '../support/store.js';

let disk: ReturnType<typeof temporaryFolder>;
let store: TestStore;
beforeEach(() => {
  disk = temporaryFolder();
  store = openStore(disk.folder);
});
afterEach(async () => {
  await store.close();
  disk.remove();
});

it('jobs that have ended are forgotten beyond a thousand of a key, dry runs and then the oldest first', async () => {
  await store.create(newJob('theirs', { principal: 'you' }), []);
  await store.claimed('theirs').release({ status: 'COMPLETED' });
  await store.create(newJob('interrupted'), []);
  await store.claimed('interrupted').release({ status: 'INTERRUPTED' });
  await store.create(newJob('oldest'), newItems(2));
  await store.create(newJob('old'), []);
  await store.create(newJob('running'), []);
  await store.create(newJob('dry', { dryRun: true }), []);
  for (const id of ['oldest', 'old', 'dry']) await store.claimed(id).release({ status: 'COMPLETED' });
  for (let n = 0; n < 1000; n += 1) {
    await store.create(newJob(`n${n}`), []);
    await store.claimed(`n${n}`).release({ status: 'COMPLETED' });
  }
  // Forgetting comes with the next one.
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
