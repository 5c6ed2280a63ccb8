import { beforeEach, describe, expect, it } from '@jest/globals';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import { ask, creates, lines, names, replicate, upstream, writes } from './replicating.js';

const gateway = describeGateway({ sandbox: { seed: 'empty' } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (let n = 0; n < 6; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});

const ALL = [0, 1, 2, 3, 4, 5].flatMap((n) => [`p${n}`, `p${n}-replica`]);

/** Replicates p1, and then publishes another version of it. */
async function replicateAndChangeSource(selection: { readonly search: 'p1' }): Promise<void> {
  const { portkey } = gateway.sandbox;
  await replicate(gateway, { selection });
  const source = portkey.prompts.get(upstream(gateway.sandbox, 'p1').id);
  const [version] = source?.versions ?? [];
  if (!source || !version) throw new Error('p1 is gone');
  source.published = portkey.addVersion(source, { ...version, string: 'new words' }).number;
}

describe('rejection that applies to every prompt', () => {
  it.each([
    [401, 'UPSTREAM_UNAUTHENTICATED'],
    [402, 'FORBIDDEN'],
    [403, 'FORBIDDEN'],
  ])(
    'a rejection that applies to every prompt ends the job midway, and the next run completes the work (%i)',
    async (status, code) => {
      const { sandbox } = gateway;
      sandbox.addFault({ upstream: 'portkey', kind: 'status', status, method: 'POST', skip: 2, times: 0 });
      const job = await replicate(gateway, { options: { concurrency: 1 } });
      expect(job).toMatchObject({ status: 'FAILED', error: { code } });
      expect(job.counts).toMatchObject({
        total: 6,
        created: 2,
        updated: 0,
        skipped: 0,
        failed: 0,
        pending: 4,
      });
      expect(job.finishedAt).not.toBeNull();
      expect(lines(job).filter((line) => line.endsWith('CREATE PENDING'))).toHaveLength(4);
      expect(creates(sandbox)).toBe(3);

      sandbox.clearFaults();
      const next = await replicate(gateway);
      expect(next).toMatchObject({ status: 'COMPLETED', counts: { total: 6, created: 4, skipped: 2 } });
      expect(names(sandbox)).toEqual(ALL);
    },
  );

  it('a rejection that applies to every prompt leaves the outcome of the request open when its status is not documented (412)', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 412, method: 'POST', skip: 2, times: 0 });
    const job = await replicate(gateway, { options: { concurrency: 1 } });
    expect(job).toMatchObject({
      status: 'FAILED',
      error: { code: 'FORBIDDEN' },
      counts: { created: 2, pending: 4 },
    });
    expect(lines(job).filter((line) => line.endsWith('CREATE PENDING'))).toHaveLength(3);
    // The prompt may exist, so a resumed job searches for it first.
    expect(lines(job).filter((line) => line.endsWith('CREATE RUNNING'))).toHaveLength(1);
    expect(creates(sandbox)).toBe(3);

    sandbox.clearFaults();
    expect((await replicate(gateway)).counts).toMatchObject({ total: 6, created: 4, skipped: 2 });
    expect(names(sandbox)).toEqual(ALL);
  });

  it('a rejection that applies to every prompt leaves no item RUNNING when other create requests are in progress', async () => {
    const { sandbox } = gateway;
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 401, method: 'POST', skip: 3, times: 0 });
    const job = await replicate(gateway, { options: { concurrency: 6 } });
    expect(job.counts).toMatchObject({ total: 6, created: 3, failed: 0, pending: 3 });
    expect(job.items.filter(({ status }) => status === 'RUNNING')).toEqual([]);
    sandbox.clearFaults();
    expect((await replicate(gateway)).counts).toMatchObject({ created: 3, skipped: 3 });
    expect(names(sandbox)).toEqual(ALL);
  });

  it('a rejection that applies to every prompt ends the job during planning, before anything is created', async () => {
    const reads = { upstream: 'portkey', method: 'GET', path: '/prompts/*' } as const;
    gateway.sandbox.addFault({ ...reads, kind: 'status', status: 401, skip: 2, times: 0 });
    const job = await replicate(gateway);
    expect(job).toMatchObject({
      status: 'FAILED',
      startedAt: null,
      error: { code: 'UPSTREAM_UNAUTHENTICATED' },
      counts: { total: 6, pending: 6 },
    });
    expect(writes(gateway.sandbox)).toEqual([]);
  });

  it('a rejection that applies to every prompt ends the job at its first create request when the key is read-only', async () => {
    const headers = { 'x-portkey-api-key': 'pk-sandbox-readonly' };
    const job = await replicate(gateway, { options: { concurrency: 1 } }, headers);
    expect(job).toMatchObject({ status: 'FAILED', error: { code: 'FORBIDDEN' }, counts: { pending: 6 } });
    expect(creates(gateway.sandbox)).toBe(1);
    expect((await replicate(gateway, { dryRun: true }, headers)).status).toBe('PLANNED');
  });
});

