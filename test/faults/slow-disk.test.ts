import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { REPLICATE } from '../replication/replicating.js';
import { at } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { hasSlowDisk, slowDisk } from '../support/slow-disk.js';

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

(isSlow ? it : it.skip)('reads that need no record overtake writes that wait for a slow disk', async () => {
  let isWritten = false;
  const write = gateway.graphql(REPLICATE, { targetModel: 'm', dryRun: true }).then((answer) => {
    isWritten = true;
    return answer;
  });
  // Each of these begins after the one before it: one takes as long as a sync where the event loop waits for the disk.
  let reads = 0;
  let longestMs = 0;
  for (; !isWritten; reads += 1) {
    const begunAt = performance.now();
    await gateway.graphql('{ __typename }');
    longestMs = Math.max(longestMs, performance.now() - begunAt);
  }
  expect(at((await write).data, 'replicatePrompts.replication.id')).toEqual(expect.any(String));
  expect(reads).toBeGreaterThan(10);
  expect(longestMs).toBeLessThan(SYNC_MS);
});
