import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { AcquiredKey, IdempotencyStore, KeyedRequest } from '../../src/storage/idempotency-store.js';
import { describeStorage } from '../support/describe-storage.js';

const request: KeyedRequest = { account: 'me', key: 'k', input: 'i' };

const storage = describeStorage();

const reopen = async () => {
  await storage.restart();
  return storage.idempotency;
};

/** Acquires the key, which must be free. */
async function acquired(store: IdempotencyStore): Promise<AcquiredKey> {
  const state = await store.acquire(request);
  if (state.type !== 'ACQUIRED') throw new Error(`The key is ${state.type}.`);
  return state.key;
}

/** Matches an acquired key. */
const withCheckpoint = (checkpoint: string | null) => ({ type: 'ACQUIRED', key: { checkpoint } });

describe('idempotency key', () => {
  it('an idempotency key can be acquired by only one process', async () => {
    const other = storage.open();
    expect(await storage.idempotency.acquire(request)).toMatchObject(withCheckpoint(null));
    expect(await storage.idempotency.acquire(request)).toEqual({ type: 'IN_PROGRESS' });
    expect(await other.idempotency.acquire(request)).toEqual({ type: 'IN_PROGRESS' });
    expect(await other.idempotency.acquire({ ...request, input: 'other' })).toEqual({ type: 'OTHER_INPUT' });
    const ofAnother = { ...request, account: 'you' };
    expect(await other.idempotency.acquire(ofAnother)).toMatchObject(withCheckpoint(null));
    await other.close();
  });

  it('an idempotency key returns its result, even after a restart', async () => {
    const key = await acquired(storage.idempotency);
    await key.saveCheckpoint('note');
    await key.finish('result');
    expect(await (await reopen()).acquire(request)).toEqual({ type: 'DONE', result: 'result' });
  });

  it('an idempotency key accepts any input if its process ended before anything was sent', async () => {
    await storage.idempotency.acquire(request);
    const other = { ...request, input: 'other' };
    expect(await (await reopen()).acquire(other)).toMatchObject(withCheckpoint(null));
    expect(await storage.idempotency.acquire(request)).toEqual({ type: 'OTHER_INPUT' });
  });

  it('an idempotency key returns its checkpoint if its process ended after something may have been sent', async () => {
    const key = await acquired(storage.idempotency);
    await key.saveCheckpoint('note');
    expect(await (await reopen()).acquire({ ...request, input: 'other' })).toEqual({ type: 'OTHER_INPUT' });
    expect(await storage.idempotency.acquire(request)).toMatchObject(withCheckpoint('note'));
  });

  it('an idempotency key can be acquired again after it was suspended or forgotten', async () => {
    const { idempotency } = storage;
    const first = await acquired(idempotency);
    await first.saveCheckpoint('note');
    await first.suspend();
    const second = await acquired(idempotency);
    expect(second.checkpoint).toBe('note');
    await second.forget();
    expect(await idempotency.acquire(request)).toMatchObject(withCheckpoint(null));
  });

  it('an idempotency key is kept for 24 hours', async () => {
    await (await acquired(storage.idempotency)).finish('result');
    const age = async (hours: number) => {
      await storage.close();
      const database = new Database(`${storage.folder}/promptgate.db`);
      database.prepare('UPDATE idempotency_keys SET created_at = ?').run(Date.now() - hours * 3_600_000);
      database.close();
      return reopen();
    };
    expect(await (await age(23.9)).acquire(request)).toEqual({ type: 'DONE', result: 'result' });
    expect(await (await age(24.1)).acquire(request)).toMatchObject(withCheckpoint(null));
  });
});