describe('source that cannot be read', () => {
  const failing = (status: number) => {
    const path = `/prompts/${upstream(gateway.sandbox, 'p3').id}`;
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'status', status, method: 'GET', path, times: 0 });
  };

  it.each([
    [404, 'NOT_FOUND'],
    [400, 'UPSTREAM_REJECTED'],
    [302, 'UPSTREAM_BAD_RESPONSE'],
  ])('a source that cannot be read fails only its own item (%i)', async (status, code) => {
    failing(status);
    const job = await replicate(gateway);
    expect(job).toMatchObject({ status: 'COMPLETED', counts: { total: 6, created: 5, failed: 1 } });
    expect(lines(job)).toContain(`p3: CREATE FAILED ${code}`);
  });

  it('a source that cannot be read is read again after a truncated response and a dropped connection', async () => {
    const path = `/prompts/${upstream(gateway.sandbox, 'p3').id}`;
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'truncated-json', path });
    gateway.sandbox.addFault({ upstream: 'portkey', kind: 'drop-before', path });
    expect((await replicate(gateway)).counts).toMatchObject({ created: 6, failed: 0 });
  });
});

describe('update that fails midway', () => {
  it.each([
    ['PUT', '/prompts/*', '504-after'],
    ['PUT', '/prompts/*', 'drop-after'],
    ['PUT', '/prompts/*', 'drop-before'],
    ['PUT', '/prompts/*', '500'],
    ['PUT', '/prompts/*/makeDefault', '500'],
    ['PUT', '/prompts/*/makeDefault', 'drop-after'],
    ['GET', '/prompts/*/versions', 'wrong-shape'],
  ] as const)(
    'an update that fails midway is completed up to the published version (%s %s: %s)',
    async (method, path, kind) => {
      const { sandbox } = gateway;
      const selection = { search: 'p1' } as const;
      await replicateAndChangeSource(selection);
      sandbox.addFault({ upstream: 'portkey', kind, method, path });
      const job = await replicate(gateway, { selection, options: { onExisting: 'UPDATE' } });
      expect(lines(job)).toEqual(['p1: UPDATE UPDATED']);
      // The client repeats a failed read, which does not count as an attempt to update.
      expect(job.items[0]?.attempts).toBe(method === 'GET' ? 1 : 2);
      const replica = upstream(sandbox, 'p1-replica');
      expect(replica.version.string).toBe('new words');
      expect(replica.versions).toHaveLength(2);
    },
  );
});

describe('update whose response is lost', () => {
  it('an update whose response is lost is not sent again while its version cannot be read', async () => {
    const { sandbox } = gateway;
    const selection = { search: 'p1' } as const;
    await replicateAndChangeSource(selection);
    sandbox.addFault({ upstream: 'portkey', kind: 'drop-after', method: 'PUT', path: '/prompts/*' });
    sandbox.addFault({ upstream: 'portkey', kind: 'status', status: 400, path: '/prompts/*/versions/*' });
    const job = await replicate(gateway, { selection, options: { onExisting: 'UPDATE' } });
    expect(lines(job)).toEqual(['p1: UPDATE UPDATED']);
    const replica = upstream(sandbox, 'p1-replica');
    expect([replica.version.string, replica.versions.length]).toEqual(['new words', 2]);
  });
});

describe('gateway that closes', () => {
  it('a gateway that closes stops its job, and another gateway completes the work without duplicates', async () => {
    const sandbox = gateway.sandbox;
    const closing = await startTestGateway({
      env: { PORTKEY_BASE_URL: sandbox.portkeyUrl, PORTKEY_API_KEY: sandbox.portkeyKey },
    });
    sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', skip: 2, times: 0, retryAfter: 60 });
    await replicate(closing, { awaitSeconds: 0, options: { concurrency: 1 } });
    await until(
      () => sandbox.requests({ method: 'POST' }).at(2)?.status,
      (status) => status === 429,
    );
    await closing.close();
    sandbox.clearFaults();
    expect((await replicate(gateway)).counts).toMatchObject({ created: 4, skipped: 2 });
    expect(names(sandbox)).toEqual(ALL);
  });
});

it('a gateway without a Portkey key rejects starting and reading replications with UNAUTHENTICATED', async () => {
  const keyless = await startTestGateway({ env: { PORTKEY_API_KEY: '' } });
  try {
    const { errors } = await ask(keyless);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' }, path: ['replicatePrompts'] }]);
    for (const query of ['{ replications { nodes { id } } }', '{ replication(id: "x") { id } }']) {
      const { errors: refused } = await keyless.graphql(query);
      expect(refused).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
    expect(keyless.sandbox.requests()).toEqual([]);
  } finally {
    await keyless.close();
  }
});
