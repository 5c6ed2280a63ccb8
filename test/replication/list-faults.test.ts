import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Fault } from '../../src/sandbox/index.js';
import { describeGateway } from '../support/describe-gateway.js';
import { at } from '../support/gateway.js';
import { ask, library, names, replicate, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (let n = 0; n < 5; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});

const countJobs = async () => {
  const { data } = await gateway.graphql('{ replications(first: 500) { nodes { id } } }');
  const nodes = at(data, 'replications.nodes');
  return Array.isArray(nodes) ? nodes.length : null;
};

describe('library that cannot be read', () => {
  it.each<[Partial<Fault> & Pick<Fault, 'kind'>, Record<string, unknown>]>([
    [{ kind: 'status', status: 401 }, { code: 'UPSTREAM_UNAUTHENTICATED' }],
    [{ kind: 'status', status: 403 }, { code: 'FORBIDDEN' }],
    [
      { kind: '429', retryAfter: 30 },
      { code: 'UPSTREAM_RATE_LIMITED', retryAfter: 30 },
    ],
    [{ kind: '500', times: 0 }, { code: 'UPSTREAM_UNAVAILABLE' }],
    [{ kind: '504-before', times: 0 }, { code: 'UPSTREAM_TIMEOUT' }],
    [{ kind: 'drop-before', times: 0 }, { code: 'UPSTREAM_UNAVAILABLE' }],
    [{ kind: 'broken-json' }, { code: 'UPSTREAM_BAD_RESPONSE' }],
    [{ kind: 'wrong-shape' }, { code: 'UPSTREAM_BAD_RESPONSE' }],
  ])(
    'a library that cannot be read causes a top-level error and starts no job, with the fault %p',
    async (fault, extensions) => {
      const jobs = await countJobs();
      gateway.sandbox.addFault({ upstream: 'portkey', method: 'GET', path: '/prompts', ...fault });
      const { data, errors } = await ask(gateway);
      expect(at(data, 'replicatePrompts')).toBeNull();
      expect(errors).toHaveLength(1);
      expect(errors).toMatchObject([
        { path: ['replicatePrompts'], extensions: { upstream: 'portkey', ...extensions } },
      ]);
      expect(await countJobs()).toBe(jobs);
      expect(writes(gateway.sandbox)).toEqual([]);
    },
  );

  it('a library that cannot be read is read again after a single 503 response', async () => {
    gateway.sandbox.addFault({ upstream: 'portkey', kind: '503', method: 'GET', path: '/prompts' });
    expect((await replicate(gateway)).counts.created).toBe(5);
  });
});

describe('library whose list changes between pages', () => {
  /** Responds to the next list requests with these pages, regardless of the query. */
  function respondWithPages(...pages: readonly { total: number; names: readonly string[] }[]): void {
    for (const { total, names: listed } of pages) {
      const data = listed.map((name) => {
        const found = library(gateway.sandbox).find((prompt) => prompt.name === name);
        return { id: found?.id ?? `ghost-${name}`, slug: found?.slug ?? null, name, model: 'gpt-4o' };
      });
      const body = { object: 'list', total, data };
      gateway.sandbox.addFault({
        upstream: 'portkey',
        kind: 'status',
        status: 200,
        method: 'GET',
        path: '/prompts',
        body,
      });
    }
  }
  const listQueries = () =>
    gateway.sandbox
      .requests({ method: 'GET', path: '/prompts' })
      .map(({ query }) => `${query.current_page}:${query.page_size}`);
  const allNames = ['p0', 'p1', 'p2', 'p3', 'p4'];
  const sourcesOf = async () => {
    const { items } = await replicate(gateway, { dryRun: true });
    return items.map(({ source }) => source.name);
  };

  it('a library whose list changes between pages is read to its end when its pages are smaller than requested', async () => {
    respondWithPages(
      { total: 5, names: ['p4', 'p3'] },
      { total: 5, names: ['p2', 'p1'] },
      { total: 5, names: ['p0'] },
    );
    expect((await sourcesOf()).toSorted()).toEqual(allNames);
    expect(listQueries()).toEqual(['0:100', '1:2', '2:2']);
  });

  it('a library whose list changes between pages yields every prompt once when prompts move to later pages', async () => {
    respondWithPages(
      { total: 5, names: ['p4', 'p3'] },
      { total: 5, names: ['p3', 'p2'] },
      { total: 5, names: ['p1'] },
      { total: 5, names: allNames },
    );
    expect((await sourcesOf()).toSorted()).toEqual(allNames);
  });

  it('a library whose list changes between pages is read again when it shrinks, because a removal moves a prompt to a page that was already read', async () => {
    respondWithPages({ total: 6, names: ['ghost', 'p4', 'p3'] }, { total: 5, names: ['p1', 'p0'] });
    expect((await sourcesOf()).toSorted()).toEqual(['ghost', ...allNames]);
    expect(listQueries()).toEqual(['0:100', '1:3', '0:100']);
  });

  it('a library whose list changes between pages causes UPSTREAM_BAD_RESPONSE when it never contains as many prompts as its total says', async () => {
    const oncePerPass = [
      { total: 9, names: allNames },
      { total: 9, names: [] },
    ];
    respondWithPages(...Array.from({ length: 5 }, () => oncePerPass).flat());
    const { errors } = await ask(gateway);
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_BAD_RESPONSE', upstream: 'portkey' } }]);
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a library whose list changes between pages fails only the item of a listed prompt that no longer exists', async () => {
    respondWithPages({ total: 3, names: ['p0', 'gone', 'p1'] });
    const job = await replicate(gateway);
    expect(job.counts).toMatchObject({ total: 3, created: 2, failed: 1 });
    expect(job.items[1]).toMatchObject({ source: { name: 'gone' }, error: { code: 'NOT_FOUND' } });
    expect(names(gateway.sandbox)).toContain('p1-replica');
  });
});
