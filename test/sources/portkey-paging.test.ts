import { afterEach, describe, expect, it } from '@jest/globals';
import { at, startTestGateway } from '../support/gateway.js';
import { queryOf, type RawHandler, reply, startRawUpstream } from '../support/raw-upstream.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** Serves a library of `count` prompts, silently limited to `cap` per page. */
function library(count: number, cap: number): RawHandler {
  const all = Array.from({ length: count }, (_, n) => ({ id: `p-${n}`, name: `Prompt ${n}` }));
  return (request, response) => {
    const query = queryOf(request);
    const size = Math.min(Number(query.page_size), cap);
    const start = Number(query.current_page) * size;
    reply(response, 200, { object: 'list', total: count, data: all.slice(start, start + size) });
  };
}

async function gatewayOver(handler: RawHandler) {
  const upstream = await startRawUpstream(handler);
  const gateway = await startTestGateway({ env: { PORTKEY_BASE_URL: upstream.url } });
  opened.push(gateway, upstream);
  const list = async (first: number, after: unknown = null) => {
    const { data, errors } = await gateway.graphql(
      `query ($first: Int, $after: String) {
        portkeyPrompts(first: $first, after: $after) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
      }`,
      { first, after },
    );
    return {
      errors,
      ids: (at(data, 'portkeyPrompts.nodes') as { id: string }[] | undefined)?.map(({ id }) => id) ?? [],
      hasNextPage: at(data, 'portkeyPrompts.pageInfo.hasNextPage'),
      endCursor: at(data, 'portkeyPrompts.pageInfo.endCursor'),
      totalCount: at(data, 'portkeyPrompts.totalCount'),
    };
  };
  return { upstream, list };
}

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `p-${n}`);

describe('gateway whose Portkey returns smaller pages than requested', () => {
  it.each([
    // [prompts, most per page, first]
    [143, 30, 143],
    [143, 30, 500],
    [143, 30, 7],
    [143, 30, 30],
    [143, 30, 45],
    [143, 30, 100],
    [143, 50, 100],
    [101, 50, 60],
    [143, 1, 10],
    [60, 30, 60],
    [100, 100, 40],
    [99, 70, 99],
  ])(
    'a gateway whose Portkey returns smaller pages than requested lists %i prompts, at most %i per page and %i at a time, once and in order',
    async (count, cap, first) => {
      const { list } = await gatewayOver(library(count, cap));
      const ids: string[] = [];
      let after: unknown = null;
      for (let hasNextPage: unknown = true; hasNextPage; ) {
        const page = await list(first, after);
        expect(page).toMatchObject({ errors: undefined, totalCount: count });
        ids.push(...page.ids);
        [after, hasNextPage] = [page.endCursor, page.hasNextPage];
        expect(ids.length).toBeLessThanOrEqual(count);
      }
      expect(ids).toEqual(numbered(count));
    },
  );
});

describe('list of Portkey', () => {
  it('a list of Portkey ends with an empty page even if its total is larger', async () => {
    const { list, upstream } = await gatewayOver((_request, response) =>
      reply(response, 200, { object: 'list', total: 40, data: [] }),
    );
    const page = await list(20);
    expect(page).toMatchObject({ errors: undefined, ids: [], hasNextPage: false });
    expect(upstream.requests.length).toBeLessThanOrEqual(2);
  });

  it('a list of Portkey is rejected without a total', async () => {
    const { list } = await gatewayOver((_request, response) =>
      reply(response, 200, { object: 'list', data: [] }),
    );
    expect((await list(20)).errors).toMatchObject([
      {
        message: expect.stringContaining('total'),
        extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: 'portkey' },
      },
    ]);
  });
});

describe('gateway', () => {
  it('the gateway requests at most 100 prompts per page from Portkey', async () => {
    const { list, upstream } = await gatewayOver(library(250, 100));
    const { endCursor } = await list(130);
    expect((await list(90, endCursor)).ids).toEqual(numbered(220).slice(130));
    for (const request of upstream.requests) {
      const { page_size: size, ...others } = queryOf(request);
      expect(Number(size)).toBeLessThanOrEqual(100);
      expect(Object.keys(others)).toEqual(['current_page']);
    }
  });
});
