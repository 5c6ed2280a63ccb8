import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UpstreamError, type UpstreamErrorKind } from '../../../src/domain/upstream-error.js';
import { CancellationToken, JobStoppedError } from '../../../src/services/replication/jobs/cancellation.js';
import { type BeforeSend, JobClient } from '../../../src/services/replication/jobs/job-client.js';
import { JOB_RETRY } from '../../../src/services/replication/jobs/retry.js';
import type { UpstreamClient } from '../../../src/upstream/http-client.js';
import { PortkeyApi, portkeyClient } from '../../../src/upstream/portkey/client.js';
import { until } from '../../support/gateway.js';
import { type RawHandler, type RawUpstream, reply, startRawUpstream } from '../../support/raw-upstream.js';
import { silentLog } from '../../support/store.js';

const FAST = { ...JOB_RETRY, backoff: { firstMs: 1, ceilingMs: 2 } };
const INPUT = {
  ...{ name: 'a', collectionId: 'c', template: '[]', isRawTemplate: null, parameters: {}, model: 'm' },
  ...{ virtualKey: 'k', functions: null, tools: null, toolChoice: null, versionDescription: null },
  metadata: {},
};

let handler: RawHandler;
let upstream: RawUpstream;
let connection: UpstreamClient;
let token: CancellationToken;
let client: JobClient;
beforeEach(async () => {
  upstream = await startRawUpstream((...args) => handler(...args));
  connection = portkeyClient({ baseUrl: upstream.url, deadlineMs: 10_000, log: silentLog });
  token = new CancellationToken();
  client = JobClient.create(new PortkeyApi(connection, { key: 'k', noRetry: true }), 2, token, FAST);
});
afterEach(async () => {
  await connection.close();
  await upstream.close();
});

/** Sends these statuses one after the other, and then a prompt. */
function sendStatuses(...statuses: readonly number[]): void {
  handler = (_request, response, index) =>
    reply(response, statuses[index] ?? 200, { id: 'p', slug: 'p' }, { 'retry-after': '0' });
}

/** Waits for an error, and returns it. */
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

it.each([
  ['create', (onSend: BeforeSend) => client.createPrompt(INPUT, onSend)],
  [
    'update of a copy in progress',
    (onSend: BeforeSend) => client.finishing().updatePrompt('c', INPUT, null, onSend),
  ],
])('a queued %s is not sent after the job has stopped', async (_name, send) => {
  const held: (() => void)[] = [];
  handler = (_request, response) => void held.push(() => reply(response, 200, { id: 'p', slug: 'p' }));
  const sent = [client.getPrompt('a'), client.getPrompt('b')];
  let isRecorded = false;
  const waiting = errorOf(
    send(async () => {
      isRecorded = true;
    }),
  );
  await until(
    () => held.length,
    (count) => count === 2,
  );
  token.stop('CANCELLED');
  for (const respond of held) respond();
  expect(await Promise.all(sent)).toHaveLength(2);
  expect(await waiting).toBeInstanceOf(JobStoppedError);
  expect([upstream.requests.length, isRecorded]).toEqual([2, false]);
});

