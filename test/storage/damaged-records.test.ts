import { beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import { StoreError } from '../../src/domain/store-error.js';
import { decideClaim } from '../../src/services/prompts/claim.js';
import { matchCreatedPrompt } from '../../src/services/prompts/match-created-prompt.js';
import { type CompetingCreates, UNREADABLE_PROMPT } from '../../src/storage/create-store.js';
import { prompt as decoder } from '../../src/upstream/astria/decoders.js';
import { decoded } from '../support/decoding.js';
import { describeStorage } from '../support/describe-storage.js';
import { newItem, newJob } from '../support/store.js';

const storage = describeStorage();

const NOT_UTF8 = '66ff';
const NOT_JSON = Buffer.from('{"tuneId":').toString('hex');
const NO_PROMPT = Buffer.from('[5]').toString('hex');
const DAMAGES = [
  ['not UTF-8', NOT_UTF8],
  ['not JSON', NOT_JSON],
] as const;

/** Writes bytes into a column of all rows of a table, or of the row with an id. */
function damage(table: string, column: string, bytes = NOT_UTF8, id: string | null = null): void {
  const database = new Database(`${storage.folder}/promptgate.db`);
  const sql = `UPDATE ${table} SET ${column} = CAST(x'${bytes}' AS TEXT) WHERE coalesce(?, id) = id`;
  database.prepare(sql).run([id]);
  database.close();
}

const newCreate = (id: string, text = 'a cat', images = id) => ({
  ...{ id, account: 'a', callback: null, sentAt: storage.now(), lostAt: null },
  known: { tuneId: '1', attributes: { text }, newerThan: null, images },
});

const newPrompt = (text: string, sentAt: number) =>
  decoded(decoder, { id: 1, tune_id: 1, created_at: new Date(sentAt + 10).toISOString(), text });

it('a write that reads a damaged string fails alone', async () => {
  await storage.creates.begin(newCreate('one'));
  await storage.creates.begin(newCreate('two'));
  damage('creates', 'owner');
  const request = { account: 'a', key: 'k', input: 'i' };
  const [claim, take] = await Promise.allSettled([
    storage.creates.claim(newCreate('two'), ['1'], () => '1'),
    storage.idempotency.acquire(request),
  ]);
  expect(claim).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
  expect(take).toMatchObject({ status: 'fulfilled', value: { type: 'ACQUIRED', key: { checkpoint: null } } });
  // The key was written.
  expect(await storage.idempotency.acquire(request)).toEqual({ type: 'IN_PROGRESS' });
});

describe.each([...DAMAGES, ['JSON, but not a prompt', NO_PROMPT]])(
  'a recorded prompt that is %s',
  (_what, bytes) => {
    beforeEach(async () => {
      const broken = newCreate('broken');
      await storage.creates.begin(broken);
      await storage.creates.lose('broken', broken.known);
      await storage.restart();
      damage('creates', 'known', bytes);
    });

    it('does not affect claims and other writes of the same turn', async () => {
      const { creates, idempotency } = storage;
      const cat = newCreate('cat');
      const rests: CompetingCreates[] = [];
      const results = await Promise.allSettled([
        idempotency.acquire({ account: 'a', key: 'k', input: 'i' }),
        creates.begin(cat),
        creates.answer(cat, '1', (rest) => {
          rests.push(rest);
          expect(rest.others.map(({ id, known }) => [id, known])).toEqual([['broken', UNREADABLE_PROMPT]]);
          return 'WAIT';
        }),
        creates.begin(newCreate('dog', 'a dog')),
      ]);
      expect(results.map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
      expect(rests).toHaveLength(1);
      expect(await creates.get('cat')).toMatchObject({ promptId: null });
      expect(await creates.get('dog')).toMatchObject({ promptId: null });
    });

    it('fails only when it is read itself', async () => {
      const read = storage.creates.get('broken');
      await expect(read).rejects.toThrow(StoreError);
      expect(await storage.creates.get('none')).toBeNull();
    });

    it('may belong to any create request with the same text', async () => {
      const cat = newCreate('cat', ' a cat\r\n');
      const prompt = newPrompt('a cat', cat.sentAt);
      await storage.creates.begin(cat);
      // By this clock the prompt may be older than the request.
      const answer = (rest: CompetingCreates) => decideClaim(prompt, cat, rest, 60_000, false);
      expect(await storage.creates.answer(cat, '1', answer)).toBe('UNCLEAR');
      const choose = (rest: CompetingCreates) => matchCreatedPrompt([prompt], cat, rest, 0);
      expect(await storage.creates.claim(cat, ['1'], choose)).toBeNull();
    });

    it('does not affect create requests with other texts, which are still compared', async () => {
      const [dog, other] = [newCreate('dog', 'a dog'), newCreate('other', 'a dog')];
      const prompt = newPrompt('a dog', dog.sentAt);
      await storage.creates.begin(dog);
      const choose = (rest: CompetingCreates) => matchCreatedPrompt([prompt], dog, rest, 0);
      await storage.creates.begin(other);
      expect(await storage.creates.claim(dog, ['1'], choose)).toBeNull();
      await storage.creates.forget('other');
      expect(await storage.creates.claim(dog, ['1'], choose)).toBe('1');
      const again = (rest: CompetingCreates) => decideClaim(prompt, other, rest, 0, false);
      expect(await storage.creates.answer(other, '1', again)).toBe('TAKEN');
    });
  },
);

it.each(DAMAGES)(
  'a recorded callback whose attempts are %s does not affect other callbacks',
  async (_what, bytes) => {
    const { callbacks } = storage;
    for (const id of ['one', 'two']) await callbacks.add({ id, account: 'a', secretHash: 's', target: null });
    damage('callbacks', 'attempts', bytes, 'one');
    const [read, write] = await Promise.allSettled([
      callbacks.get('one'),
      storage.creates.begin(newCreate('cat')),
    ]);
    expect(read).toMatchObject({ status: 'rejected', reason: expect.any(StoreError) });
    expect(write.status).toBe('fulfilled');
    expect(await callbacks.get('two')).toMatchObject({ id: 'two' });
  },
);

describe.each(DAMAGES)('a recorded job with a string that is %s', (_what, bytes) => {
  beforeEach(async () => {
    await storage.replications.create(newJob('a'), [newItem(0)]);
    await storage.replications.create(newJob('b', { principal: 'you' }), [newItem(0)]);
  });

  it.each(['selection', 'options', 'error'])('as its %s does not affect other jobs', async (column) => {
    const { replications } = storage;
    damage('replications', column, bytes, 'a');
    await expect(replications.get('a')).rejects.toThrow(StoreError);
    await expect(replications.list('me', { first: 1 })).rejects.toThrow(StoreError);
    expect(await replications.get('b')).toMatchObject({ id: 'b' });
    expect((await replications.list('you', { first: 1 })).items).toHaveLength(1);
  });

  it.each(['source', 'replica', 'error'])(
    'as the %s of an item does not affect other jobs',
    async (column) => {
      const { replications } = storage;
      const database = new Database(`${storage.folder}/promptgate.db`);
      database.exec(`UPDATE items SET ${column} = CAST(x'${bytes}' AS TEXT) WHERE seq = 1`);
      database.close();
      await expect(replications.findItem('a', 's0')).rejects.toThrow(StoreError);
      await expect(replications.items('a', { first: 1 })).rejects.toThrow(StoreError);
      expect(await replications.findItem('b', 's0')).toMatchObject({ position: 0 });
    },
  );
});

it('a damaged principal of a running job does not affect other jobs', async () => {
  await storage.replications.create(newJob('a'), [newItem(0)]);
  damage('replications', 'principal');
  await storage.replications.create(newJob('b'), [newItem(0)]);
  await expect(storage.replications.get('a')).rejects.toThrow(StoreError);
  expect(await storage.replications.get('b')).toMatchObject({ id: 'b' });
  const other = storage.open();
  expect(await other.replications.get('b')).toMatchObject({ id: 'b' });
  await other.close();
});
