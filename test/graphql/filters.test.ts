import { describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls } from '../support/gateway.js';

const gateway = describeGateway();

interface Found {
  readonly ids: string[];
  readonly hasNextPage: unknown;
  readonly totalCount: unknown;
  readonly endCursor: unknown;
}

async function find(
  field: string,
  filter: object,
  paging: { first?: number; after?: unknown } = {},
): Promise<Found> {
  const type = { tunes: 'TuneFilter', prompts: 'PromptFilter', portkeyPrompts: 'PortkeyPromptFilter' }[field];
  const total = field === 'portkeyPrompts' ? 'totalCount' : '';
  const { data, errors } = await gateway.graphql(
    `query ($first: Int, $after: String, $filter: ${type}) {
      ${field}(first: $first, after: $after, filter: $filter) { ${total} nodes { id } pageInfo { hasNextPage endCursor } }
    }`,
    { first: 100, filter, ...paging },
  );
  expect(errors).toBeUndefined();
  const nodes = at(data, `${field}.nodes`) as { id: string }[];
  return {
    ids: nodes.map(({ id }) => id),
    hasNextPage: at(data, `${field}.pageInfo.hasNextPage`),
    endCursor: at(data, `${field}.pageInfo.endCursor`),
    totalCount: at(data, `${field}.totalCount`),
  };
}

const ownTunes = () => [...gateway.sandbox.astria.tunes.values()].filter(({ owner }) => owner === 'main');
const ownPrompts = () => [...gateway.sandbox.astria.prompts.values()].filter(({ owner }) => owner === 'main');
const library = () => [...gateway.sandbox.portkey.prompts.values()].filter(({ owner }) => owner === 'main');
const newestFirst = (objects: { id: number }[]) =>
  objects
    .map(({ id }) => id)
    .sort((a, b) => b - a)
    .map(String);

describe('tunes', () => {
  type Tune = ReturnType<typeof ownTunes>[number];
  const filters: [object, (tune: Tune) => boolean][] = [
    [{ title: 'Luna' }, ({ title }) => title === 'Luna'],
    [{ classNames: ['man'] }, ({ name }) => name === 'man'],
    [{ classNames: ['cat', 'dog'] }, ({ name }) => name === 'cat' || name === 'dog'],
    [{ branch: 'sdxl1' }, ({ branch }) => branch === 'sdxl1'],
    [{ modelType: 'faceid' }, ({ model_type }) => model_type === 'faceid'],
    [
      { branch: 'flux1', classNames: ['woman'] },
      ({ branch, name }) => branch === 'flux1' && name === 'woman',
    ],
    [{ title: null, classNames: [], branch: null, modelType: '' }, () => true],
    [{ title: 'a & b=c/d?é' }, () => false],
  ];
  it.each(filters)('tunes match the filter %j', async (filter, matches) => {
    const found = await find('tunes', filter);
    expect(found.ids).toEqual(newestFirst(ownTunes().filter(matches)));
    expect(calls(gateway.sandbox)).toEqual(['GET /tunes']);
  });

  it('tunes keep their filter on the next page', async () => {
    const one = await find('tunes', { classNames: ['man'] }, { first: 2 });
    const rest = await find('tunes', { classNames: ['man'] }, { after: one.endCursor });
    expect([...one.ids, ...rest.ids]).toEqual(newestFirst(ownTunes().filter(({ name }) => name === 'man')));
    expect([one.hasNextPage, rest.hasNextPage]).toEqual([true, false]);
  });
});

describe('prompts', () => {
  it('prompts of a tune are found by its id', async () => {
    const [{ tune_id: tuneId } = { tune_id: 0 }] = ownPrompts();
    const expected = newestFirst(ownPrompts().filter(({ tune_id }) => tune_id === tuneId));
    expect(expected.length).toBeLessThan(ownPrompts().length);
    expect((await find('prompts', { tuneId: String(tuneId) })).ids).toEqual(expected);
    expect(calls(gateway.sandbox)).toEqual([`GET /tunes/${tuneId}/prompts`]);
  });

  it('prompts of a tune are a field of the tune', async () => {
    const [{ tune_id: tuneId } = { tune_id: 0 }] = ownPrompts();
    const query =
      'query ($id: ID!) { tune(id: $id) { prompts(first: 3) { nodes { id } pageInfo { hasNextPage } } } }';
    const { data } = await gateway.graphql(query, { id: String(tuneId) });
    const expected = newestFirst(ownPrompts().filter(({ tune_id }) => tune_id === tuneId));
    expect(at(data, 'tune.prompts.nodes')).toEqual(expected.slice(0, 3).map((id) => ({ id })));
    expect(at(data, 'tune.prompts.pageInfo.hasNextPage')).toBe(expected.length > 3);
  });

  it.each(['1', '999999999', 'no-number', '../2690418', '', '-1'])(
    'prompts of an unknown tune are an empty list: %j',
    async (tuneId) => {
      expect(await find('prompts', { tuneId })).toMatchObject({ ids: [], hasNextPage: false });
    },
  );

  it('prompts of all tunes are listed for a null tuneId', async () => {
    expect((await find('prompts', { tuneId: null }, { first: 500 })).ids).toHaveLength(ownPrompts().length);
  });
});

