import { beforeAll, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { at, calls } from '../support/gateway.js';

const COUNT = 250;
const gateway = describeGateway({ sandbox: { seed: 'empty' } });
/** Ids of all objects, in list order. */
const ids: Record<string, string[]> = {};

beforeAll(async () => {
  const { astria, portkey } = gateway.sandbox;
  // Leave gaps between the ids, because objects of other accounts take up ids.
  for (let n = 0; n < COUNT; n += 1) {
    astria.addTune({ id: 1000 + n * 7 });
    astria.addPrompt({ id: 500_000 + n * 13, tune_id: 1000 });
    portkey.addPrompt({
      name: `Prompt ${n}`,
      created_at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    });
  }
  ids.tunes = [...astria.tunes.values()].filter(({ owner }) => owner === 'main').map(({ id }) => String(id));
  ids.prompts = [...astria.prompts.keys()].map(String);
  ids.portkeyPrompts = [...portkey.prompts.keys()];
  for (const list of Object.values(ids)) list.reverse();
});

/** Page sizes around one upstream call: Astria returns 120 objects, one of them for hasNextPage, and Portkey 100. */
const SIZES = {
  tunes: [7, 50, 119, 120, 121, 249, 250, 251, 500],
  prompts: [7, 50, 119, 120, 121, 249, 250, 251, 500],
  portkeyPrompts: [7, 50, 99, 100, 101, 249, 250, 251, 500],
};
const PAGE =
  'nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

interface Page {
  nodes: { id: string }[];
  edges: { cursor: string; node: { id: string } }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

async function read(field: string, first: number, after: string | null = null): Promise<Page> {
  const query = `query ($first: Int, $after: String) { ${field}(first: $first, after: $after) { ${PAGE} } }`;
  const { data, errors } = await gateway.graphql(query, { first, after });
  expect(errors).toBeUndefined();
  return at(data, field) as Page;
}

/** Reads pages until `hasNextPage` is false. */
async function readAll(field: string, first: number): Promise<Page[]> {
  const pages = [await read(field, first)];
  for (let last = pages[0]; last?.pageInfo.hasNextPage; last = pages.at(-1)) {
    pages.push(await read(field, first, last.pageInfo.endCursor));
    if (pages.length > COUNT) throw new Error('the list does not end');
  }
  return pages;
}

describe.each(Object.entries(SIZES))('%s', (field, sizes) => {
  it.each(sizes)('returns every object once in pages of %i', async (first) => {
    const pages = await readAll(field, first);
    expect(pages.flatMap(({ nodes }) => nodes.map(({ id }) => id))).toEqual(ids[field]);
    // No empty page follows a last page that is exactly full.
    expect(pages).toHaveLength(Math.ceil(COUNT / first));
  });

  it('has an edge per node, whose cursor continues after that node', async () => {
    const { nodes, edges, pageInfo } = await read(field, 10);
    expect(edges.map(({ node }) => node)).toEqual(nodes);
    expect(new Set(edges.map(({ cursor }) => cursor)).size).toBe(10);
    expect(pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: edges[0]?.cursor,
      endCursor: edges[9]?.cursor,
    });
    const afterFourth = await read(field, 3, edges[3]?.cursor);
    expect(afterFourth.nodes).toEqual([nodes[4], nodes[5], nodes[6]]);
    expect(afterFourth.pageInfo.hasPreviousPage).toBe(true);
  });

  it('is empty after its last node', async () => {
    const { edges } = await read(field, COUNT);
    const { nodes, pageInfo } = await read(field, 5, edges.at(-1)?.cursor);
    expect(nodes).toEqual([]);
    expect(pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: true,
      startCursor: null,
      endCursor: null,
    });
  });

  it('returns 20 nodes by default', async () => {
    const { data } = await gateway.graphql(`{ ${field} { nodes { id } } }`);
    expect(at(data, `${field}.nodes`)).toHaveLength(20);
  });

  it('is empty for an account without objects', async () => {
    const keys = { 'x-astria-api-key': 'sd_sandbox_other', 'x-portkey-api-key': 'pk-sandbox-other' };
    const { data, errors } = await gateway.graphql(
      `{ ${field} { nodes { id } pageInfo { hasNextPage endCursor } } }`,
      {},
      keys,
    );
    expect(errors).toBeUndefined();
    expect(at(data, field)).toEqual({ nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });
});

describe('page', () => {
  it.each([
    ['tunes', 20, 1],
    ['tunes', 119, 1],
    // The gateway requests one extra object for hasNextPage, and 121 objects exceed one call.
    ['tunes', 120, 2],
    ['tunes', 250, 3],
    ['tunes', 500, 3],
    ['prompts', 240, 3],
    ['portkeyPrompts', 100, 1],
    ['portkeyPrompts', 101, 2],
    ['portkeyPrompts', 200, 2],
    ['portkeyPrompts', 250, 3],
    ['portkeyPrompts', 500, 3],
  ])('a page of %s(first: %i) takes %i upstream calls', async (field, first, expected) => {
    await read(field, first);
    expect(calls(gateway.sandbox)).toHaveLength(expected);
  });
});

describe('totalCount', () => {
  it('totalCount is the total that Portkey returns', async () => {
    const { data } = await gateway.graphql('{ portkeyPrompts(first: 1) { totalCount } }');
    expect(at(data, 'portkeyPrompts.totalCount')).toBe(COUNT);
  });
});