describe('read', () => {
  it('a read is repeated after failures and rate limits', async () => {
    sendStatuses(503, 429, 500);
    expect(await client.getPrompt('p')).toMatchObject({ id: 'p' });
    expect(upstream.requests).toHaveLength(4);
  });

  it('a read fails after the last attempt', async () => {
    sendStatuses(...Array(10).fill(503));
    expect(await errorOf(client.getPrompt('p'))).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(upstream.requests).toHaveLength(JOB_RETRY.maxAttempts);
  });

  it.each([403, 400])('a read of one prompt that fails with %i is not repeated', async (status) => {
    sendStatuses(status);
    expect(await errorOf(client.getPrompt('p'))).toMatchObject({ status });
    expect([upstream.requests.length, token.reason]).toEqual([1, null]);
  });

  it('a read with an invalid key stops the job and all further requests', async () => {
    sendStatuses(401);
    expect(await errorOf(client.getPrompt('p'))).toBeInstanceOf(JobStoppedError);
    expect(token.reason).toMatchObject({ kind: 'UNAUTHENTICATED' });
    expect(await errorOf(client.listVersions('p'))).toBeInstanceOf(JobStoppedError);
    expect(upstream.requests).toHaveLength(1);
  });

  it('a read in a stopping job is sent once for work that must finish', async () => {
    sendStatuses(503);
    token.stop('CANCELLED');
    expect(await errorOf(client.finishing().getPrompt('p'))).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('write', () => {
  it.each([503, 429])('a write that fails with %i is not repeated', async (status) => {
    sendStatuses(status);
    const sent: number[] = [];
    const beforeSend = async () => void sent.push(upstream.requests.length);
    expect(await errorOf(client.createPrompt(INPUT, beforeSend))).toBeInstanceOf(UpstreamError);
    expect([sent, upstream.requests.length]).toEqual([[0], 1]);
  });

  it('a write is not sent if it cannot be recorded', async () => {
    sendStatuses();
    const full = () => Promise.reject(new Error('the disk is full'));
    expect(await errorOf(client.createPrompt(INPUT, full))).toMatchObject({ message: 'the disk is full' });
    expect(upstream.requests).toHaveLength(0);
  });

  it('a write is neither recorded nor sent while the upstream asks to wait, even after the job stops', async () => {
    handler = (_request, response) => reply(response, 429, {}, { 'retry-after': '60' });
    const reading = errorOf(client.getPrompt('p'));
    await until(
      () => client.isOpen,
      (isOpen) => !isOpen,
    );
    let isRecorded = false;
    const writing = errorOf(
      client.createPrompt(INPUT, async () => {
        isRecorded = true;
      }),
    );
    token.stop('CANCELLED');
    for (const work of [reading, writing]) expect(await work).toBeInstanceOf(JobStoppedError);
    expect([isRecorded, upstream.requests.length]).toEqual([false, 1]);
  });
});

it('the calls in progress never exceed the concurrency', async () => {
  let now = 0;
  let most = 0;
  handler = (_request, response) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      reply(response, 200, { id: 'p', slug: 'p' });
    }, 20);
  };
  await Promise.all(Array.from({ length: 6 }, () => client.getPrompt('p')));
  expect([most, upstream.requests.length]).toEqual([2, 6]);
});

it('the job waits for a prompt that appears late, even if it is forbidden at first', async () => {
  sendStatuses(403, 404);
  expect(await client.waitFor(() => client.getPrompt('p'), 10_000)).toMatchObject({ id: 'p' });
  sendStatuses(...Array(10).fill(403));
  expect(await errorOf(client.waitFor(() => client.getPrompt('p'), 0))).toMatchObject({ status: 403 });
});

describe('repeated work', () => {
  const failure = (kind: UpstreamErrorKind) => new UpstreamError('portkey', kind, 'no', { retryAfterMs: 0 });

  it('repeated work receives the number of the attempt', async () => {
    const attempts: number[] = [];
    const work = async (attempt: number) => {
      attempts.push(attempt);
      if (attempt < 3) throw failure('RATE_LIMITED');
      return 'done';
    };
    expect(await client.withRetry(work)).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('repeated work ends with any error that is not an upstream error', async () => {
    expect(await errorOf(client.withRetry(() => Promise.reject(new TypeError('a bug'))))).toMatchObject({
      message: 'a bug',
    });
  });

  it('repeated work is not repeated, and not started, when the job stops', async () => {
    let attempts = 0;
    const slow = { ...JOB_RETRY, backoff: { firstMs: 60_000, ceilingMs: 60_000 } };
    const api = new PortkeyApi(connection, { key: 'k', noRetry: true });
    const patient = JobClient.create(api, 2, token, slow);
    const working = errorOf(
      patient.withRetry(() => {
        attempts += 1;
        return Promise.reject(failure('TIMEOUT'));
      }),
    );
    setImmediate(() => token.stop('CANCELLED'));
    expect(await working).toBeInstanceOf(JobStoppedError);
    expect(await errorOf(patient.withRetry(async () => 'done'))).toBeInstanceOf(JobStoppedError);
    expect(attempts).toBe(1);
  });
});
