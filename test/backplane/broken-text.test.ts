import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import { EmbeddedBackplane } from '../../src/backplane/embedded/embedded-backplane.js';
import { StoreError } from '../../src/domain/store-error.js';
import { newItem, newJob, silentLog, temporaryFolder } from '../support/store.js';

let disk: ReturnType<typeof temporaryFolder>;
let backplane: EmbeddedBackplane;
beforeEach(() => {
  disk = temporaryFolder();
  backplane = new EmbeddedBackplane(disk.folder, silentLog);
});
afterEach(async () => {
  await backplane.close();
  disk.remove();
});

/** Puts bytes that are no UTF-8 into a column of all rows of a table. */
function damage(table: string, column: string): void {
  const database = new Database(`${disk.folder}/promptgate.db`);
  database.exec(`UPDATE ${table} SET ${column} = CAST(x'66ff' AS TEXT)`);
  database.close();
}

const newCreate = (id: string) => ({
  ...{ id, account: 'a', callback: null, sentAt: backplane.now(), lostAt: null },
  known: { tuneId: '1', attributes: { text: 'a cat' }, newerThan: null, images: '' },
});

it('a write that reads a damaged string fails alone', async () => {
  await backplane.creates.begin(newCreate('one'));
  await backplane.creates.begin(newCreate('two'));
  damage('creates', 'known');
  const request = { account: 'a', key: 'k', input: 'i' };
  const [claim, take] = await Promise.allSettled([
    backplane.creates.claim(newCreate('two'), ['1'], () => '1'),
    backplane.idempotency.take(request),
  ]);
  expect(claim).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
  expect(take).toEqual({ status: 'fulfilled', value: { type: 'MINE', begun: null } });
  // It was written.
  expect(await backplane.idempotency.take(request)).toEqual({ type: 'UNDER_WAY' });
});

it('a damaged principal of a job that runs fails that job alone', async () => {
  await backplane.replications.create(newJob('a'), [newItem(0)]);
  damage('replications', 'principal');
  await backplane.replications.create(newJob('b'), [newItem(0)]);
  await expect(backplane.replications.get('a')).rejects.toThrow(StoreError);
  expect(await backplane.replications.get('b')).toMatchObject({ id: 'b' });
  const other = new EmbeddedBackplane(disk.folder, silentLog);
  expect(await other.replications.get('b')).toMatchObject({ id: 'b' });
  await other.close();
});
