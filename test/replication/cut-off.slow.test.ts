import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { JOB_RETRY } from '../../src/services/replication/jobs/retry.js';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway, until } from '../support/gateway.js';
import {
  cancel,
  creates,
  ended,
  library,
  lines,
  names,
  readJob,
  replicate,
  resume,
  undo,
} from './replicating.js';

/** Longer than LATE_MS, so that the gateway finds create requests that take effect late. */
const SETTLE_MS = 1_500;
const LATE_MS = 1_000;

const OPTIONS = { env: { LOST_RESPONSE_TIMEOUT_MS: String(SETTLE_MS) }, sandbox: { seed: 'empty' } } as const;

const gateway = describeGateway({
  ...OPTIONS,
  // The tests cancel jobs in this pause, before the jobs search for lost create requests.
  config: { replicationRetry: { ...JOB_RETRY, backoff: { firstMs: 1_000, ceilingMs: 30_000 } } },
});
let foundAfterRateLimit: ReturnType<typeof findAfterRateLimit>;
let delayed: ReturnType<typeof delayedByRateLimit>;
beforeAll(() => {
  // These jobs wait for seconds, so they start before the tests.
  foundAfterRateLimit = findAfterRateLimit();
  delayed = delayedByRateLimit();
  for (const each of [foundAfterRateLimit, delayed]) each.catch(() => {});
});
beforeEach(() => gateway.sandbox.reset());

