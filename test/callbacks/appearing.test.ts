import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Database from 'libsql';
import type { Backoff } from '../../src/async/backoff.js';
import { type Sandbox, startSandbox } from '../../src/sandbox/index.js';
import { PromptCallbacks } from '../../src/services/callbacks/prompt-callbacks.js';
import { LiveHub } from '../../src/services/live/hub.js';
import type { PromptAccount } from '../../src/services/prompts/account.js';
import { openStorage } from '../../src/storage/embedded/embedded-storage.js';
import { AstriaApi, astriaClient } from '../../src/upstream/astria/client.js';
import { createWebhookClient } from '../../src/upstream/webhook-client.js';
import { calls, until } from '../support/gateway.js';
import type { RawUpstream } from '../support/raw-upstream.js';
import { temporaryFolder } from '../support/store.js';
import { bodiesOf, startReceiver } from './reachable.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const HOUR_MS = 3_600_000;
const ID = 31_999_999;

let sandbox: Sandbox;
let receiver: RawUpstream;
let disk: ReturnType<typeof temporaryFolder>;
let owner: PromptAccount;
let client: ReturnType<typeof astriaClient>;
let process: ReturnType<typeof begin>;
let recheckBackoff: Backoff;
beforeEach(async () => {
  sandbox = await startSandbox({ settleMs: HOUR_MS });
  receiver = await startReceiver();
  disk = temporaryFolder();
  recheckBackoff = { firstMs: 20, ceilingMs: 100 };
  client = astriaClient({ baseUrl: sandbox.astriaUrl, deadlineMs: 5_000, log: silent });
  const astria = new AstriaApi(client, { key: sandbox.astriaKey, noRetry: true });
  owner = { account: 'me', keyOwner: 'me', backgroundAstria: astria, uncancellableAstria: astria };
  process = begin();
});
afterEach(async () => {
  await process.end();
  await Promise.all([client.close(), receiver.close(), sandbox.close()]);
  disk.remove();
});

/** Opens the store and the callback service of a process. */
function begin() {
  const storage = openStorage(disk.folder, silent);
  const live = new LiveHub();
  const callbacks = new PromptCallbacks({
    store: storage.callbacks,
    live,
    refused: () => null,
    post: createWebhookClient({ refused: () => null, allowPrivate: true }),
    retryMs: 20,
    recheckBackoff,
    log: silent,
    publicUrl: 'https://gateway.example.com',
  });
  return {
    callbacks,
    store: storage.callbacks,
    async end() {
      live.close();
      await callbacks.close();
      await storage.close();
    },
  };
}

/** Moves the times in the store into the past. */
function age(ms: number): void {
  const database = new Database(path.join(disk.folder, 'promptgate.db'), { timeout: 5_000 });
  database
    .prepare('UPDATE callbacks SET created_at = created_at - ?, called_at = called_at - ?')
    .run([ms, ms]);
  database.close();
}

const reads = () =>
  calls(sandbox, 'astria').filter((call) => call.startsWith('GET') && call.includes(`${ID}`)).length;
const untilReads = (count: number) => until(reads, (made) => made >= count);
const untilStatus = (id: string, status: string) =>
  until(
    () => process.store.get(id),
    (record) => record?.status === status,
  );
const secretOf = (url: string) => url.replace(/.*\//, '');

describe('prompt that Astria does not show yet after its creation', () => {
  it('a prompt that Astria does not show yet after its creation is read again with pauses, and its callback is delivered', async () => {
    const { id, url } = await process.callbacks.issue(owner, receiver.url);
    await process.callbacks.created(id, String(ID), owner);
    await untilReads(2);
    expect(await process.store.get(id)).toMatchObject({ status: 'WAITING', attempts: [] });
    sandbox.astria.addPrompt({ id: ID, callback: url });
    await untilStatus(id, 'DELIVERED');
    expect(bodiesOf(receiver)).toMatchObject([{ id: ID, callback: receiver.url }]);
  });

  it('a prompt that Astria does not show yet after its creation is read immediately when Astria calls', async () => {
    await process.end();
    recheckBackoff = { firstMs: HOUR_MS, ceilingMs: HOUR_MS };
    process = begin();
    const { id, url } = await process.callbacks.issue(owner, receiver.url);
    await process.callbacks.created(id, String(ID), owner);
    await untilReads(1);
    sandbox.astria.addPrompt({ id: ID, callback: url });
    expect(await process.callbacks.called(id, secretOf(url), `{"id":${ID}}`)).toBe(true);
    await untilStatus(id, 'DELIVERED');
    // Two reads for the status, and one for the payload.
    expect(reads()).toBe(3);
  });

  it('a prompt that Astria does not show yet after its creation is given up after two minutes, and its callback is delivered if Astria calls later', async () => {
    const { id, url } = await process.callbacks.issue(owner, receiver.url);
    age(121_000);
    await process.callbacks.created(id, String(ID), owner);
    const gone = await untilStatus(id, 'FAILED');
    expect(gone?.attempts).toMatchObject([{ status: null, error: 'The prompt no longer exists.' }]);
    sandbox.astria.addPrompt({ id: ID, callback: url });
    expect(await process.callbacks.called(id, 'A'.repeat(43), '')).toBe(false);
    expect(await process.store.get(id)).toMatchObject({ status: 'FAILED' });
    expect(await process.callbacks.called(id, secretOf(url), '')).toBe(true);
    const relayed = await untilStatus(id, 'DELIVERED');
    expect(relayed?.attempts).toMatchObject([{ status: 200, error: null }]);
    expect(await process.callbacks.called(id, secretOf(url), '')).toBe(true);
    expect(receiver.requests).toHaveLength(1);
  });

  it('a prompt that Astria does not show yet after its creation is resumed by the process that Astria calls after an earlier process gave it up', async () => {
    const { id, url } = await process.callbacks.issue(owner, receiver.url);
    age(121_000);
    await process.callbacks.created(id, String(ID), owner);
    await untilStatus(id, 'FAILED');
    await process.end();
    process = begin();
    sandbox.astria.addPrompt({ id: ID, callback: url });
    expect(await process.callbacks.called(id, secretOf(url), '')).toBe(true);
    await process.callbacks.recover(owner);
    await untilStatus(id, 'DELIVERED');
  });
});

describe('call of Astria for a prompt that does not show the callback URL', () => {
  const call = async (prompt: { callback: string | null; created_at?: string }) => {
    const { id, url } = await process.callbacks.issue(owner, receiver.url);
    sandbox.astria.addPrompt({ id: ID, ...prompt });
    await process.callbacks.called(id, secretOf(url), `{"id":${ID}}`);
    await untilReads(1);
    return id;
  };

  it('a call of Astria for a prompt that does not show the callback URL is accepted for a prompt that was created after the URL', async () => {
    await untilStatus(await call({ callback: null }), 'DELIVERED');
    expect(bodiesOf(receiver)).toMatchObject([{ id: ID, callback: receiver.url }]);
  });

  it.each([
    ['an older prompt', { callback: null, created_at: new Date(Date.now() - 60_000).toISOString() }],
    ['a prompt with another callback URL', { callback: 'https://example.com/' }],
  ])(
    'a call of Astria for a prompt that does not show the callback URL is ignored for %s',
    async (_what, prompt) => {
      const id = await call(prompt);
      // A delivery would happen immediately.
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await process.store.get(id)).toMatchObject({ status: 'WAITING', promptId: null });
      expect(receiver.requests).toEqual([]);
    },
  );
});
