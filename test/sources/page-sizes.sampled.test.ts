import { afterEach, describe, expect, it } from '@jest/globals';
import { PortkeyPromptSource } from '../../src/sources/portkey-prompts.js';
import { PageSizes } from '../../src/upstream/portkey/client.js';
import { at, startTestGateway } from '../support/gateway.js';
import { queryOf, type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';
import { sampleOf } from '../support/sampling.js';

const FIRSTS = sampleOf([1, 7, 20, 50, 100, 120, 130, 150], (first) => [7, 20, 100, 130].includes(first));
const CAPS = [7, 20, 25, 30, 50, 100, Number.POSITIVE_INFINITY];

const LONGEST = 150;
/** The sample contains the totals around full pages. */
const TOTALS = sampleOf(
  Array.from({ length: LONGEST + 1 }, (_, total) => total),
  (total) => total % 50 === 0 || total % 50 === 1 || total % 20 === 19,
);
const PROMPTS = Array.from({ length: LONGEST }, (_, n) => ({
  ...{ id: `p-${n}`, slug: null, name: null, model: null, collectionId: null },
}));

/** List of `total` prompts with at most `cap` per page. `sizes` are the page sizes that a gateway has learnt. */
function lister(total: number, cap: number, sizes = new PageSizes()) {
  const all = PROMPTS.slice(0, total);
  const asked: number[] = [];
  return {
    asked,
    pageSizes: sizes,
    getPrompt: async () => null,
    findCollection: async () => null,
    async listPrompts(_filter: object, paging: { currentPage: number; pageSize: number }) {
      asked.push(paging.pageSize);
      const size = Math.min(paging.pageSize, cap);
      return { total, items: all.slice(paging.currentPage * size, (paging.currentPage + 1) * size) };
    },
  };
}

const expected = (total: number, first: number, offset: number) =>
  Array.from({ length: Math.max(0, Math.min(first, total - offset)) }, (_, n) => `p-${offset + n}`);

/** Reads one page in a separate request. */
async function read(portkey: ReturnType<typeof lister>, first: number, offset: number): Promise<string[]> {
  const { items } = await new PortkeyPromptSource(portkey).list({ first, offset });
  return items.map(({ id }) => id);
}

/** Reads lists of up to 150 prompts page by page, and returns the pages with wrong prompts. */
async function wrongPages(cap: number, sizesOf: (listed: PageSizes) => PageSizes): Promise<unknown[]> {
  const wrong: unknown[] = [];
  for (const total of TOTALS) {
    for (const first of FIRSTS) {
      const sizes = new PageSizes();
      for (let offset = 0; offset === 0 || offset < total; offset += first) {
        const found = await read(lister(total, cap, sizesOf(sizes)), first, offset);
        if (found.join() !== expected(total, first, offset).join())
          wrong.push({ total, first, offset, found });
      }
    }
  }
  return wrong;
}

describe.each(CAPS)('a server with at most %f prompts per page', (cap) => {
  it('returns the right prompts for every total and size, page by page', async () => {
    expect(await wrongPages(cap, (listed) => listed)).toEqual([]);
  });

  it('returns the right prompts to a gateway that has just started, for any page', async () => {
    expect(await wrongPages(cap, () => new PageSizes())).toEqual([]);
  });

  it('is read completely by replications', async () => {
    for (const total of TOTALS) {
      const found = await new PortkeyPromptSource(lister(total, cap)).listAll();
      expect(found.map(({ id }) => id)).toEqual(expected(total, total, 0));
    }
  });
});

describe('learnt page size', () => {
  it('the learnt page size causes no additional calls for a server that returns full pages', async () => {
    for (const [total, first] of [
      [143, 20],
      [100, 50],
      [101, 100],
      [45, 7],
    ] as const) {
      const portkey = lister(total, Number.POSITIVE_INFINITY);
      for (let offset = 0; offset < total; offset += first) await read(portkey, first, offset);
      expect(portkey.asked).toHaveLength(Math.ceil(total / first));
    }
  });

  it('the learnt page size costs one additional call, once, when a new gateway only reads a last page', async () => {
    const portkey = lister(130, Number.POSITIVE_INFINITY);
    for (let n = 0; n < 3; n += 1) expect(await read(portkey, 100, 100)).toEqual(expected(130, 100, 100));
    expect(portkey.asked).toHaveLength(2 + 1 + 1);
  });

  it('the learnt page size limits the page size of later requests', async () => {
    const portkey = lister(150, 30);
    await read(portkey, 100, 0);
    portkey.asked.length = 0;
    await read(portkey, 100, 50);
    expect(Math.max(...portkey.asked)).toBe(30);
  });

  it('the learnt page size of one inconsistent list does not shrink the pages of other lists', async () => {
    const sizes = new PageSizes();
    const short = lister(1, 100, sizes);
    const source = new PortkeyPromptSource({
      ...short,
      listPrompts: async (filter, paging) => ({ ...(await short.listPrompts(filter, paging)), total: 40 }),
    });
    expect((await source.list({ first: 20, offset: 0 })).items).toHaveLength(1);
    expect(sizes.most).toBe(100);
  });
});

describe('gateway whose Portkey limits the page size', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });

  it('a gateway whose Portkey limits the page size returns the second page of 100 out of 130 prompts correctly', async () => {
    const handler: RawHandler = (request, response) => {
      const query = queryOf(request);
      const size = Math.min(Number(query.page_size), 30);
      const data = Array.from({ length: 130 }, (_, n) => ({ id: `p-${n}` }));
      const start = Number(query.current_page) * size;
      reply(response, 200, { object: 'list', total: 130, data: data.slice(start, start + size) });
    };
    const upstream = await startRawUpstream(handler);
    const gateway = await startTestGateway({ env: { PORTKEY_BASE_URL: upstream.url } });
    opened.push(gateway, upstream);
    const after = Buffer.from('portkey-prompt:99').toString('base64url');
    const query = `{ portkeyPrompts(first: 100, after: "${after}") { nodes { id } pageInfo { hasNextPage } } }`;
    for (const calls of [4, 2]) {
      const before = upstream.requests.length;
      const { data, errors } = await gateway.graphql(query);
      expect(errors).toBeUndefined();
      expect(at(data, 'portkeyPrompts.nodes')).toEqual(expected(130, 100, 100).map((id) => ({ id })));
      expect(at(data, 'portkeyPrompts.pageInfo.hasNextPage')).toBe(false);
      // The second request uses the page size that the first has learnt.
      expect(upstream.requests.length - before).toBeLessThanOrEqual(calls);
    }
  });
});
