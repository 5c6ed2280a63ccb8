import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pMap from 'p-map';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { CREATE, TUNE } from '../prompts/creating.js';
import { REPLICATE } from '../replication/replicating.js';
import { at } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { hasSlowDisk, slowDisk } from '../support/slow-disk.js';

/** More than the record takes in without a checkpoint, at 900 KB each. */
const LARGE_CREATES = 90;
/** Much longer than a read takes, however busy the machine is with other tests. */
const SYNC_MS = 2_000;
const isSlow = hasSlowDisk();
if (!isSlow) process.stderr.write('strace is not installed or may not trace: a slow disk is not tested\n');

let sandbox: Sandbox;
let gateway: GatewayProcess;
beforeAll(async () => {
  if (!isSlow) return;
  sandbox = await startSandbox();
  const env = {
    ASTRIA_BASE_URL: sandbox.astriaUrl,
    ASTRIA_API_KEY: sandbox.astriaKey,
    PORTKEY_BASE_URL: sandbox.portkeyUrl,
    PORTKEY_API_KEY: sandbox.portkeyKey,
  };
  gateway = await GatewayProcess.launch(env, slowDisk(SYNC_MS));
  await gateway.listening();
});
afterAll(async () => {
  await gateway?.stop();
  await sandbox?.close();
});

/** Sends reads one after the other until some work has ended. */
async function readDuring(work: Promise<unknown>): Promise<{ count: number; longestMs: number }> {
  let isDone = false;
  const end = work.finally(() => {
    isDone = true;
  });
  let count = 0;
  let longestMs = 0;
  for (; !isDone; count += 1) {
    const begunAt = performance.now();
    await gateway.graphql('{ __typename }');
    longestMs = Math.max(longestMs, performance.now() - begunAt);
  }
  await end;
  return { count, longestMs };
}

// One read takes as long as a sync where the event loop waits for the disk.
const slowly = isSlow ? it : it.skip;

slowly('reads that need no record overtake writes that wait for a slow disk', async () => {
  const write = gateway.graphql(REPLICATE, { targetModel: 'm', dryRun: true });
  const { count, longestMs } = await readDuring(write);
  expect(at((await write).data, 'replicatePrompts.replication.id')).toEqual(expect.any(String));
  expect(count).toBeGreaterThan(10);
  expect(longestMs).toBeLessThan(SYNC_MS);
});

slowly(
  'reads overtake checkpoints of a record that takes in much',
  async () => {
    const numbers = Array.from({ length: LARGE_CREATES }, (_, n) => n);
    const texts = numbers.map((n) => `${n} ${'x'.repeat(900_000)}`);
    const creates = pMap(texts, (text) => gateway.graphql(CREATE, { tuneId: TUNE, input: { text } }), {
      concurrency: 4,
    });
    const { longestMs } = await readDuring(creates);
    expect((await creates).map(({ data }) => at(data, 'createPrompt.userErrors'))).toEqual(
      numbers.map(() => []),
    );
    expect(longestMs).toBeLessThan(SYNC_MS);
  },
  120_000,
);
