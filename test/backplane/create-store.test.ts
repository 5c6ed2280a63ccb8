import { describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { Rest, SentCreate } from '../../src/backplane/create-store.js';
import { describeBackplane } from '../support/describe-backplane.js';

const known = {
  tuneId: '5',
  attributes: { text: 'a cat', seed: 4294967296 },
  newerThan: null,
  images: 'none',
};
const create = (id: string, account = 'me'): SentCreate => ({
  ...{ id, account, known, callback: null, sentAt: Date.now(), lostAt: null },
});

const backplane = describeBackplane();

/** Returns the competing create requests that the store reports for a claim. */
async function restOf(mine: SentCreate, among: readonly string[]): Promise<Rest> {
  let reported: Rest | null = null;
  await backplane.creates.claim(mine, among, (rest) => {
    reported = rest;
    return null;
  });
  if (!reported) throw new Error('The store reported nothing.');
  return reported;
}

describe('a recorded create request', () => {
  it('can be read unchanged by any process, with its result', async () => {
    const sent = create('one');
    await backplane.creates.begin(sent);
    expect(await backplane.creates.get('one')).toEqual({ create: sent, promptId: null });
    const other = backplane.open();
    await other.creates.finish('one', '17');
    expect(await backplane.creates.get('one')).toEqual({ create: sent, promptId: '17' });
    expect(await backplane.creates.get('two')).toBeNull();
    await other.close();
  });

  it('sees the open requests of its account and the prompts that are taken', async () => {
    const { creates } = backplane;
    for (const id of ['mine', 'way', 'lost', 'done', 'none']) await creates.begin(create(id));
    await creates.begin(create('theirs', 'you'));
    await creates.lose('lost', { ...known, images: 'others' });
    await creates.finish('done', '17');
    await creates.forget('none');
    const { others, taken } = await restOf(create('mine'), ['17', '18']);
    expect(others.map(({ id, isUnderWay }) => [id, isUnderWay]).sort()).toEqual([
      ['lost', false],
      ['way', true],
    ]);
    expect(others.find(({ id }) => id === 'lost')).toMatchObject({
      known: { images: 'others' },
      lostAt: expect.any(Number),
    });
    expect([...taken]).toEqual(['17']);
  });

  it('of a dead process is no longer pending', async () => {
    const other = backplane.open();
    await other.creates.begin(create('theirs'));
    await backplane.creates.begin(create('mine'));
    expect((await restOf(create('mine'), [])).others).toMatchObject([{ isUnderWay: true }]);
    await other.close();
    expect((await restOf(create('mine'), [])).others).toMatchObject([{ isUnderWay: false, lostAt: null }]);
  });

  it('claims a prompt exclusively', async () => {
    const { creates } = backplane;
    await creates.begin(create('one'));
    await creates.begin(create('two'));
    const first = (rest: Rest) => ['17', '18'].find((id) => !rest.taken.has(id)) ?? null;
    const claims = ['one', 'two'].map((id) => creates.claim(create(id), ['17', '18'], first));
    expect(await Promise.all(claims)).toEqual(['17', '18']);
    expect(await creates.get('two')).toMatchObject({ promptId: '18' });
  });

  it('is deleted after an hour', async () => {
    await backplane.creates.begin(create('old'));
    await backplane.close();
    const database = new Database(`${backplane.folder}/promptgate.db`);
    database.prepare('UPDATE creates SET sent_at = ?').run(Date.now() - 3_601_000);
    database.close();
    await backplane.restart();
    await backplane.creates.begin(create('new'));
    expect(await backplane.creates.get('old')).toBeNull();
    expect(await backplane.creates.get('new')).not.toBeNull();
  });
});
