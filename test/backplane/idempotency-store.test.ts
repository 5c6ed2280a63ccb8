import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { EmbeddedBackplane } from '../../src/backplane/embedded/embedded-backplane.js';
import type { KeyedRequest } from '../../src/backplane/idempotency-store.js';
import { silentLog, temporaryFolder } from '../support/store.js';

const request: KeyedRequest = { account: 'me', key: 'k', input: 'i' };

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

const reopen = async () => {
  await backplane.close();
  backplane = new EmbeddedBackplane(disk.folder, silentLog);
  return backplane.idempotency;
};

describe('a key', () => {
  it('is taken by one, in whichever process', async () => {
    const other = new EmbeddedBackplane(disk.folder, silentLog);
    expect(await backplane.idempotency.take(request)).toEqual({ type: 'MINE', begun: null });
    expect(await backplane.idempotency.take(request)).toEqual({ type: 'UNDER_WAY' });
    expect(await other.idempotency.take(request)).toEqual({ type: 'UNDER_WAY' });
    expect(await other.idempotency.take({ ...request, input: 'other' })).toEqual({ type: 'OTHER_INPUT' });
    expect(await other.idempotency.take({ ...request, account: 'you' })).toEqual({
      type: 'MINE',
      begun: null,
    });
    await other.close();
  });

  it('gives its result, also after a restart', async () => {
    await backplane.idempotency.take(request);
    await backplane.idempotency.begin(request, 'note');
    await backplane.idempotency.finish(request, 'result');
    expect(await (await reopen()).take(request)).toEqual({ type: 'DONE', result: 'result' });
  });

  it('whose process ended before anything was sent is free, for any input', async () => {
    await backplane.idempotency.take(request);
    expect(await (await reopen()).take({ ...request, input: 'other' })).toEqual({
      type: 'MINE',
      begun: null,
    });
    expect(await backplane.idempotency.take(request)).toEqual({ type: 'OTHER_INPUT' });
  });

  it('whose process ended after something may have been sent tells what was noted', async () => {
    await backplane.idempotency.take(request);
    await backplane.idempotency.begin(request, 'note');
    expect(await (await reopen()).take({ ...request, input: 'other' })).toEqual({ type: 'OTHER_INPUT' });
    expect(await backplane.idempotency.take(request)).toEqual({ type: 'MINE', begun: 'note' });
  });

  it('that was suspended or forgotten can be taken', async () => {
    const { idempotency } = backplane;
    await idempotency.take(request);
    await idempotency.begin(request, 'note');
    await idempotency.suspend(request);
    expect(await idempotency.take(request)).toEqual({ type: 'MINE', begun: 'note' });
    await idempotency.forget(request);
    expect(await idempotency.take(request)).toEqual({ type: 'MINE', begun: null });
  });

  it('is kept for 24 hours', async () => {
    await backplane.idempotency.take(request);
    await backplane.idempotency.finish(request, 'result');
    const age = async (hours: number) => {
      await backplane.close();
      const database = new Database(`${disk.folder}/promptgate.db`);
      database.prepare('UPDATE idempotency_keys SET created_at = ?').run(Date.now() - hours * 3_600_000);
      database.close();
      return reopen();
    };
    expect(await (await age(23.9)).take(request)).toEqual({ type: 'DONE', result: 'result' });
    expect(await (await age(24.1)).take(request)).toEqual({ type: 'MINE', begun: null });
  });
});
