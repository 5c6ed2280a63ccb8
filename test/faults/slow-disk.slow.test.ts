import { statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { CREATE, TUNE } from '../prompts/creating.js';
import { REPLICATE } from '../replication/replicating.js';
import { at, until } from '../support/gateway.js';
import { GatewayProcess } from '../support/gateway-process.js';
import { hasSlowDisk, slowDisk } from '../support/slow-disk.js';
import { temporaryFolder } from '../support/store.js';

/** Sizes of a WAL before and after a checkpoint, in bytes. */
const LARGE_WAL = 12_000_000;
const SMALL_WAL = 1_000_000;
/** Much longer than a read takes, even on a busy machine. */
const SYNC_MS = 2_000;
const isSlow = hasSlowDisk();
if (!isSlow)
  process.stderr.write('strace is not installed or not permitted. The tests with a slow disk are skipped.\n');

let sandbox: Sandbox;
let gateway: GatewayProcess;
let disk: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  if (!isSlow) return;
  sandbox = await startSandbox();
  disk = temporaryFolder();
  const env = {
    ASTRIA_BASE_URL: sandbox.astriaUrl,
    ASTRIA_API_KEY: sandbox.astriaKey,
    PORTKEY_BASE_URL: sandbox.portkeyUrl,
    PORTKEY_API_KEY: sandbox.portkeyKey,
    DATA_DIR: disk.folder,
  };
  gateway = await GatewayProcess.launch(env, slowDisk(SYNC_MS));
  await gateway.listening();
});
afterAll(async () => {
  await gateway?.stop();
  await sandbox?.close();
  disk?.remove();
});

/** Sends sequential reads until `work` has ended. */
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

// A read would take as long as a sync if the event loop waited for the disk.
const itOnSlowDisk = isSlow ? it : it.skip;

itOnSlowDisk('reads that do not use the store overtake writes that wait for a slow disk', async () => {
  const write = gateway.graphql(REPLICATE, { targetModel: 'm', dryRun: true });
  const { count, longestMs } = await readDuring(write);
  expect(at((await write).data, 'replicatePrompts.replication.id')).toEqual(expect.any(String));
  expect(count).toBeGreaterThan(10);
  expect(longestMs).toBeLessThan(SYNC_MS);
});

itOnSlowDisk(
  'reads overtake a checkpoint of the store and the commits after it',
  async () => {
    const walSize = () => statSync(path.join(disk.folder, 'promptgate.db-wal')).size;
    const create = async (text: string) => {
      const { data } = await gateway.graphql(CREATE, { tuneId: TUNE, input: { text } });
      expect(at(data, 'createPrompt.userErrors')).toEqual([]);
    };
    const work = async () => {
      for (let n = 0; walSize() < LARGE_WAL; n += 1) await create(`${n} ${'x'.repeat(900_000)}`);
      await until(
        async () => {
          await create('a cat');
          return walSize();
        },
        (size) => size < SMALL_WAL,
        60_000,
      );
      for (let n = 0; n < 5; n += 1) await create('a cat');
    };
    const { longestMs } = await readDuring(work());
    expect(longestMs).toBeLessThan(SYNC_MS);
  },
  120_000,
);
