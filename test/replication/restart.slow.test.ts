import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PortkeyPrompt } from '../../src/sandbox/portkey/records.js';
import { bearer, type Token, TokensOnDisk } from '../access/tokens-on-disk.js';
import { Deployment } from '../support/deployment.js';
import { type TestGateway, until } from '../support/gateway.js';
import { countReplicas, disagreements } from '../support/torture-check.js';
import { creates, readJob, replicate, resume } from './replicating.js';

const PROMPTS = 30;
const targetModel = 'gpt-5';

let deployment: Deployment;
let sources: PortkeyPrompt[];
beforeEach(async () => {
  deployment = await Deployment.open({ latencyMs: 15 });
  sources = Array.from({ length: PROMPTS }, (_, n) =>
    deployment.sandbox.portkey.addPrompt({ name: `p${n}` }),
  );
});
afterEach(() => deployment.close());

/** Starts a job and waits until it has created some of its replicas. */
async function startedJob(gateway: TestGateway, headers: Record<string, string> = {}): Promise<string> {
  const { id } = await replicate(gateway, { awaitSeconds: 0, options: { concurrency: 2 } }, headers);
  await until(
    () => countReplicas(deployment.sandbox, sources),
    (made) => made >= 5,
  );
  return id;
}

async function completed(gateway: TestGateway, id: string, headers: Record<string, string> = {}) {
  return until(
    () => readJob(gateway, id, headers),
    (job) => job?.status === 'COMPLETED',
  );
}

/** Client that sends the headers with every operation. */
function asCaller(gateway: TestGateway, headers: Record<string, string>): Pick<TestGateway, 'graphql'> {
  return { graphql: (query, variables) => gateway.graphql(query, variables, headers) };
}

describe("a job under the gateway's own key", () => {
  it.each(['kill', 'stop'] as const)('continues automatically after a %s', async (end) => {
    let id: string;
    if (end === 'kill') {
      const first = await deployment.start();
      id = await startedJob(first);
      await first.kill();
    } else {
      const first = await deployment.startHere();
      id = await startedJob(first);
      await first.stop();
    }
    expect(countReplicas(deployment.sandbox, sources)).toBeLessThan(PROMPTS);
    const gateway = await deployment.startHere();
    await completed(gateway, id);
    expect(await disagreements({ sandbox: deployment.sandbox, gateway, id, sources, targetModel })).toEqual(
      [],
    );
    expect(creates(deployment.sandbox)).toBeLessThanOrEqual(PROMPTS + 4);
  });
});

describe("a job of a token's owner under the gateway's own key", () => {
  it('continues automatically after a kill and stays invisible to other tokens', async () => {
    const file = new TokensOnDisk();
    const ada: Token = { name: 'ada', secret: 'pg_ada', scopes: ['replicate'] };
    const bob: Token = { name: 'bob', secret: 'pg_bob', scopes: ['replicate'] };
    await file.write(ada, bob);
    const env = { AUTH_TOKENS_FILE: file.file };
    const first = await deployment.start(env);
    const id = await startedJob(first, bearer(ada));
    await first.kill();
    const gateway = await deployment.startHere(env);
    expect((await completed(gateway, id, bearer(ada)))?.counts).toMatchObject({ failed: 0, pending: 0 });
    expect(countReplicas(deployment.sandbox, sources)).toBe(PROMPTS);
    expect(await readJob(gateway, id, bearer(bob))).toBeNull();
    await file.remove();
  });
});

describe("a job under a caller's key", () => {
  const caller = { 'x-portkey-api-key': 'pk-sandbox' };
  it.each([
    ['without a key', '', [{ 'x-portkey-api-key': 'pk-sandbox-other' }]],
    ['with another key', 'pk-sandbox-other', [{}, { 'x-portkey-api-key': 'pk-sandbox-readonly' }]],
  ])(
    'stays interrupted after a kill until its key resumes it, on a gateway %s',
    async (_case, ownKey, otherCallers) => {
      const { sandbox } = deployment;
      const first = await deployment.start({ PORTKEY_API_KEY: ownKey });
      const id = await startedJob(first, caller);
      await first.kill();
      expect(await deployment.filesWith('pk-sandbox')).toEqual([]);
      const gateway = await deployment.startHere({ PORTKEY_API_KEY: ownKey });
      sandbox.clearRequests();

      // Leave enough time for a job that continues automatically to send a request.
      await pause(250);
      expect(await readJob(gateway, id, caller)).toMatchObject({ status: 'INTERRUPTED', finishedAt: null });
      for (const headers of otherCallers) {
        expect(await readJob(gateway, id, headers)).toBeNull();
        expect(await resume(gateway, id, headers)).toMatchObject({
          replication: null,
          userErrors: [{ code: 'NOT_FOUND' }],
        });
      }
      expect(await readJob(gateway, id, caller)).toMatchObject({ status: 'INTERRUPTED' });
      expect(sandbox.requests()).toEqual([]);

      expect((await resume(gateway, id, caller)).userErrors).toEqual([]);
      await completed(gateway, id, caller);
      const callerClient = asCaller(gateway, caller);
      expect(await disagreements({ sandbox, gateway: callerClient, id, sources, targetModel })).toEqual([]);
      for (const key of ['pk-sandbox', 'sd_sandbox']) expect(await deployment.filesWith(key)).toEqual([]);
      expect(await deployment.filesWith(id)).not.toEqual([]);
    },
  );
});
