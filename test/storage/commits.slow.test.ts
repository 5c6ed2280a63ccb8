import { readdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import Database from 'libsql';
import { StoreError } from '../../src/domain/store-error.js';
import { describeStorage } from '../support/describe-storage.js';
import { until } from '../support/gateway.js';

/** Connection of another process. */
let other: Database.Database;
// Closes it before the storage.
afterEach(() => {
  other.close();
});
const storage = describeStorage();
beforeEach(() => {
  other = new Database(`${storage.folder}/promptgate.db`);
});

let count = 0;
/** Records a create request with a text of this length. */
async function record(characters: number): Promise<string> {
  count += 1;
  const id = `create ${count}`;
  const known = {
    tuneId: '5',
    attributes: { text: 'x'.repeat(characters) },
    newerThan: null,
    images: 'none',
  };
  await storage.creates.begin({ id, account: 'me', known, callback: null, sentAt: 0, lostAt: null });
  return id;
}

const walSize = () => statSync(`${storage.folder}/promptgate.db-wal`).size;
const MEGABYTE = 1_000_000;

it('a commit waits for another process without blocking the event loop or reads', async () => {
  const first = await record(1);
  other.exec('BEGIN IMMEDIATE');
  let isWritten = false;
  const second = record(1).then((id) => {
    isWritten = true;
    return id;
  });
  for (let reads = 0; reads < 20; reads += 1) expect(await storage.creates.get(first)).not.toBeNull();
  expect(isWritten).toBe(false);
  // Execution reaches this line only if the event loop is not blocked.
  other.exec('COMMIT');
  expect(await storage.creates.get(await second)).not.toBeNull();
});

it('a read sees earlier writes of the same turn', async () => {
  const write = record(1);
  const read = storage.creates.get(`create ${count}`);
  expect(await read).not.toBeNull();
  await write;
});

it('commits do not wait for a long reader, and the WAL shrinks after it has ended', async () => {
  await record(1);
  other.exec('BEGIN; SELECT count(*) FROM creates');
  for (let n = 0; n < 30; n += 1) await record(MEGABYTE);
  expect(walSize()).toBeGreaterThan(20 * MEGABYTE);
  other.exec('COMMIT');
  await until(
    async () => {
      await record(1);
      return walSize();
    },
    (size) => size < MEGABYTE,
    30_000,
  );
});

it('the WAL shrinks during steady writes', async () => {
  let largest = 0;
  for (let n = 0; n < 200; n += 1) {
    await record(MEGABYTE / 2);
    largest = Math.max(largest, walSize());
  }
  // The commits of half a megabyte each have written 100 MB.
  expect(largest).toBeLessThan(60 * MEGABYTE);
});

it('a closed store rejects reads and writes, and leaves no files behind', async () => {
  const chain = record(1).then(() => record(1));
  await storage.close();
  await expect(chain).rejects.toThrow(StoreError);
  await expect(storage.creates.get('create 1')).rejects.toThrow('The gateway is stopping');
  expect(readdirSync(`${storage.folder}/processes`)).toEqual([]);
  expect(walSize()).toBe(0);
});