describe('portkeyPrompts', () => {
  it('portkeyPrompts are filtered by the id or the slug of a collection', async () => {
    const [{ collection_id: id } = { collection_id: null }] = library();
    const collection = gateway.sandbox.portkey.collections.get(String(id));
    const expected = library().filter(({ collection_id }) => collection_id === id);
    expect(expected.length).toBeGreaterThan(5);
    for (const collectionId of [collection?.id, collection?.slug]) {
      const found = await find('portkeyPrompts', { collectionId });
      expect(found.ids.toSorted()).toEqual(expected.map(({ id }) => id).sort());
      expect(found).toMatchObject({ totalCount: expected.length, hasNextPage: false });
    }
  });

  it('portkeyPrompts are filtered by workspace', async () => {
    const [, other] = [...gateway.sandbox.portkey.workspaces.values()].filter(
      ({ owner }) => owner === 'main',
    );
    const expected = library().filter(({ workspace_id }) => workspace_id === other?.id);
    expect(expected.length).toBeGreaterThan(5);
    const found = await find('portkeyPrompts', { workspaceId: other?.id });
    expect(found.ids.toSorted()).toEqual(expected.map(({ id }) => id).sort());
  });

  it('portkeyPrompts are filtered by a search, alone and together with a collection', async () => {
    const german = library().filter(({ name }) => name.includes('(DE)'));
    const found = await find('portkeyPrompts', { search: '(de)' });
    expect(found.totalCount).toBe(german.length);
    const collectionId = german[0]?.collection_id;
    const both = await find('portkeyPrompts', { search: '(de)', collectionId });
    expect(both.totalCount).toBe(german.filter(({ collection_id }) => collection_id === collectionId).length);
    expect(await find('portkeyPrompts', { search: 'no & such=1' })).toMatchObject({ ids: [], totalCount: 0 });
  });

  it('portkeyPrompts are an empty list for an unknown collection', async () => {
    expect(await find('portkeyPrompts', { collectionId: '../collections' })).toMatchObject({
      ids: [],
      totalCount: 0,
    });
  });

  it('portkeyPrompts are filtered by model, with more upstream reads until the page is full', async () => {
    const model = 'claude-opus-4';
    for (const { versions } of library().filter((_prompt, n) => n % 20 === 3))
      for (const version of versions) version.model = model;
    const all = await find('portkeyPrompts', { model }, { first: 500 });
    expect(all).toMatchObject({ totalCount: null, hasNextPage: false });
    expect(all.ids).toHaveLength(Math.ceil((library().length - 3) / 20));
    const paged: string[] = [];
    let page = await find('portkeyPrompts', { model }, { first: 3 });
    paged.push(...page.ids);
    for (let n = 0; page.hasNextPage && n < 10; n += 1) {
      page = await find('portkeyPrompts', { model }, { first: 3, after: page.endCursor });
      expect(page.ids.length).toBeGreaterThan(0);
      paged.push(...page.ids);
    }
    expect(paged).toEqual(all.ids);
  });

  it('portkeyPrompts that are filtered by model have no next page after the last match', async () => {
    const model = 'claude-opus-4';
    const all = await find('portkeyPrompts', { model }, { first: 500 });
    const exactly = await find('portkeyPrompts', { model }, { first: all.ids.length });
    expect(exactly).toMatchObject({ ids: all.ids, hasNextPage: false });
    const fewer = await find('portkeyPrompts', { model }, { first: all.ids.length - 1 });
    expect(fewer).toMatchObject({ ids: all.ids.slice(0, -1), hasNextPage: true });
    expect(await find('portkeyPrompts', { model: 'gpt-none' })).toMatchObject({
      ids: [],
      hasNextPage: false,
    });
  });
});
