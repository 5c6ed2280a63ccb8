import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls } from '../support/gateway.js';

/** Returns the id of a tune. These tunes are newer than those of the gallery. */
const tuneId = (n: number) => 2_000_000 + n * 10;
const gateway = describeGateway({
  sandbox: { seed: 'empty' },
  env: { MAX_QUERY_ALIASES: '1000', MAX_QUERY_ROOT_FIELDS: '1000', MAX_QUERY_TOKENS: '10000' },
});
beforeAll(async () => {
  const { astria, portkey } = gateway.sandbox;
  for (let n = 1; n <= 300; n += 1) {
    astria.addTune({ id: tuneId(n), title: `Tune ${n}` });
    astria.addPrompt({ id: n * 100, tune_id: tuneId(n), text: `Prompt ${n}` });
  }
  for (let n = 1; n <= 5; n += 1) portkey.addPrompt({ name: `Prompt ${n}` });
});

/** Reads objects by id in one request, and returns their titles or texts in the order of the ids. */
async function readByIds(field: 'tune' | 'prompt', ids: readonly (number | string)[]): Promise<unknown[]> {
  const selection = field === 'tune' ? 'title' : 'text';
  const fields = ids.map((id, n) => `a${n}: ${field}(id: "${id}") { id ${selection} }`);
  const { data, errors } = await gateway.graphql(`{ ${fields.join(' ')} }`);
  expect(errors).toBeUndefined();
  for (const [n, id] of ids.entries()) expect([null, String(id)]).toContain(at(data, `a${n}.id`) ?? null);
  return ids.map((_id, n) => at(data, `a${n}.${selection}`) ?? null);
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const made = () => calls(gateway.sandbox);
const [GALLERY, FLUX] = [690204, 'Flux1.dev'];

describe('reading tunes by id', () => {
  it.each([
    // [what, numbers of tunes, calls]
    ['one tune', [7], 1],
    ['two tunes', [7, 250], 2],
    ['three adjacent tunes', [7, 8, 9], 1],
    ['120 adjacent tunes', range(101, 220), 2],
    ['all tunes in any order', range(1, 300).sort((a, b) => ((a * 7919) % 300) - ((b * 7919) % 300)), 3],
    ['three distant tunes', [1, 150, 300], 3],
    ['one tune distant from many', [1, ...range(280, 300)], 2],
    ['the same tune many times', [5, 5, 5, 5, 5], 1],
  ])('reading tunes by id combines the calls for %s', async (_name, numbers, expected) => {
    const titles = await readByIds('tune', numbers.map(tuneId));
    expect(titles).toEqual(numbers.map((n) => `Tune ${n}`));
    expect(made().length).toBeLessThanOrEqual(expected);
  });

  it('reading tunes by id finds tunes of the gallery, which no list contains', async () => {
    expect(await readByIds('tune', [1504944])).toEqual([FLUX]);
    expect(made()).toEqual(['GET /tunes/1504944']);
  });

  it('reading tunes by id makes one call for a page, and one for each tune that is not on it', async () => {
    const found = await readByIds('tune', [tuneId(10), 1504944, tuneId(11), tuneId(12), GALLERY, tuneId(13)]);
    expect(found).toEqual(['Tune 10', FLUX, 'Tune 11', 'Tune 12', 'Realistic Vision V5.1', 'Tune 13']);
    expect(made().length).toBe(3);
  });

  it('reading tunes by id returns null only for missing tunes', async () => {
    expect(
      await readByIds('tune', [tuneId(10), tuneId(10) + 5, tuneId(11), 999_999_999, tuneId(12)]),
    ).toEqual(['Tune 10', null, 'Tune 11', null, 'Tune 12']);
  });
});

describe('reading prompts', () => {
  it('reading prompts combines many ids into pages, like tunes', async () => {
    const numbers = range(1, 60);
    expect(
      await readByIds(
        'prompt',
        numbers.map((n) => n * 100),
      ),
    ).toEqual(numbers.map((n) => `Prompt ${n}`));
    expect(made()).toEqual(['GET /prompts']);
  });

  it('reading prompts makes one call for each distant id', async () => {
    expect(await readByIds('prompt', [100, 30_000])).toEqual(['Prompt 1', 'Prompt 300']);
    expect(made().sort()).toEqual(['GET /prompts/100.json', 'GET /prompts/30000.json']);
  });

  it('reading prompts reads the tunes of all prompts in one more call', async () => {
    const { data } = await gateway.graphql('{ prompts(first: 100) { nodes { id tune { title } } } }');
    expect(at(data, 'prompts.nodes.99.tune.title')).toBe('Tune 201');
    expect(made()).toEqual(['GET /prompts', 'GET /tunes']);
  });

  it('reading prompts needs no call for the id of a tune', async () => {
    const { data } = await gateway.graphql('{ prompts(first: 5) { nodes { tune { __typename id } } } }');
    expect(at(data, 'prompts.nodes.0.tune.id')).toBe(String(tuneId(300)));
    expect(made()).toEqual(['GET /prompts']);
  });

  it('reading prompts reuses tunes that the same request has already read', async () => {
    const query = 'query ($id: ID!) { tune(id: $id) { title prompts { nodes { tune { title } } } } }';
    const { data } = await gateway.graphql(query, { id: tuneId(5) });
    expect(at(data, 'tune.prompts.nodes.0.tune.title')).toBe('Tune 5');
    expect(made()).toEqual([`GET /tunes/${tuneId(5)}`, `GET /tunes/${tuneId(5)}/prompts`]);
  });
});

describe('reading Portkey prompts', () => {
  it('reading Portkey prompts makes one call for each prompt, however many fields are selected', async () => {
    const [{ id, slug } = { id: '', slug: '' }] = gateway.sandbox.portkey.prompts.values();
    const { data, errors } = await gateway.graphql(
      `query ($id: ID!) {
        a: portkeyPrompt(id: $id) { name template parameters version }
        b: portkeyPrompt(id: $id) { tools }
        portkeyPrompts { nodes { id template virtualKey metadata } }
      }`,
      { id },
    );
    expect(errors).toBeUndefined();
    expect(at(data, 'a.template')).toEqual(expect.any(String));
    expect(made().filter((call) => call === `GET /prompts/${id}`)).toHaveLength(1);
    expect(made()).toHaveLength(1 + 5);
    const bySlug = await gateway.graphql('query ($id: ID!) { portkeyPrompt(id: $id) { id } }', { id: slug });
    expect(at(bySlug.data, 'portkeyPrompt.id')).toBe(id);
  });

  it('reading Portkey prompts makes only the list call when the list has all selected fields', async () => {
    await gateway.graphql(
      '{ portkeyPrompts { nodes { id slug name model collectionId status createdAt updatedAt } } }',
    );
    expect(made()).toEqual(['GET /prompts']);
  });
});
