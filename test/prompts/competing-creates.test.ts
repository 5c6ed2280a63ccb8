import { expect, it } from '@jest/globals';
import Database from 'libsql';
import type { Prompt } from '../../src/domain/prompt.js';
import { decideClaim } from '../../src/services/prompts/claim.js';
import { matchCreatedPrompt } from '../../src/services/prompts/match-created-prompt.js';
import type {
  CompetingCreates,
  KnownPrompt,
  OtherCreate,
  SentCreate,
} from '../../src/storage/create-store.js';
import { prompt as decoder } from '../../src/upstream/astria/decoders.js';
import { decoded } from '../support/decoding.js';
import { describeStorage } from '../support/describe-storage.js';

const storage = describeStorage();

type Text = string | null | undefined;
const TEXTS: readonly Text[] = [
  ...[undefined, null, '', ' \r\n'],
  ...['a cat', ' a cat\r\n', '\ta cat', 'a\ncat', 'a\r\ncat', 'a\rcat', 'a  cat', 'A cat', 'a dog'],
];

const newCreate = (id: string, text: Text, images: string): SentCreate => {
  const known: KnownPrompt = { tuneId: '5', attributes: { text, seed: 7 }, newerThan: null, images };
  return { id, account: 'me', known, callback: null, sentAt: storage.now(), lostAt: null };
};

/** Builds the prompt that Astria creates shortly after a create request. */
const promptOf = (create: SentCreate, echo: Record<string, unknown>): Prompt =>
  decoded(decoder, {
    ...{ id: 1, tune_id: 5, created_at: new Date(create.sentAt + 10).toISOString(), seed: 7 },
    ...echo,
  });

/** Echoes of a text in a response, including a missing and an unreadable one. */
const echoesOf = (text: Text): Record<string, unknown>[] => [
  ...[{}, { text: 5 }, { text: null }, { text: 'a cat' }, { text: 'a\ncat' }],
  ...(text === undefined ? [] : [{ text }]),
];

const NEVER: CompetingCreates = { others: [], taken: new Set() };

/** Passes the competing requests that the store finds for a claim and for a response. */
async function restsOf(
  create: SentCreate,
  check: (claim: CompetingCreates | null, answer: CompetingCreates | null) => void,
) {
  await storage.creates.claim(create, ['1'], (rest) => {
    check(rest, null);
    return null;
  });
  await storage.creates.answer(create, '1', (rest) => {
    check(null, rest);
    return 'WAIT';
  });
}

it.each([
  ['is lost', true],
  ['is in progress', false],
])(
  'a create request with any text gets the same decision as if all others were compared, when another one %s',
  async (_what, isLost) => {
    let conflicts = 0;
    for (const [n, text] of TEXTS.entries()) {
      const other = newCreate(`other ${n}`, text, 'theirs');
      await storage.creates.begin(other);
      if (isLost) await storage.creates.lose(other.id, other.known);
      const lostAt = isLost ? other.sentAt : null;
      const all: OtherCreate[] = [{ ...other, lostAt, isInProgress: !isLost, responsePromptId: null }];
      for (const own of TEXTS) {
        const mine = newCreate('mine', own, 'mine');
        await restsOf(mine, (claim, answer) => {
          for (const echo of echoesOf(own)) {
            const prompt = promptOf(mine, echo);
            const complete = { others: all, taken: NEVER.taken };
            if (claim) {
              const chosen = matchCreatedPrompt([prompt], mine, complete, 0);
              expect([text, own, echo, matchCreatedPrompt([prompt], mine, claim, 0)]).toEqual([
                text,
                own,
                echo,
                chosen,
              ]);
              if (chosen !== matchCreatedPrompt([prompt], mine, NEVER, 0)) conflicts += 1;
            }
            // With this clock offset the prompt may be older than the request, so that a competing request matters.
            const decide = (rest: CompetingCreates) => decideClaim(prompt, mine, rest, 60_000, false);
            if (answer)
              expect([text, own, echo, decide(answer)]).toEqual([text, own, echo, decide(complete)]);
            if (answer && decide(complete) !== decide(NEVER)) conflicts += 1;
          }
        });
      }
      await storage.creates.forget(other.id);
    }
    expect(conflicts).toBeGreaterThan(50);
  },
);

it('a create request is compared with requests of other texts only for a prompt without a text', async () => {
  for (const [id, text] of Object.entries({ one: 'a cat', two: ' a cat\r\n', three: 'a dog' }))
    await storage.creates.begin(newCreate(id, text, id));
  const ids = (others: readonly OtherCreate[] = []) => others.map(({ id }) => id).sort();
  await restsOf(newCreate('mine', 'a cat', 'mine'), (claim, answer) => {
    expect(ids((claim ?? answer)?.others)).toEqual(['one', 'two']);
    expect(ids(claim?.withOtherTexts?.())).toEqual(claim ? ['three'] : []);
  });
});

it('a text that is recorded later counts from then on', async () => {
  await storage.creates.begin(newCreate('other', undefined, 'other'));
  const cat = newCreate('mine', 'a cat', 'mine');
  const found = async () => {
    let count = 0;
    await restsOf(cat, (claim, answer) => {
      count += (claim ?? answer)?.others.length ?? 0;
    });
    return count;
  };
  expect(await found()).toBe(2);
  await storage.creates.lose('other', newCreate('other', 'a dog', 'other').known);
  expect(await found()).toBe(0);
  await storage.creates.lose('other', newCreate('other', 'a cat ', 'other').known);
  expect(await found()).toBe(2);
});

it('a create request recorded by an older version is compared with all others', async () => {
  const older = newCreate('older', 'a cat', 'theirs');
  await storage.creates.begin(older);
  const database = new Database(`${storage.folder}/promptgate.db`);
  database.exec('UPDATE creates SET text_hash = NULL, known_hash = NULL');
  database.close();
  const known: KnownPrompt[] = [];
  for (const text of ['a cat', 'a dog'])
    await restsOf(newCreate('mine', text, 'mine'), (claim, answer) => {
      known.push(...((claim ?? answer)?.others ?? []).map((other) => other.known));
    });
  expect(known).toEqual([older.known, older.known, older.known, older.known]);
});

it('other create requests are read with their attributes beyond the schema as they were recorded', async () => {
  const pack = Object.assign(Object.create(null), { a: [1] });
  const other = newCreate('other', 'a cat', 'theirs');
  const known = { ...other.known, extra: { pack } };
  await storage.creates.begin({ ...other, known });
  await restsOf(newCreate('mine', 'a cat', 'mine'), (claim, answer) => {
    const [found] = (claim ?? answer)?.others ?? [];
    expect(found?.known).toStrictEqual(JSON.parse(JSON.stringify(known)));
  });
});
