import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseConfig } from '../../src/config.js';
import { type LocalGateway, openGateway } from '../../src/gateway.js';
import { createLog } from '../../src/log.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { at, startTestGateway } from '../support/gateway.js';
import { temporaryFolder } from '../support/store.js';
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

let sandbox: Sandbox;
let disk: ReturnType<typeof temporaryFolder>;
let gateway: LocalGateway;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 'empty', latencyMs: 5 });
  disk = temporaryFolder();
  const config = parseConfig({
    ASTRIA_BASE_URL: sandbox.astriaUrl,
    PORTKEY_BASE_URL: sandbox.portkeyUrl,
    PORTKEY_API_KEY: sandbox.portkeyKey,
    DATA_DIR: disk.folder,
    OUTCOME_SETTLE_MS: '300',
  });
  gateway = await openGateway(config, createLog('silent'));
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
  disk.remove();
});
beforeEach(() => {
  sandbox.reset();
  for (let n = 0; n < 30; n += 1) sandbox.portkey.addPrompt({ name: `p${n}` });
});

/** All events of a subscription, with the time of each. */
async function follow(id: string): Promise<{ at: number; progress: Progress }[]> {
  const events = await gateway.subscribe(WATCH, { id });
  if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events.errors));
  const seen = [];
  for await (const next of events)
    seen.push({ at: Date.now(), progress: event.parse(next).data.replicationProgress });
  return seen;
}

async function start(): Promise<string> {
  const { data } = await gateway.execute(
    'mutation { replicatePrompts(targetModel: "gpt-5", options: { concurrency: 2 }) { replication { id } } }',
    {},
  );
  return String(at(data, 'replicatePrompts.replication.id'));
}

describe('the progress of a replication', () => {
  it('comes at once, up to four times a second, and always to its last', async () => {
    sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 150, times: 0 });
    const events = await follow(await start());
    expect(events.length).toBeGreaterThan(3);
    for (const [n, { at: time }] of events.entries()) {
      const before = events[n - 4];
      // Five events take four pauses of a quarter of a second; timers may fire a little early.
      if (before) expect(time - before.at).toBeGreaterThan(950);
    }
    const created = events.map(({ progress }) => progress?.counts.created ?? 0);
    expect(created).toEqual(created.toSorted((one, other) => one - other));
    expect(events.at(-1)?.progress).toMatchObject({
      status: 'COMPLETED',
      counts: { total: 30, created: 30, pending: 0 },
      throughput: null,
      etaSeconds: null,
    });
  });

  it('tells the rate and the time that is left', async () => {
    sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 150, times: 0 });
    const running = (await follow(await start())).filter(({ progress }) => progress?.throughput);
    expect(running.length).toBeGreaterThan(1);
    for (const { progress } of running) {
      const { throughput, etaSeconds, counts } = progress ?? {};
      // Two at a time, each of which takes 150 ms or more.
      expect(throughput).toBeGreaterThan(1);
      expect(throughput).toBeLessThan(40);
      // The counts are read a moment before or after.
      const eta = (counts?.pending ?? 0) / (throughput ?? 1);
      expect(Math.abs((etaSeconds ?? -9) - eta)).toBeLessThan(2);
    }
  });

  it('of one that has ended is that it has ended', async () => {
    const id = await start();
    await follow(id);
    expect((await follow(id)).map(({ progress }) => progress?.status)).toEqual(['COMPLETED']);
  });

  it('of one that is not there is nothing', async () => {
    expect((await follow('no-such-job')).map(({ progress }) => progress)).toEqual([null]);
  });

  it('ends when nobody listens any more', async () => {
    sandbox.addFault({ upstream: 'portkey', kind: 'slow-body', method: 'POST', delayMs: 100, times: 0 });
    const events = await gateway.subscribe(WATCH, { id: await start() });
    if (!(Symbol.asyncIterator in events)) throw new Error(JSON.stringify(events.errors));
    await events.next();
    await events.return();
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  it('is seen from another process on the same DATA_DIR, and not under another key', async () => {
    const env = { PORTKEY_BASE_URL: sandbox.portkeyUrl, DATA_DIR: disk.folder };
    const other = await startTestGateway({ env: { ...env, PORTKEY_API_KEY: sandbox.portkeyKey } });
    const { id } = await replicate(other, { awaitSeconds: 0 });
    const events = await follow(id);
    expect(events.at(-1)?.progress).toMatchObject({ status: 'COMPLETED', counts: { created: 30 } });
    expect(await readJob(other, id, { 'x-portkey-api-key': 'pk-sandbox-other' })).toBeNull();
    await other.close();
  });
});

it('a single answer cannot carry a subscription', async () => {
  const http = await startTestGateway();
  const { status, errors } = await http.graphql(WATCH, { id: 'x' });
  expect(status).toBe(400);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  await http.close();
});
