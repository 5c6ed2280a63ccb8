import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { CompetingCreates, SentCreate } from '../../src/storage/create-store.js';
import { describeStorage } from '../support/describe-storage.js';

const known = {
  tuneId: '5',
  attributes: { text: 'a cat', seed: 4294967296 },
  newerThan: null,
  images: 'none',
};
const create = (id: string, account = 'me'): SentCreate => ({
  ...{ id, account, known, callback: null, sentAt: Date.now(), lostAt: null },
});

const storage = describeStorage();

/** Returns the competing create requests that the store reports for a claim. */
async function restOf(mine: SentCreate, among: readonly string[]): Promise<CompetingCreates> {
  let reported: CompetingCreates | null = null;
  await storage.creates.claim(mine, among, (rest) => {
    reported = rest;
    return null;
  });
  if (!reported) throw new Error('The store reported nothing.');
  return reported;
}

describe('recorded create request', () => {
  it('a recorded create request can be read unchanged by any process, with its result', async () => {
    const sent = create('one');
    await storage.creates.begin(sent);
    expect(await storage.creates.get('one')).toEqual({ create: sent, promptId: null });
    const other = storage.open();
    await other.creates.finish('one', '17');
    expect(await storage.creates.get('one')).toEqual({ create: sent, promptId: '17' });
    expect(await storage.creates.get('two')).toBeNull();
    await other.close();
  });

  it('a recorded create request sees the open requests of its account and the prompts that are taken', async () => {
    const { creates } = storage;
    for (const id of ['mine', 'way', 'lost', 'done', 'none']) await creates.begin(create(id));
    await creates.begin(create('theirs', 'you'));
    await creates.lose('lost', { ...known, images: 'others' });
    await creates.finish('done', '17');
    await creates.forget('none');
    const { others, taken } = await restOf(create('mine'), ['17', '18']);
    expect(others.map(({ id, isInProgress }) => [id, isInProgress]).sort()).toEqual([
      ['lost', false],
      ['way', true],
    ]);
    expect(others.find(({ id }) => id === 'lost')).toMatchObject({
      known: { images: 'others' },
      lostAt: expect.any(Number),
    });
    expect([...taken]).toEqual(['17']);
  });

  it('a recorded create request of a dead process is no longer pending', async () => {
    const other = storage.open();
    await other.creates.begin(create('theirs'));
    await storage.creates.begin(create('mine'));
    expect((await restOf(create('mine'), [])).others).toMatchObject([{ isInProgress: true }]);
    await other.close();
    expect((await restOf(create('mine'), [])).others).toMatchObject([{ isInProgress: false, lostAt: null }]);
  });

  it('a recorded create request claims a prompt exclusively', async () => {
    const { creates } = storage;
    await creates.begin(create('one'));
    await creates.begin(create('two'));
    const first = (rest: CompetingCreates) => ['17', '18'].find((id) => !rest.taken.has(id)) ?? null;
    const claims = ['one', 'two'].map((id) => creates.claim(create(id), ['17', '18'], first));
    expect(await Promise.all(claims)).toEqual(['17', '18']);
    expect(await creates.get('two')).toMatchObject({ promptId: '18' });
  });

  it('a recorded create request is deleted after an hour', async () => {
    await storage.creates.begin(create('old'));
    await storage.close();
    const database = new Database(`${storage.folder}/promptgate.db`);
    database.prepare('UPDATE creates SET sent_at = ?').run(Date.now() - 3_601_000);
    database.close();
    await storage.restart();
    await storage.creates.begin(create('new'));
    expect(await storage.creates.get('old')).toBeNull();
    expect(await storage.creates.get('new')).not.toBeNull();
  });
});