/** Returns the sandbox's record of a prompt, which a test may change. */
function live(name: string): PortkeyPrompt {
  const found = library(gateway.sandbox).find((prompt) => prompt.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

function publishAnother(prompt: PortkeyPrompt, changes: object): void {
  const [version] = prompt.versions;
  if (!version) throw new Error('there is no version');
  prompt.published = gateway.sandbox.portkey.addVersion(prompt, { ...version, ...changes }).number;
}

/** Cancels a job whose create request has not taken effect yet. Returns its id. */
async function cancelWithOpenCreate(): Promise<string> {
  const { sandbox } = gateway;
  sandbox.portkey.addPrompt({ name: 'a' });
  sandbox.addFault({ upstream: 'portkey', kind: 'drop-late', method: 'POST', delayMs: LATE_MS });
  const { id } = await replicate(gateway, { awaitSeconds: 0, options: { verify: true } });
  await until(
    () => creates(sandbox),
    (count) => count === 1,
  );
  const { replication } = await cancel(gateway, id);
  expect(replication?.items.map(({ status }) => status)).toEqual(['RUNNING']);
  expect(names(sandbox)).toEqual(['a']);
  return id;
}

/** Runs a job whose create request takes effect late, after its retry was rate limited. */
async function findAfterRateLimit() {
  const own = await startTestGateway(OPTIONS);
  const { sandbox } = own;
  sandbox.portkey.addPrompt({ name: 'a' });
  sandbox.addFault({ upstream: 'portkey', kind: 'drop-late', method: 'POST', delayMs: SETTLE_MS + 1200 });
  sandbox.addFault({ upstream: 'portkey', kind: '429', method: 'POST', retryAfter: 2 });
  const job = await replicate(own);
  await own.close();
  return { lines: lines(job), names: names(sandbox), sent: creates(sandbox) };
}

/** Runs a job that is rate limited while it searches for lost create requests. Returns its requests and the time of the 429. */
async function delayedByRateLimit() {
  const own = await startTestGateway(OPTIONS);
  const { sandbox } = own;
  for (let n = 0; n < 6; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
  sandbox.addFault({ upstream: 'portkey', kind: 'drop-before', method: 'POST', times: 2 });
  // Applies to the search for the lost create requests.
  sandbox.addFault({
    upstream: 'portkey',
    kind: '429',
    method: 'GET',
    path: '/prompts',
    skip: 2,
    retryAfter: 2,
  });
  const { counts } = await replicate(own, { options: { concurrency: 6 } });
  await own.close();
  const requests = sandbox.requests({ upstream: 'portkey' });
  return { counts, requests, refused: requests.find(({ status }) => status === 429)?.at ?? 0 };
}

describe('create request that takes effect late', () => {
  it('a create request that takes effect late blocks the next job with the same prompts after its own job was cancelled', async () => {
    const open = await cancelWithOpenCreate();
    const next = await replicate(gateway, { awaitSeconds: 0 });
    const waiting = await until(
      () => readJob(gateway, next.id),
      (job) => job?.status === 'WAITING',
    );
    expect(waiting?.waitsFor).toBe(open);
    expect(lines(await ended(gateway, next.id))).toEqual(['a: SKIP SKIPPED']);
    expect([names(gateway.sandbox), creates(gateway.sandbox)]).toEqual([['a', 'a-replica'], 1]);
  });

  it('a create request that takes effect late is awaited, and its replica is deleted, when its cancelled job is undone', async () => {
    const { deleted, replication } = await undo(gateway, await cancelWithOpenCreate());
    expect(deleted).toMatchObject([{ name: 'a-replica' }]);
    expect(replication).toMatchObject({ status: 'UNDONE', counts: { undone: 1, pending: 0 } });
    expect(names(gateway.sandbox)).toEqual(['a']);
  });

  it('a create request that takes effect late is adopted when its cancelled job is resumed', async () => {
    const id = await cancelWithOpenCreate();
    await resume(gateway, id);
    expect(lines(await ended(gateway, id))).toEqual(['a: CREATE CREATED']);
    expect([names(gateway.sandbox), creates(gateway.sandbox)]).toEqual([['a', 'a-replica'], 1]);
  });

  it('a create request that takes effect late counts as created by its job even when the source has changed since', async () => {
    const id = await cancelWithOpenCreate();
    await until(
      () => names(gateway.sandbox).length,
      (count) => count === 2,
    );
    publishAnother(live('a'), { string: 'new words' });
    await resume(gateway, id);
    expect(lines(await ended(gateway, id))).toEqual(['a: CREATE CREATED']);
    expect((await undo(gateway, id)).deleted).toHaveLength(1);
  });

  it('a create request that takes effect late is found after its retry was rate limited', async () => {
    expect(await foundAfterRateLimit).toEqual({
      lines: ['a: CREATE CREATED'],
      names: ['a', 'a-replica'],
      sent: 2,
    });
  });
});

it('a Retry-After delays every call of the job, including the searches for lost create requests', async () => {
  const { counts, refused, requests } = await delayed;
  expect(counts).toMatchObject({ created: 6, failed: 0 });
  expect(refused).toBeGreaterThan(0);
  // Requests that were already sent may still arrive.
  const inside = requests.filter(({ at }) => at > refused + 100 && at < refused + 1950);
  expect(inside.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
});

describe('undo', () => {
  it('an undo keeps a copy of a replica that has the same marker and name', async () => {
    gateway.sandbox.portkey.addPrompt({ name: 'a' });
    const job = await replicate(gateway);
    const { name, versions } = live('a-replica');
    const copy = gateway.sandbox.portkey.addPrompt({
      name,
      string: 'written by hand',
      template_metadata: versions[0]?.template_metadata ?? null,
      collection_id: gateway.sandbox.portkey.addCollection({ name: 'Elsewhere' }).id,
    });
    const { deleted, kept } = await undo(gateway, job.id);
    expect([deleted.length, kept]).toEqual([1, []]);
    expect(gateway.sandbox.portkey.prompts.get(copy.id)).toBeDefined();
  });

  it('an undo is rejected with CONFLICT while another job works on the same prompts', async () => {
    const { sandbox } = gateway;
    for (const name of ['a', 'b']) sandbox.portkey.addPrompt({ name });
    const first = await replicate(gateway);
    for (const name of ['a', 'b']) publishAnother(live(name), { string: 'new words' });
    sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'PUT', delayMs: 400, times: 0 });
    const second = await replicate(gateway, { awaitSeconds: 0, options: { onExisting: 'UPDATE' } });
    const { userErrors, deleted, replication } = await undo(gateway, first.id);
    expect(userErrors).toMatchObject([{ code: 'CONFLICT', message: expect.stringMatching(/another one/) }]);
    expect([deleted, replication?.status]).toEqual([[], 'COMPLETED']);
    expect((await ended(gateway, second.id)).counts).toMatchObject({ updated: 2 });
    expect((await undo(gateway, first.id)).kept).toHaveLength(2);
  });

  it('an undo keeps and names a replica that its resumed job has recorded as a CONFLICT', async () => {
    const { sandbox } = gateway;
    sandbox.portkey.addPrompt({ name: 'a' });
    sandbox.addFault({
      ...{ upstream: 'portkey', kind: 'status', status: 200, path: '/prompts/*', skip: 1 },
      body: { id: 'x', name: 'a-replica', string: 'something else', model: 'gpt-5' },
    });
    const job = await replicate(gateway, { options: { verify: true } });
    expect(lines(job)).toEqual(['a: CREATE FAILED VERIFICATION_FAILED']);
    publishAnother(live('a-replica'), { string: 'fixed', template_metadata: null });
    await resume(gateway, job.id);
    const last = await ended(gateway, job.id);
    expect(lines(last)).toEqual(['a: CREATE FAILED CONFLICT']);
    expect(last.items[0]?.replica?.id).toBe(live('a-replica').id);
    expect((await undo(gateway, job.id)).kept).toMatchObject([{ id: live('a-replica').id }]);
  });
});
