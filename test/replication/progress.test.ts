import { beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-sse';
import { z } from 'zod';
import { CancelReplicationDocument, ReplicatePromptsDocument } from '../__generated__/operations.js';
import { describeGateway } from '../support/describe-gateway.js';
import { startTestGateway } from '../support/gateway.js';
import { readJob, replicate } from './replicating.js';

const event = z.object({
  data: z.object({
    replicationProgress: z
      .object({
        id: z.string(),
        status: z.string(),
        counts: z.record(z.string(), z.number()),
        throughput: z.number().nullable(),
        etaSeconds: z.number().nullable(),
      })
      .nullable(),
  }),
});
type Progress = z.output<typeof event>['data']['replicationProgress'];

const WATCH = `subscription ($id: ID!) { replicationProgress(id: $id) {
  id status counts { total created failed pending } throughput etaSeconds } }`;

const gateway = describeGateway({ sandbox: { seed: 'empty', latencyMs: 5 } });
beforeEach(() => {
  gateway.sandbox.reset();
  for (let n = 0; n < 30; n += 1) gateway.sandbox.portkey.addPrompt({ name: `p${n}` });
});

const slowDown = (delayMs: number) =>
  gateway.sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs, times: 0 });

const events = (id: string) =>
  createClient({ url: `${gateway.url}/graphql`, retryAttempts: 0 }).iterate({
    query: WATCH,
    variables: { id },
  });

/** Collects the events of a subscription, each with its time. */
async function follow(id: string): Promise<{ at: number; progress: Progress }[]> {
  const seen = [];
  for await (const next of events(id))
    seen.push({ at: Date.now(), progress: event.parse(next).data.replicationProgress });
  return seen;
}

async function start(): Promise<string> {
  const variables = { targetModel: 'gpt-5', options: { concurrency: 2 } };
  const { replicatePrompts } = await gateway.run(ReplicatePromptsDocument, variables);
  return replicatePrompts?.replication?.id ?? '';
}

describe('progress of a replication', () => {
  it('the progress of a replication arrives at most four times a second and ends with the final state', async () => {
    slowDown(150);
    const seen = await follow(await start());
    expect(seen.length).toBeGreaterThan(3);
    for (const [n, { at: time }] of seen.entries()) {
      const before = seen[n - 4];
      // Five events need four pauses of 250 ms. Timers may fire slightly early.
      if (before) expect(time - before.at).toBeGreaterThan(950);
    }
    const created = seen.map(({ progress }) => progress?.counts.created ?? 0);
    expect(created).toEqual(created.toSorted((one, other) => one - other));
    expect(seen.at(-1)?.progress).toMatchObject({
      status: 'COMPLETED',
      counts: { total: 30, created: 30, pending: 0 },
      throughput: null,
      etaSeconds: null,
    });
  });

  it('the progress of a replication includes the throughput and the remaining time', async () => {
    slowDown(150);
    const running = (await follow(await start())).filter(({ progress }) => progress?.throughput);
    expect(running.length).toBeGreaterThan(1);
    for (const { progress } of running) {
      const { throughput, etaSeconds, counts } = progress ?? {};
      // Two creates run at a time, and each takes at least 150 ms.
      expect(throughput).toBeGreaterThan(0);
      expect(throughput).toBeLessThan(40);
      // The counts are read slightly earlier or later, so they may differ by the two creates in progress.
      const eta = (counts?.pending ?? 0) / (throughput ?? 1);
      expect(Math.abs((etaSeconds ?? -9) - eta)).toBeLessThan(2 + 4 / (throughput ?? 1));
    }
  });

  it('the progress of a replication of a completed replication is a single event with its status', async () => {
    const id = await start();
    await follow(id);
    expect((await follow(id)).map(({ progress }) => progress?.status)).toEqual(['COMPLETED']);
  });

  it('the progress of a replication of an unknown replication is null', async () => {
    expect((await follow('no-such-job')).map(({ progress }) => progress)).toEqual([null]);
  });

  it('the progress of a replication ends when the client unsubscribes', async () => {
    slowDown(100);
    const id = await start();
    const stream = events(id);
    await stream.next();
    await stream.return?.();
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    // Otherwise the job would continue in the next test.
    await gateway.run(CancelReplicationDocument, { id });
  });

  it('the progress of a replication is visible at another gateway with the same DATA_DIR, but not under another key', async () => {
    const { sandbox, dataDir } = gateway;
    const other = await startTestGateway({
      env: { PORTKEY_BASE_URL: sandbox.portkeyUrl, PORTKEY_API_KEY: sandbox.portkeyKey, DATA_DIR: dataDir },
    });
    const { id } = await replicate(other, { awaitSeconds: 0 });
    const seen = await follow(id);
    expect(seen.at(-1)?.progress).toMatchObject({ status: 'COMPLETED', counts: { created: 30 } });
    expect(await readJob(other, id, { 'x-portkey-api-key': 'pk-sandbox-other' })).toBeNull();
    await other.close();
  });
});

it('a subscription that accepts only a single JSON response is rejected with 406', async () => {
  const { status, errors } = await gateway.graphql(WATCH, { id: 'x' });
  expect(status).toBe(406);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
});
