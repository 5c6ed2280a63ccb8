import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultKind } from '../../src/sandbox/index.js';
import { JOB_RETRY } from '../../src/services/replication/jobs/retry.js';
import { describeGateway } from '../support/describe-gateway.js';
import { creates, lines, names, replicate, upstream } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => gateway.sandbox.reset());

/** Adds prompts p0, p1, ... and returns the names in a library where each has one replica. */
function addPrompts(count: number): string[] {
  const added = Array.from({ length: count }, (_, n) => `p${n}`);
  for (const name of added) gateway.sandbox.portkey.addPrompt({ name });
  return [...added, ...added.map((name) => `${name}-replica`)].sort();
}

/** Faults for a create request, with true if the prompt exists afterwards. */
const FAULTS: readonly (readonly [kind: FaultKind, processed: boolean])[] = [
  ['500', false],
  ['502', false],
  ['503', false],
  ['504-before', false],
  ['504-after', true],
  ['drop-before', false],
  ['drop-after', true],
  ['broken-json', true],
  ['truncated-json', true],
  ['wrong-shape', true],
  ['html', false],
];

describe('create request that fails', () => {
  it('a create request that fails is repeated only when it had no effect, so that every prompt gets one replica', async () => {
    const expected = addPrompts(30);
    for (const [kind] of FAULTS)
      gateway.sandbox.addFault({ upstream: 'portkey', kind, method: 'POST', times: 2 });
    const job = await replicate(gateway, { options: { concurrency: 16 } });
    expect(job).toMatchObject({ status: 'COMPLETED', counts: { total: 30, created: 30, failed: 0 } });
    expect(names(gateway.sandbox)).toEqual(expected);
    const repeated = FAULTS.filter(([, processed]) => !processed).length * 2;
    expect(creates(gateway.sandbox)).toBe(30 + repeated);
    for (const { replica, replicaName } of job.items) {
      expect(replica?.id).toBe(upstream(gateway.sandbox, replicaName).id);
    }
  });

  it.each(FAULTS.filter(([, processed]) => processed).map(([kind]) => kind))(
    'a create request that fails after taking effect yields the existing replica (%s)',
    async (kind) => {
      addPrompts(1);
      gateway.sandbox.addFault({ upstream: 'portkey', kind, method: 'POST' });
      const job = await replicate(gateway);
      const { id, slug, name } = upstream(gateway.sandbox, 'p0-replica');
      expect(job.items).toMatchObject([
        { action: 'CREATE', status: 'CREATED', error: null, attempts: 2, replica: { id, slug, name } },
      ]);
      expect(creates(gateway.sandbox)).toBe(1);
    },
  );

  it('a create request that fails is searched for again when the search fails too', async () => {
    const expected = addPrompts(2);
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'POST', times: 2 });
    const lookup = { upstream: 'portkey', method: 'GET', path: '/prompts', skip: 1 } as const;
    gateway.sandbox.addFault({ ...lookup, kind: 'wrong-shape', times: 2 });
    const job = await replicate(gateway);
    expect(job.counts).toMatchObject({ created: 2, failed: 0 });
    expect(names(gateway.sandbox)).toEqual(expected);
    expect(creates(gateway.sandbox)).toBe(2);
  });

  it('a create request that fails is repeated without duplicates in a library of several pages that grows meanwhile', async () => {
    const { sandbox } = gateway;
    const expected = addPrompts(150);
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-before', method: 'POST', times: 6 });
    const job = await replicate(gateway, { options: { concurrency: 16 } });
    expect(job.counts).toMatchObject({ total: 150, created: 150, failed: 0 });
    expect(names(sandbox)).toEqual(expected);
  });
});

describe('rate limit', () => {
  it('a rate limit delays the create requests, and all of them succeed', async () => {
    const expected = addPrompts(8);
    gateway.sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', times: 4, retryAfter: 1 });
    const job = await replicate(gateway);
    expect(job.counts).toMatchObject({ total: 8, created: 8, failed: 0 });
    expect(names(gateway.sandbox)).toEqual(expected);
    const posts = gateway.sandbox.requests({ method: 'POST' });
    const [first] = posts;
    const retried = posts.filter(({ at }) => at >= (first?.at ?? 0) + 990);
    expect(retried.length).toBeGreaterThanOrEqual(4);
  });

  it('a rate limit delays the whole job when its Retry-After exceeds what a single call waits', async () => {
    addPrompts(2);
    gateway.sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', retryAfter: '2.2' });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect(lines(job)).toEqual(['p0: CREATE CREATED', 'p1: CREATE CREATED']);
    const [refused, ...later] = gateway.sandbox.requests({ method: 'POST' });
    expect(later).toHaveLength(2);
    for (const { at } of later) expect(at).toBeGreaterThanOrEqual((refused?.at ?? 0) + 2190);
  });

  it('a rate limit that does not end fails one prompt after its last attempt, and the others succeed', async () => {
    addPrompts(3);
    const attempts = JOB_RETRY.maxThrottled + 1;
    const limit = { upstream: 'portkey', kind: '429', method: 'POST', retryAfter: 0 } as const;
    gateway.sandbox.addFault({ ...limit, times: attempts });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect(lines(job)).toEqual([
      'p0: CREATE CREATED',
      'p1: CREATE CREATED',
      'p2: CREATE FAILED UPSTREAM_RATE_LIMITED',
    ]);
    expect(job.status).toBe('COMPLETED');
    expect(job.items.map(({ attempts }) => attempts)).toEqual([attempts, 1, 1]);
    expect(lines(await replicate(gateway))).toContain('p2: CREATE CREATED');
  });

  it('during the reads of the sources delays these reads', async () => {
    addPrompts(3);
    const reads = { upstream: 'portkey', method: 'GET', path: '/prompts/*' } as const;
    gateway.sandbox.addFault({ ...reads, kind: '429', times: 8, retryAfter: 0 });
    expect((await replicate(gateway)).counts).toMatchObject({ created: 3, failed: 0 });
  });
});

describe('prompt that Portkey rejects', () => {
  it('a prompt that Portkey rejects fails only its own item, with the message of Portkey', async () => {
    addPrompts(4);
    const body = {
      success: false,
      data: { message: 'Validation failed: string is too long', errorCode: 'AB01' },
    };
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 400, body, method: 'POST' });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect([job.status, ...lines(job)]).toEqual([
      'COMPLETED',
      'p0: CREATE CREATED',
      'p1: CREATE CREATED',
      'p2: CREATE CREATED',
      'p3: CREATE FAILED UPSTREAM_REJECTED',
    ]);
    expect(job.items[0]).toMatchObject({
      attempts: 1,
      error: { message: `Portkey rejected the request: ${body.data.message}.` },
    });
  });
});
