import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { openDatabase, UnusableStoreError } from '../../src/storage/embedded/database.js';
import { MIGRATIONS } from '../../src/storage/embedded/migrations.js';
import { newItem, newItems, newJob, openStore, temporaryFolder } from '../support/store.js';

let disk: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  disk = temporaryFolder();
  file = path.join(disk.folder, 'promptgate.db');
});
afterEach(() => disk.remove());

/** Opens a store that must be rejected and left unchanged. @returns The error message. */
async function refusal(): Promise<string> {
  const before = readFileSync(file);
  let message = '';
  try {
    await openStore(disk.folder).close();
  } catch (error) {
    if (!(error instanceof UnusableStoreError)) throw error;
    message = error.message;
  }
  expect(readFileSync(file).equals(before)).toBe(true);
  return message;
}

async function fillStore(): Promise<void> {
  const store = openStore(disk.folder);
  await store.create(newJob('a'), newItems(2000));
  await store.close();
}

describe('unusable store', () => {
  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['not a database', () => Buffer.from('garbage '.repeat(1000))],
    ['a database with overwritten pages', (bytes) => bytes.fill(0xab, 4096 * 3, bytes.length)],
  ])('an unusable store that is %s is rejected with advice, and left unchanged', async (_case, damage) => {
    await fillStore();
    writeFileSync(file, damage(readFileSync(file)));
    expect(await refusal()).toMatch(/promptgate\.db is damaged\. Restore a copy, or move it away/);
  });

  it('an unusable store is rejected when it is truncated', async () => {
    await fillStore();
    truncateSync(file, 4096 * 10);
    expect(await refusal()).toMatch(/is damaged/);
  });

  it('an unusable store is rejected when only its WAL is left', async () => {
    const elsewhere = temporaryFolder();
    const store = openStore(elsewhere.folder);
    await store.create(newJob('a'), newItems(20));
    await store.claimed('a').saveItem(newItem(0, { status: 'CREATED' }));
    const wal = readFileSync(path.join(elsewhere.folder, 'promptgate.db-wal'));
    expect(wal.length).toBeGreaterThan(0);
    writeFileSync(file, '');
    writeFileSync(`${file}-wal`, wal);
    expect(await refusal()).toMatch(/is damaged/);
    expect(readFileSync(`${file}-wal`).equals(wal)).toBe(true);
    await store.close();
    elsewhere.remove();
  });

  it('an unusable store is rejected when it has a newer version', async () => {
    await fillStore();
    const database = new Database(file);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length + 4}`);
    database.close();
    const known = `store version ${MIGRATIONS.length + 4}; this program supports up to ${MIGRATIONS.length}`;
    expect(await refusal()).toContain(known);
    expect(await refusal()).toMatch(/newer Promptgate.*set DATA_DIR to another folder/);
  });

  it('an unusable store is rejected when it belongs to another program', async () => {
    const database = new Database(file);
    database.exec('CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)');
    database.close();
    expect(await refusal()).toMatch(/another program.*DATA_DIR/);
  });
});

describe('schema of the store', () => {
  const versionOf = (database: Database.Database) =>
    database.prepare('PRAGMA user_version').raw().get() as [number];

  it('the schema of the store is created in an empty file and in a missing folder', async () => {
    writeFileSync(file, '');
    await openStore(disk.folder).close();
    await openStore(path.join(disk.folder, 'deep', 'er')).close();
    expect(readdirSync(path.join(disk.folder, 'deep', 'er'))).toContain('promptgate.db');
  });

  it('the schema of the store is migrated step by step together with its data', async () => {
    const first = 'CREATE TABLE a (x INTEGER)';
    const older = openDatabase(file, [first]);
    older.exec('INSERT INTO a VALUES (7)');
    await older.close();
    const steps = [first, 'ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 8', 'UPDATE a SET x = x * 2'];
    const newer = openDatabase(file, steps);
    expect(newer.prepare('SELECT x, y FROM a').raw().all()).toEqual([[14, 8]]);
    expect(versionOf(newer)).toEqual([3]);
    await newer.close();
    const again = openDatabase(file, steps);
    expect(again.prepare('SELECT x FROM a').raw().all()).toEqual([[14]]);
    await again.close();
  });

  it('the schema of the store is unchanged after a failed migration', async () => {
    openDatabase(file, ['CREATE TABLE a (x INTEGER)']).close();
    const steps = ['CREATE TABLE a (x INTEGER)', 'CREATE TABLE b (x INTEGER)', 'CREATE TABLE b (x INTEGER)'];
    expect(() => openDatabase(file, steps)).toThrow(/already exists/);
    const after = openDatabase(file, ['CREATE TABLE a (x INTEGER)']);
    expect(versionOf(after)).toEqual([1]);
    expect(after.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").raw().all()).toEqual([['a']]);
    await after.close();
  });
});
